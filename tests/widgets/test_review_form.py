"""The form without a browser: the button writes into the log, with or without a name, and says what is refused."""

from datetime import date, datetime

import pytest

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.kpi import Decision, Outcome, Pseudonyms, Review, ReviewLog
from saleslab.widgets import ReviewForm
from saleslab.wording import LANGUAGES

NOW = datetime(2026, 11, 2, 9)
KEY = Pseudonyms(b"a key of sixteen bytes or more")


@pytest.fixture
def log(tmp_path):
    log = ReviewLog(tmp_path / "reviews.jsonl")
    due = date(2026, 12, 31)
    rows = [Decision(f"d:{at}", "win_rate", f"Visit {at}.", "Visited ones win.", due) for at in (1, 2, 3)]
    log.record([Review("r:1", "win_rate", NOW.date(), 7), *rows], at=NOW)
    log.record([Outcome("d:1", NOW.date(), happened=True)], at=NOW)
    return log


def make(log, **more):
    return ReviewForm(log, **{"user_id": "u:secret", "clock": lambda: NOW} | more)


@pytest.mark.requirement("D03")
def test_three_people_vote_through_the_form_and_the_votes_survive_a_reload(log):
    for user, vote in (("u:1", "for"), ("u:2", "against"), ("u:3", "for")):
        form = make(log, user_id=user)
        form.about.value, form.kind.value = "d:2", vote
        form.send.click()
        assert "Written down under your id" in form.told.value
    assert "2 for, 1 against" in form.told.value
    again = ReviewLog(log.log.file).count_votes(as_of=NOW.date()).set_index("about")
    assert again.loc["d:2", ["for", "against", "abstain"]].tolist() == [2, 1, 0]


@pytest.mark.requirement("D03")
def test_without_a_name_the_row_holds_no_user_id_and_a_second_vote_under_it_is_refused(log):
    form = make(log, pseudonyms=KEY)
    form.about.value, form.kind.value, form.text.value = "d:3", "dissent", "Too far."
    form.hidden.value = True
    form.send.click()
    assert "without your name" in form.told.value
    assert form.text.value == ""
    form.kind.value = "for"
    form.send.click()
    form.hidden.value = False
    form.send.click()
    assert "voted under another name" in form.told.value
    assert "u:secret" not in log.log.file.read_text(encoding="utf-8")
    said = log.read("opinion", as_of=NOW.date())
    assert said["kind"].tolist() == ["dissent", "for"]
    assert said["author"].str.startswith("anon:").all()


def test_what_is_refused_is_told_and_nothing_is_written(log):
    form, size = make(log), log.log.file.stat().st_size
    form.kind.value = "comment"
    form.send.click()
    assert "text is empty" in form.told.value
    assert log.log.file.stat().st_size == size


def test_only_what_is_open_can_be_chosen_the_newest_first_and_names_can_be_left_out_with_a_key_alone(log):
    form = make(log)
    assert [code for _, code in form.about.options] == ["d:3", "d:2", "r:1"]
    assert form.hidden.disabled
    assert not make(log, pseudonyms=KEY).hidden.disabled


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_word_of_the_form_is_in_the_language_of_the_reader(log, lang):
    form = make(log, lang=lang)
    assert form.send.description == {"en": "Write down", "ja": "記録する"}[lang]
    assert [words for words, _ in form.kind.options][:2] == {"en": ["For", "Against"], "ja": ["賛成", "反対"]}[lang]
    assert {"en": "0 for", "ja": "賛成0"}[lang] in form.told.value


def test_an_empty_log_and_an_unknown_language_are_refused(tmp_path, log):
    with pytest.raises(NotEnoughData, match=r"(?s)no open decision.*Next: write one down"):
        make(ReviewLog(tmp_path / "none.jsonl"))
    with pytest.raises(BadArgument, match="'fr' is not a language"):
        make(log, lang="fr")
