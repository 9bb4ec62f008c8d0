"""What must be kept of a scorer so that it predicts the same elsewhere? Values that JSON holds, and texts of trees."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from saleslab.scoring.model.calibrating import Calibration
from saleslab.scoring.model.encoding import Encoding
from saleslab.scoring.model.ladder import LeadModel, Logit, Trees
from saleslab.scoring.model.verdicts import ScoreReason
from saleslab.stats.intervals import Interval

if TYPE_CHECKING:
    from saleslab.scoring.model.scorer import LeadScorer

FORM = 1
"""Number of this form of a state."""


def write_state(scorer: LeadScorer) -> tuple[dict[str, Any], dict[str, str]]:
    """Return a fitted scorer as values that JSON holds, and the texts of its trees by name."""
    parts, texts = [], {}
    for at, (share, part) in enumerate(scorer.model_.parts):
        if isinstance(part, Trees):
            texts[f"trees_{at}"] = part.text
            parts.append({"share": share, "text": f"trees_{at}", "encoding": part.encoding.to_state()})
        else:
            parts.append({
                "share": share,
                "encoding": part.encoding.to_state(),
                "slopes": part.slopes.tolist(),
                "centres": part.centres.tolist(),
                "base": part.base,
            })  # fmt: skip
    auc = scorer.forward_auc_
    state = {
        "form": FORM,
        "seed": scorer.seed,
        "max_seconds": scorer.max_seconds,
        "classes": {"type": scorer.classes_.dtype.str, "values": scorer.classes_.tolist()},
        "columns": list(scorer.columns_in_),
        "has_names": hasattr(scorer, "feature_names_in_"),
        "column_kinds": dict(scorer.column_kinds_),
        "known_names": {name: sorted(known) for name, known in scorer.known_names_.items()},
        "encoding": scorer.encoding_.to_state(),
        "model": {"base": scorer.model_.base, "parts": parts},
        "calibration": scorer.calibration_.to_state(),
        "verdict": scorer.verdict_,
        "rung": scorer.rung_,
        "base_rate": scorer.base_rate_,
        "forward_auc": [auc.estimate, auc.low, auc.high, auc.mass],
        "reasons": [{"code": reason.code, "values": dict(reason.values)} for reason in scorer.reasons_],
        "choices": _write_choices(scorer.choices_),
    }
    return state, texts


def read_state(state: Mapping[str, Any], texts: Mapping[str, str]) -> dict[str, Any]:
    """Return the fitted attributes of a scorer, by name."""
    parts: list[tuple[float, Logit | Trees]] = []
    for part in state["model"]["parts"]:
        encoding = Encoding.from_state(part["encoding"])
        if "text" in part:
            parts.append((part["share"], Trees(encoding, texts[part["text"]])))
        else:
            slopes, centres = (np.asarray(part[name], dtype=np.float64) for name in ("slopes", "centres"))
            parts.append((part["share"], Logit(encoding, slopes, centres, part["base"])))
    columns = list(state["columns"])
    classes = state["classes"]
    fitted = {
        "classes_": np.array(classes["values"], dtype=np.dtype(classes["type"])),
        "n_features_in_": len(columns),
        "column_kinds_": dict(state["column_kinds"]),
        "known_names_": {name: frozenset(known) for name, known in state["known_names"].items()},
        "calibration_": Calibration.from_state(state["calibration"]),
        "verdict_": state["verdict"],
        "rung_": state["rung"],
        "base_rate_": state["base_rate"],
        "forward_auc_": Interval(*state["forward_auc"]),
        "reasons_": tuple(ScoreReason(reason["code"], dict(reason["values"])) for reason in state["reasons"]),
        "choices_": _read_choices(state["choices"]),
        "n_unseen_": {},
        "extra_columns_": [],
        "columns_in_": columns,
        "encoding_": Encoding.from_state(state["encoding"]),
        "model_": LeadModel(state["model"]["base"], tuple(parts)),
    }
    if state["has_names"]:
        fitted["feature_names_in_"] = np.array(columns, dtype=object)
    return fitted


def _write_choices(choices: pd.DataFrame) -> dict[str, list[Any]]:
    """Return the table by column; JSON has no NaN, so an empty cell is null."""
    return {
        str(name): [None if pd.isna(value) else value for value in choices[name].tolist()] for name in choices.columns
    }


def _read_choices(state: Mapping[str, list[Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(dict(state))
    return frame.astype(dict.fromkeys(("half_life", "trees_share", "log_loss", "standard_error"), np.float64))
