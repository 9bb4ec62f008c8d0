"""How is a trained model kept, and read again without running anybody's code?

A bundle is a folder: ``manifest.json``, the scorer's state as JSON, and LightGBM texts. There is no pickle in it. The
SHA-256 of every file is checked before any parser in C++ sees a byte, and a signature (HMAC-SHA256) says whether it is
ours.

Digests find what was changed by accident, or by somebody who did not know better. Whoever may write the folder can
write a whole new bundle, digests included; if it is well-formed it loads, and scores leads as its writer pleases. It
cannot run code, read files or end the process. Only a key, which its writer does not have, keeps it out: give one to
`save_model` and `load_model` wherever a bundle travels.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from saleslab.errors import BadArgument, FileProblem
from saleslab.scoring.bundles.files import (
    MANIFEST,
    SIGNATURE,
    STATE,
    hold_folder,
    name_text,
    parse_json,
    put_folder,
    read_files,
    write_json,
)
from saleslab.scoring.bundles.manifest import BundleManifest, ModelFacts, read_manifest
from saleslab.scoring.bundles.reading import build_scorer, list_columns, try_in_child
from saleslab.scoring.bundles.tree_texts import check_tree_text

if TYPE_CHECKING:
    from saleslab.scoring.model.scorer import LeadScorer

Trust = Literal["checked", "signed"]

_SHORTEST_KEY = 16
_PURPOSE = b"saleslab bundle 1\n"
_SAID_TWICE = ("columns", "verdict", "base_rate", "seed", "forward_auc")
_LIBRARIES = ("lightgbm", "numpy", "pandas", "saleslab", "scikit-learn")
_AGAIN = "take the bundle again from where it was saved, or train the model again."


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle on the disk whose digests are right.

    Attributes
    ----------
    folder
        Where it lies.
    sha256
        Digest of its manifest, and so of all of it: the same model has the same digest.
    is_signed
        Whether it has a signature that the given key made.
    manifest
        What it says about itself.
    """

    folder: Path
    sha256: str
    is_signed: bool
    manifest: BundleManifest


def save_model(
    scorer: LeadScorer, folder: Path | str, *, key: bytes | None = None, about: ModelFacts | None = None
) -> Bundle:
    """Write a trained scorer into a folder of its own, which appears whole or not at all.

    Parameters
    ----------
    scorer
        A fitted `LeadScorer`.
    folder
        A folder that does not exist yet. Saving the same model there again changes nothing.
    key
        Secret of at least 16 bytes, to sign with; None leaves the bundle unsigned.
    about
        What the scorer does not know itself: data window, metrics, allowed leaks and why.

    Raises
    ------
    BadArgument
        When another bundle, or anything else, lies in the folder, or the key is short.
    """
    folder = Path(folder)
    contents = pack_model(scorer, key=key, about=about)
    with hold_folder(folder.parent) as workshop:
        if not folder.exists() and not folder.is_symlink():
            put_folder(folder, contents, workshop)
        elif not _is_there(folder, contents):
            raise BadArgument(
                f"'{folder.name}' holds something else already.",
                "save into a new folder: a bundle is never written over.",
            )
    return read_bundle(folder, key=key)


def _is_there(folder: Path, contents: Mapping[str, bytes]) -> bool:
    try:
        return read_files(folder) == contents
    except FileProblem:
        return False


def pack_model(scorer: LeadScorer, *, key: bytes | None = None, about: ModelFacts | None = None) -> dict[str, bytes]:
    """Return the files of a bundle by name; the same scorer, facts and key give the same bytes."""
    state, texts = scorer.get_state()
    contents = {STATE: write_json(state)}
    for name in sorted(texts):
        check_tree_text(texts[name], name=name_text(name))
        contents[name_text(name)] = texts[name].encode("utf-8")
    manifest = write_json(_describe(scorer, about or ModelFacts(), contents).to_dict())
    contents[MANIFEST] = manifest
    if key is not None:
        contents[SIGNATURE] = write_json({"algorithm": "HMAC-SHA256", "signature": _sign(manifest, key)})
    return contents


def _describe(scorer: LeadScorer, facts: ModelFacts, contents: Mapping[str, bytes]) -> BundleManifest:
    auc = scorer.forward_auc_
    return BundleManifest(
        type="LeadScorer",
        columns={name: str(scorer.column_kinds_[name]) for name in list_columns(scorer)},
        verdict=str(scorer.verdict_),
        base_rate=float(scorer.base_rate_),
        seed=scorer.seed if isinstance(scorer.seed, int) else None,
        forward_auc=(auc.estimate, auc.low, auc.high, auc.mass),
        versions={name: version(name) for name in _LIBRARIES},
        facts=facts,
        files={name: hashlib.sha256(contents[name]).hexdigest() for name in sorted(contents)},
    )


