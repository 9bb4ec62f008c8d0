"""Which models do we have, which one is used, and how do we go back?

A shelf is a folder, such as ``data/models``: one bundle a model, and ``current.json``, who was promoted when and why.
That one file is replaced at once, so a reader always finds one current model; it names the model's digest too, so that
a bundle that was exchanged is not taken for the one that was promoted.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from saleslab.errors import BadArgument, FileProblem
from saleslab.scoring.bundles.files import MANIFEST, hold_folder, parse_json, put_file, write_json
from saleslab.scoring.bundles.manifest import BundleManifest, ModelFacts
from saleslab.scoring.bundles.saving import Bundle, Trust, load_model, pack_model, read_bundle, save_model

if TYPE_CHECKING:
    from saleslab.scoring.model.scorer import LeadScorer

POINTER = "current.json"

_FORMAT = "saleslab model shelf 1"
_SHORTEST = 4
_FIELDS = {"model": str, "sha256": str, "at": str, "why": str, "is_revert": bool}


@dataclass(frozen=True, slots=True)
class ShelvedModel:
    """A model on the shelf.

    Attributes
    ----------
    name
        Of its folder.
    sha256
        Digest of its bundle; empty where it is broken.
    manifest
        What it says about itself; None where it is broken.
    is_current
        Whether it is the one to use.
    problem
        What is wrong with its bundle; empty when nothing is.
    """

    name: str
    sha256: str
    manifest: BundleManifest | None
    is_current: bool
    problem: str


@dataclass(frozen=True, slots=True)
class Promotion:
    """That a model became the current one: which, when (naive UTC), why, and whether that was a step back."""

    model: str
    sha256: str
    at: datetime
    why: str
    is_revert: bool


def add_model(
    scorer: LeadScorer, shelf: Path | str, *, key: bytes | None = None, about: ModelFacts | None = None
) -> Bundle:
    """Put a trained scorer on the shelf, under a name that its content gives; the current model stays the same.

    The name is the last day of its data and the first 12 digits of its digest. A model that is there already is found,
    not written again.
    """
    digest = hashlib.sha256(pack_model(scorer, key=key, about=about)[MANIFEST]).hexdigest()
    day = about.data_to.isoformat() if about is not None and about.data_to is not None else "undated"
    return save_model(scorer, Path(shelf) / f"{day}-{digest[:12]}", key=key, about=about)


def list_models(shelf: Path | str) -> tuple[ShelvedModel, ...]:
    """Return every model of a shelf by name, the broken ones too; an absent shelf has none."""
    shelf = Path(shelf)
    stack = _stack(list_promotions(shelf))
    current = stack[-1] if stack else None
    return tuple(
        _look_at(folder, current) for folder in sorted(shelf.glob("[!.]*")) if folder.is_dir() or folder.is_symlink()
    )


def _look_at(folder: Path, current: Promotion | None) -> ShelvedModel:
    is_named = current is not None and current.model == folder.name
    try:
        bundle = read_bundle(folder)
    except FileProblem as problem:
        return ShelvedModel(folder.name, "", None, is_named, problem.what)
    if current is not None and is_named and current.sha256 != bundle.sha256:
        return ShelvedModel(folder.name, bundle.sha256, bundle.manifest, is_named, _exchanged(folder.name))
    return ShelvedModel(folder.name, bundle.sha256, bundle.manifest, is_named, "")


def find_model(shelf: Path | str, name: str | None = None) -> Bundle:
    """Return the current model of a shelf, or the one whose name, or digest, begins like that.

    Raises
    ------
    BadArgument
        When none is current, none is named so, or several are.
    FileProblem
        When its bundle is broken, or is not the one that was promoted.
    """
    shelf = Path(shelf)
    if name is not None:
        return read_bundle(shelf / _resolve(shelf, name))
    current = _current(shelf)
    bundle = read_bundle(shelf / current.model)
    _check_same(bundle, current)
    return bundle


def open_model(
    shelf: Path | str, name: str | None = None, *, key: bytes | None = None, trust: Trust = "checked"
) -> LeadScorer:
    """Return the scorer of the current model, or of a named one; see `load_model` for key and trust."""
    bundle = find_model(shelf, name)
    return load_model(bundle.folder, key=key, trust=trust, sha256=bundle.sha256)


def promote_model(shelf: Path | str, name: str, *, at: datetime, why: str = "") -> Promotion:
    """Make a model the current one.

    Parameters
    ----------
    shelf
        The folder of the models.
    name
        Of a model, or the beginning of its name or digest.
    at
        When, naive UTC.
    why
        Needed for a model whose own verdict is not "ready": it is put on record.

    Raises
    ------
    BadArgument
        When there is no such model, or it needs a reason.
    FileProblem
        When its bundle is broken.
    """
    shelf = Path(shelf)
    bundle = read_bundle(shelf / _resolve(shelf, name))
    verdict = bundle.manifest.verdict
    if verdict != "ready" and not why.strip():
        raise BadArgument(
            f"The model '{bundle.folder.name}' says of itself that it is not ready: {verdict}.",
            "train on more, or other, data; or say why it is to be used all the same.",
        )
    return _append(shelf, Promotion(bundle.folder.name, bundle.sha256, at, why.strip(), is_revert=False))


def revert_model(shelf: Path | str, *, at: datetime, why: str = "") -> Promotion:
    """Make the model current that was current before; several calls go back several steps.

    Raises
    ------
    BadArgument
        When there was none before.
    FileProblem
        When its bundle is gone, broken or exchanged.
    """
    shelf = Path(shelf)
    stack = _stack(list_promotions(shelf))
    if len(stack) < 2:
        raise BadArgument(
            f"No model was current before on this shelf; {len(stack)} was promoted.", "promote a model by its name."
        )
    before = stack[-2]
    _check_same(read_bundle(shelf / before.model), before)
    return _append(shelf, Promotion(before.model, before.sha256, at, why.strip(), is_revert=True), expected=stack[-1])


def list_promotions(shelf: Path | str) -> tuple[Promotion, ...]:
    """Return who was current when, first to last; none for a shelf that never had one.

    Raises
    ------
    FileProblem
        When the pointer was written by something else.
    """
    try:
        content = (Path(shelf) / POINTER).read_bytes()
    except FileNotFoundError:
        return ()
    tree: Any = parse_json(content, name=POINTER)
    told = tree.get("promotions") if isinstance(tree, dict) and tree.get("format") == _FORMAT else None
    if not isinstance(told, list) or not told or not all(map(_is_promotion, told)):
        raise FileProblem(
            f"'{POINTER}' does not say which model is current.", "remove it, and promote a model by its name again."
        )
    return tuple(Promotion(**{**one, "at": datetime.fromisoformat(one["at"])}) for one in told)


def _is_promotion(told: Any) -> bool:
    if not isinstance(told, dict) or {name: type(value) for name, value in told.items()} != _FIELDS:
        return False
    try:
        return datetime.fromisoformat(told["at"]).tzinfo is None and _is_plain(told["model"])
    except ValueError:
        return False


def _is_plain(name: str) -> bool:
    """Say whether a name stays on the shelf."""
    return bool(name) and not name.startswith(".") and Path(name).name == name and "\\" not in name


def _append(shelf: Path, promotion: Promotion, *, expected: Promotion | None = None) -> Promotion:
    """Write a promotion down while nobody else writes; a step back counts from the model it was decided on."""
    with hold_folder(shelf) as workshop:
        promotions = list_promotions(shelf)
        stack = _stack(promotions)
        if expected is not None and stack[-1:] != [expected]:
            raise BadArgument("Somebody promoted another model meanwhile.", "look at the shelf again.")
        told = [
            {"model": one.model, "sha256": one.sha256, "at": one.at.isoformat(), "why": one.why}
            | {"is_revert": one.is_revert}
            for one in (*promotions, promotion)
        ]
        put_file(shelf / POINTER, write_json({"format": _FORMAT, "promotions": told}), workshop)
    return promotion


def _stack(promotions: tuple[Promotion, ...]) -> list[Promotion]:
    """Return the models that were current and not stepped back from; the last one is current."""
    stack: list[Promotion] = []
    for promotion in promotions:
        if promotion.is_revert and len(stack) > 1:
            stack.pop()
        else:
            stack.append(promotion)
    return stack


def _current(shelf: Path) -> Promotion:
    stack = _stack(list_promotions(shelf))
    if not stack:
        raise BadArgument("No model of this shelf is current.", "promote one with `promote_model`; see `list_models`.")
    return stack[-1]


def _check_same(bundle: Bundle, promotion: Promotion) -> None:
    if bundle.sha256 != promotion.sha256:
        raise FileProblem(_exchanged(promotion.model), "promote it again if it is meant, or take the old one back.")


def _exchanged(name: str) -> str:
    return f"The model '{name}' is not the one that was promoted under that name."


def _resolve(shelf: Path, name: str) -> str:
    """Return the one folder that a name, or the beginning of a name or digest, means."""
    folders = [folder.name for folder in sorted(shelf.glob("[!.]*")) if folder.is_dir()]
    if name in folders:
        return name
    fits = [folder for folder in folders if folder.startswith(name) or folder.rpartition("-")[2].startswith(name)]
    if len(name) < _SHORTEST or len(fits) != 1:
        raise BadArgument(
            f"{len(fits)} models of the shelf are called '{name}'."
            if len(name) >= _SHORTEST
            else f"'{name}' is short.",
            f"use one of: {', '.join(folders) or 'none yet, train one first'}.",
        )
    return fits[0]
