"""The card beside a model: kept in every language, read again, refused when it is another one's."""

import pytest
from trained import train_scorer

from saleslab.errors import FileProblem
from saleslab.scoring import ModelFacts, keep_card, read_card, write_card
from saleslab.scoring.judging.card_files import name_card, write_markdown


@pytest.fixture
def card():
    return write_card(train_scorer(), None, None, about=ModelFacts(note="price*list #1"), sha256="ab" * 32)


def test_a_card_is_read_as_it_was_kept_and_the_same_card_gives_the_same_bytes(card, tmp_path):
    file = keep_card(card, name_card(tmp_path / "2026-09-30-abc"))
    assert file.name == "2026-09-30-abc.card.json"
    assert read_card(file, sha256=card.sha256).rows == card.rows
    before = file.read_bytes()
    assert keep_card(card, file).read_bytes() == before


def test_markdown_shows_marks_and_obeys_none(card):
    text = write_markdown(card, "en", title="A [model]")
    assert text.startswith("# A \\[model\\]\n\n## May it be used?\n\n- **Verdict**: ")
    assert "- **Note**: price\\*list \\#1" in text
    assert "## " in write_markdown(card, "ja", title="x")


def test_a_card_that_is_absent_broken_or_of_another_model_is_refused(card, tmp_path):
    file = keep_card(card, tmp_path / "m.card.json")
    with pytest.raises(FileProblem, match=r"(?s)card of another model.*Next: train the model again"):
        read_card(file, sha256="cd" * 32)
    file.write_text('{\n "format": "something else"\n}\n', encoding="utf-8")
    with pytest.raises(FileProblem, match=r"(?s)no model card.*Next: "):
        read_card(file, sha256=card.sha256)
    with pytest.raises(FileProblem, match=r"(?s)There is no card.*Next: train the model"):
        read_card(tmp_path / "absent.card.json", sha256=card.sha256)
