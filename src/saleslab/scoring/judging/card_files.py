"""How is the card of a model kept beside it, and handed to somebody as text?"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from saleslab.errors import FileProblem
from saleslab.intake.safe_files import written_whole
from saleslab.scoring.bundles.files import parse_json, write_json
from saleslab.scoring.judging.card import SECTIONS, CardRow, ModelCard
from saleslab.wording import LANGUAGES, Text, say

_FORMAT = "saleslab model card 1"
_MARKS = re.compile(r"([\\`*_\[\]<>|#])")


def name_card(folder: Path) -> Path:
    """Return where the card of a model on a shelf lies: beside the bundle, which holds nothing but the model."""
    return folder.with_name(f"{folder.name}.card.json")


def keep_card(card: ModelCard, file: Path) -> Path:
    """Write a card in every language as JSON; the file appears when it is whole."""
    with written_whole(file) as half:
        half.write_bytes(write_json(describe_card(card)))
    return file


def describe_card(card: ModelCard) -> dict[str, Any]:
    """Return a card as plain JSON values."""
    rows = [{"section": row.section, "label": _spell(row.label), "value": _spell(row.value)} for row in card.rows]
    return {"format": _FORMAT, "verdict": card.verdict, "sha256": card.sha256, "rows": rows}


def read_card(file: Path, *, sha256: str) -> ModelCard:
    """Return the card that was kept of a model; its groups are told in its rows.

    Raises
    ------
    FileProblem
        When there is none, it is no card, or it is that of another model.
    """
    try:
        tree = parse_json(file.read_bytes(), name=file.name)
    except FileNotFoundError:
        raise FileProblem(
            f"There is no card '{file.name}'.", "train the model by `saleslab leads train`, which writes one."
        ) from None
    if not isinstance(tree, dict) or tree.get("format") != _FORMAT or not all(map(_is_row, tree.get("rows", [None]))):
        raise FileProblem(f"'{file.name}' is no model card.", "train the model again.")
    if tree.get("sha256") != sha256:
        raise FileProblem(f"'{file.name}' is the card of another model.", "train the model again.")
    rows = tuple(CardRow(row["section"], Text(**row["label"]), Text(**row["value"])) for row in tree["rows"])
    return ModelCard(str(tree["verdict"]), rows, None, sha256)


def write_markdown(card: ModelCard, lang: str, *, title: str) -> str:
    """Return a card as Markdown in one language, section by section."""
    parts = [f"# {_plain(title)}"]
    for section in SECTIONS:
        rows = card.of(section)
        if rows:
            parts.append(f"## {say(f'scoring.card.section.{section}').of(lang)}")
            parts.append("\n".join(f"- **{_plain(row.label.of(lang))}**: {_plain(row.value.of(lang))}" for row in rows))
    return "\n\n".join(parts) + "\n"


def _plain(text: str) -> str:
    """Return a text whose marks are shown, not obeyed: names come from a company's data."""
    return _MARKS.sub(r"\\\1", " ".join(text.split()))


def _spell(text: Text) -> dict[str, str]:
    return {lang: text.of(lang) for lang in LANGUAGES}


def _is_row(row: Any) -> bool:
    if not isinstance(row, dict) or set(row) != {"section", "label", "value"} or row["section"] not in SECTIONS:
        return False
    texts = (row["label"], row["value"])
    return all(
        isinstance(text, dict) and set(text) == set(LANGUAGES) and all(isinstance(one, str) for one in text.values())
        for text in texts
    )