def read_bundle(folder: Path | str, *, key: bytes | None = None) -> Bundle:
    """Return what a bundle says about itself, after checking its digests; no model is parsed.

    Raises
    ------
    FileProblem
        When it is no bundle, a file was changed, or the key did not sign it.
    """
    return _open(Path(folder), key)[0]


def load_model(
    folder: Path | str, *, key: bytes | None = None, trust: Trust = "checked", sha256: str | None = None
) -> LeadScorer:
    """Return the scorer of a bundle; it predicts what the saved one predicted, bit by bit.

    Parameters
    ----------
    folder
        What `save_model` wrote.
    key
        Secret that the bundle must be signed with. Without one, a bundle is tried in a child process first.
    trust
        ``"checked"``: unsigned bundles are read after that trial; ``"signed"``: nothing is read without a key.
    sha256
        Digest that `save_model` gave, where it is known from elsewhere: only that very bundle is read.

    Raises
    ------
    FileProblem
        When it is no bundle, a file was changed, the key did not sign it, or no scorer comes out of it.
    BadArgument
        When ``trust="signed"`` comes without a key.
    """
    if trust not in {"checked", "signed"}:
        raise BadArgument(f"'{trust}' is not a kind of trust.", "use 'checked' or 'signed'.")
    if trust == "signed" and key is None:
        raise BadArgument("A signature cannot be checked without a key.", "give the key that save_model was given.")
    bundle, contents = _open(Path(folder), key)
    if sha256 is not None and not hmac.compare_digest(sha256.encode(), bundle.sha256.encode()):
        raise FileProblem(f"'{bundle.folder.name}' is a bundle, but not the one that was asked for.", _AGAIN)
    state = parse_json(contents[STATE], name=STATE)
    texts = _read_texts(contents)
    if not bundle.is_signed:
        try_in_child(contents[STATE], texts, bundle.manifest.columns)
    scorer = build_scorer(state, texts, bundle.manifest.columns)
    _check_agreement(scorer, bundle.manifest)
    return scorer


def _check_agreement(scorer: LeadScorer, told: BundleManifest) -> None:
    """Raise unless the manifest says of the scorer what the scorer says of itself."""
    held = _describe(scorer, told.facts, {})
    wrong = [name for name in _SAID_TWICE if getattr(held, name) != getattr(told, name)]
    if wrong:
        raise FileProblem(f"The bundle's manifest and its scorer disagree on: {', '.join(wrong)}.", _AGAIN)


def _read_texts(contents: Mapping[str, bytes]) -> dict[str, str]:
    end = name_text("")
    texts = {}
    for name in sorted(contents):
        if name.endswith(end):
            try:
                text = contents[name].decode("utf-8")
            except UnicodeDecodeError:
                raise FileProblem(f"'{name}' is not a text.", _AGAIN) from None
            check_tree_text(text, name=name)
            texts[name.removesuffix(end)] = text
    return texts


def _open(folder: Path, key: bytes | None) -> tuple[Bundle, dict[str, bytes]]:
    """Read every file once, and check signature and digests on what was read."""
    contents = read_files(folder)
    manifest_bytes = contents[MANIFEST]
    if key is not None:
        _check_signature(contents, key, folder.name)
    manifest = read_manifest(parse_json(manifest_bytes, name=MANIFEST))
    held = set(contents) - {MANIFEST, SIGNATURE}
    odd = sorted(held ^ set(manifest.files))
    changed = [name for name in sorted(held & set(manifest.files)) if _digest(contents[name]) != manifest.files[name]]
    if odd or changed or STATE not in held:
        raise FileProblem(
            f"The bundle '{folder.name}' is not as it was saved: {len(changed)} of its files were changed, "
            f"{len(odd)} are missing or too many.",
            _AGAIN,
        )
    return Bundle(folder, _digest(manifest_bytes), key is not None, manifest), contents


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _sign(manifest: bytes, key: bytes) -> str:
    if len(key) < _SHORTEST_KEY:
        raise BadArgument(
            f"A key of {len(key)} bytes can be guessed.", f"make one of {_SHORTEST_KEY} random bytes or more."
        )
    return hmac.new(key, _PURPOSE + manifest, hashlib.sha256).hexdigest()


def _check_signature(contents: Mapping[str, bytes], key: bytes, name: str) -> None:
    expected = _sign(contents[MANIFEST], key)
    if SIGNATURE not in contents:
        raise FileProblem(f"The bundle '{name}' is not signed.", "sign it with the key, or load it without one.")
    told: Any = parse_json(contents[SIGNATURE], name=SIGNATURE)
    signature = told.get("signature") if isinstance(told, dict) else None
    if not isinstance(signature, str) or not hmac.compare_digest(signature.encode(), expected.encode()):
        raise FileProblem(f"The bundle '{name}' was not signed with this key, or was changed since.", _AGAIN)
