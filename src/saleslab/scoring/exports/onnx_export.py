"""How does a scorer run where there is no Python? One ONNX file, from the columns of a lead to its chance.

The file reads the columns as a person keeps them, encodes, scores and calibrates, all in doubles. What it does not do:
the checks of `LeadScorer` (missing columns, infinite numbers, dates), its count of unseen names, and its reasons.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from saleslab._optional import require
from saleslab.errors import BadArgument
from saleslab.intake.safe_files import written_whole

if TYPE_CHECKING:
    from saleslab.scoring.bundles.saving import Bundle
    from saleslab.scoring.model.scorer import LeadScorer

_FORM = 10
"""Version of the file's own form; onnxruntime has trees in doubles since 1.22 at the latest."""


@dataclass(frozen=True, slots=True)
class OnnxModel:
    """A scorer as an ONNX file.

    Attributes
    ----------
    path
        Where it lies.
    sha256
        Digest of the file: the same scorer has the same digest.
    inputs
        What each column is to be given as: ``number`` (doubles, NaN where empty) or ``name`` (text, blank where empty).
    """

    path: Path
    sha256: str
    inputs: Mapping[str, str]


def write_onnx(model: LeadScorer | Bundle, path: Path | str) -> OnnxModel:
    """Write a trained scorer as an ONNX file, for onnxruntime and whatever else runs such files.

    Each column that the scorer can use is an input of its own name with one value a lead: numbers as doubles, NaN where
    empty, yes and no as 1 and 0, a length of time in days; names as text without blanks around it, ``""`` where empty.
    The inputs are the same whichever rung was chosen, so that a model trained again takes the place of the old one. The
    only output is ``chance_won``. What the file is (``columns``, ``verdict``, ``rung``, ``base_rate``, ``classes``)
    stands in its metadata: mind the verdict, chances of a scorer that is not ``ready`` are written all the same.

    Parameters
    ----------
    model
        A fitted `LeadScorer`, or a bundle that `save_model` or `read_bundle` gave.
    path
        File to write, by custom ``*.onnx``; it appears whole, in the place of an old one.

    Raises
    ------
    MissingLibrary
        Without the extra ``onnx``.
    BadArgument
        When the scorer reads no column, or one is named like the output.
    FileProblem
        When the file cannot be written, or the bundle cannot be read.
    """
    onnx = require("onnx", purpose="Writing an ONNX file", package="'saleslab[onnx]'")
    scorer = _load(model)
    path = Path(path)
    content = _build(onnx, scorer).SerializeToString(deterministic=True)
    with written_whole(path) as half:
        half.write_bytes(content)
    return OnnxModel(path, hashlib.sha256(content).hexdigest(), _name_inputs(scorer))


def _load(model: LeadScorer | Bundle) -> LeadScorer:
    from sklearn.utils.validation import check_is_fitted

    from saleslab.scoring.bundles.saving import Bundle, load_model

    scorer = load_model(model.folder, sha256=model.sha256) if isinstance(model, Bundle) else model
    check_is_fitted(scorer)
    return scorer


def _name_inputs(scorer: LeadScorer) -> dict[str, str]:
    return {plan.name: plan.kind for plan in scorer.encoding_.plans}


def _build(onnx: Any, scorer: LeadScorer) -> Any:
    from saleslab.scoring.exports.onnx_graph import CHANCE, OPSETS, GraphDraft, add_model

    columns = scorer.encoding_.plans
    if not columns:
        raise BadArgument(
            "The scorer reads no column: every lead has the same chance.",
            "use its base_rate_, or train it on other columns.",
        )
    if any(plan.name == CHANCE for plan in columns):
        raise BadArgument(
            f"A column of the scorer is named '{CHANCE}', as the output of the file is.",
            "train the scorer with another name for that column.",
        )
    draft = GraphDraft(onnx, columns)
    graph = draft.finish(add_model(draft, scorer.model_), scorer.calibration_)
    opsets = [onnx.helper.make_opsetid(domain, number) for domain, number in OPSETS.items()]
    built = onnx.helper.make_model(
        graph,
        opset_imports=opsets,
        ir_version=_FORM,
        producer_name="saleslab",
        producer_version=version("saleslab"),
        doc_string="Chance that a lead is won, from its columns.",
    )
    onnx.helper.set_model_props(built, _describe(scorer))
    onnx.checker.check_model(built, full_check=True)
    return built


def _describe(scorer: LeadScorer) -> dict[str, str]:
    told = {
        "columns": _name_inputs(scorer),
        "verdict": str(scorer.verdict_),
        "rung": str(scorer.rung_),
        "base_rate": float(scorer.base_rate_),
        "classes": scorer.classes_.tolist(),
    }
    return {
        name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) for name, value in told.items()
    }
