"""The list of leads without a browser: what moves, what is seen of a lead, and what is kept of what was done."""

from datetime import date
from html import escape

import numpy as np
import pandas as pd
import pytest

from saleslab.errors import BadArgument, TableError
from saleslab.scoring import ContactTimes, LeadScorer, LeadTable, WorkingHours, explain_scores, watch_drift
from saleslab.scoring.leads.table import LEAD_KEYS
from saleslab.scoring.learning.scores import LeadScores
from saleslab.widgets import LeadQueue
from saleslab.widgets.lead_marks import OVERRIDES
from saleslab.wording import LANGUAGES, say

AS_OF = date(2026, 9, 30)
TEAM = {"ann": 6, "bob": 3, "cho": 1}


def make_scores(n=60, *, verdict="ready", **columns):
    lot = np.random.default_rng(5)
    chance = np.sort(lot.beta(2, 8, n))[::-1]
    frame = pd.DataFrame(
        {
            "lead_id": [f"l{at:03}" for at in range(n)],
            "owner_id": np.resize(["ann", "bob", "cho"], n),
            "chance_won": chance,
            "low": chance * 0.8,
            "high": chance * 1.2,
            "grade": np.repeat(["A", "B", "C"], n // 3),
        }
        | columns
    )
    return LeadScores(frame, verdict, is_prior=verdict in {"no_signal", "too_small"}, n_unseen={})


def make_queue(scores=None, **options):
    given = {"capacity": 12, "as_of": AS_OF, "seed": 1, "value": 100_000.0, "explored": 0.0} | options
    return LeadQueue(make_scores() if scores is None else scores, **given)


@pytest.fixture
def queue():
    return make_queue()


@pytest.fixture(scope="module")
def learned():
    """A scorer that has learned that visits win, and the leads of `make_scores` with their visits."""
    lot = np.random.default_rng(0)
    known = pd.DataFrame({"visits": lot.poisson(3, 600), "source": lot.choice(["web", "<b>fair</b>"], 600)})
    won = lot.random(600) < 1 / (1 + np.exp(3 - 0.8 * known["visits"] + (known["source"] == "web")))
    new = known.head(60).assign(**dict.fromkeys(LEAD_KEYS, None)).assign(lead_id=make_scores().frame["lead_id"])
    return LeadScorer().fit(known, won), LeadTable(new, ())


@pytest.fixture(scope="module")
def times():
    """Ten is the best hour on the phone, eleven by e-mail, on every working day."""
    rates = pd.DataFrame(
        [
            (channel, weekday, hour, 0.5 if hour == best else 0.3, 0.2, 0.6, True)
            for channel, best in (("phone", 10), ("email", 11))
            for weekday in range(5)
            for hour in range(9, 18)
        ],
        columns=["channel", "weekday", "hour", "rate", "low", "high", "is_open"],
    )
    return ContactTimes(rates, pd.DataFrame(), pd.DataFrame(), WorkingHours(), 0, AS_OF, 0.9)


def shown_ids(queue):
    return [lead_id for _, lead_id in queue.rows.options]


# -- sliders


def test_more_contacts_lengthen_the_list_and_keep_its_head(queue):
    before = shown_ids(queue)
    queue.sliders["capacity"].value = 20
    assert shown_ids(queue)[: len(before)] == before
    assert len(shown_ids(queue)) == 20


def test_a_dear_contact_leaves_leads_out_and_says_why(queue):
    queue.sliders["capacity"].value = 60
    queue.sliders["margin_rate"].value = 0.3
    before = len(shown_ids(queue))
    queue.sliders["cost"].value = queue.sliders["cost"].max
    assert len(shown_ids(queue)) < before
    assert say("scoring.ranking.left_out.not_worth_it").en in queue.told.value


def test_expected_is_what_the_study_says_of_the_same_sliders(queue):
    queue.sliders["margin_rate"].value, queue.sliders["cost"].value = 0.5, 1_000
    frame = queue.answer.frame
    np.testing.assert_allclose(frame["expected_amount"], frame["chance_won"] * 100_000 * 0.5 - 1_000)
    assert "¥" in queue.told.value


def test_when_nothing_is_worth_a_contact_it_is_said_and_sliders_lead_back(queue):
    queue.sliders["cost"].max = queue.sliders["cost"].value = 10_000_000
    assert (queue.answer, queue.rows.value, queue.page.value) == (None, None, "")
    assert say("scoring.widget.empty").en in queue.told.value
    assert all(button.disabled for button in queue.buttons.values())
    queue.buttons["contacted"].click()
    assert queue.marks.empty
    queue.sliders["cost"].value = 0
    assert len(shown_ids(queue)) == 12


@pytest.mark.parametrize("n", [1, 7, 10, 33, 50])
def test_places_of_a_team_move_in_proportion(n):
    queue = make_queue(make_scores(owner_id=None), capacity=TEAM)
    queue.sliders["capacity"].value = n
    places = queue.answer.frame["user_id"].value_counts()
    assert places.sum() == n
    assert all(abs(places.get(user, 0) - n * own / 10) < 1 for user, own in TEAM.items())


# -- filters


@pytest.mark.parametrize(("name", "value", "column"), [("owner", "bob", "user_id"), ("grade", "A", "grade")])
def test_a_filter_shows_only_what_it_names_and_leaves_the_list_alone(name, value, column):
    queue = make_queue(capacity={user: 3 * n for user, n in TEAM.items()})
    before = queue.answer.frame
    queue.filters[name].value = value
    assert shown_ids(queue) == list(before.loc[before[column] == value, "lead_id"])
    assert 0 < len(shown_ids(queue)) < len(before)
    assert queue.answer.frame is before


def test_leads_of_nobody_in_particular_are_filtered_by_their_owner(queue):
    queue.filters["owner"].value = "cho"
    frame = queue.answer.frame
    assert shown_ids(queue) == list(frame.loc[frame["owner_id"] == "cho", "lead_id"])


def test_a_filter_stays_while_its_value_is_there_and_else_shows_all(queue):
    queue.sliders["capacity"].value = 40
    queue.filters["grade"].value = "B"
    queue.sliders["capacity"].value = 30
    assert queue.filters["grade"].value == "B"
    queue.sliders["capacity"].value = 5
    assert (queue.filters["grade"].value, len(shown_ids(queue))) == ("", 5)


def test_a_channel_that_a_lead_has_not_allowed_is_neither_shown_nor_offered(times):
    scores = make_scores()
    ways = pd.DataFrame({"lead_id": scores.frame["lead_id"], "channel": np.resize(["phone", "email"], 60)})
    queue = make_queue(scores, times=times, allowed=ways[ways["lead_id"] != "l001"])
    assert dict(queue.filters["channel"].options).keys() == {"All", "E-mail", "Phone", "None"}
    queue.filters["channel"].value = "none"
    assert shown_ids(queue) == ["l001"]
    queue.filters["channel"].value = "email"
    assert set(queue.answer.frame.set_index("lead_id").loc[shown_ids(queue), "channel"]) == {"email"}


def test_leads_that_may_not_be_contacted_are_in_no_list():
    queue = make_queue(reachable=[f"l{at:03}" for at in range(30, 60)], capacity=60)
    assert min(shown_ids(queue)) == "l030"
    assert say("scoring.ranking.left_out.unreachable").en in queue.told.value


# -- the lead that is looked at


def test_a_lead_shows_chance_interval_value_action_and_time(times):
    scores = make_scores()
    ways = pd.DataFrame({"lead_id": scores.frame["lead_id"], "channel": "phone"})
    queue = make_queue(scores, times=times, allowed=ways)
    row = queue.answer.frame.iloc[2]
    queue.rows.value = row["lead_id"]
    seen = queue.page.value
    for words in (f"{row['chance_won']:.1%}", f"{row['low']:.1%}", f"{row['high']:.1%}"):
        assert words.replace("%", " %") in seen
    assert "Call · Phone · 1 Oct 2026 10:00" in seen
    assert "¥100 K" in seen


def test_reasons_up_and_down_are_those_of_the_study(learned):
    scorer, table = learned
    queue = make_queue(scorer=scorer, table=table)
    for lead in explain_scores(scorer, table.pick(table.frame["lead_id"].isin(shown_ids(queue)))).leads:
        queue.rows.value = lead.lead_id
        seen = queue.page.value
        assert (say("scoring.widget.why_up").en in seen) == bool(lead.ups)
        assert (say("scoring.widget.why_down").en in seen) == bool(lead.downs)
        assert seen.count('class="up"') == len(lead.ups)
        assert all(f"<span>{escape(reason.label.en)}</span>" in seen for reason in lead.reasons)


def test_a_model_that_sorts_nothing_gives_no_reasons_and_says_so(learned):
    scorer, table = learned
    queue = make_queue(make_scores(verdict="no_signal"), scorer=scorer, table=table)
    assert "visits" not in queue.page.value
    assert say("scoring.card.verdict.no_signal").en in queue.told.value


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_word_is_in_the_language(lang):
    queue = make_queue(lang=lang)
    queue.buttons["override"].click()
    queue.rows.value = "l000"
    assert queue.sliders["capacity"].description == say("scoring.widget.capacity").of(lang)
    assert [words for words, _ in queue.reason.options] == [
        say(f"scoring.widget.because.{code}").of(lang) for code in OVERRIDES
    ]
    assert say("scoring.widget.because.in_contact").of(lang) in queue.page.value


def test_names_are_shown_and_cannot_smuggle_markup():
    queue = make_queue(names={"l000": "<script>Aoba", "ann": "Ann A."}, capacity=TEAM)
    assert "&lt;script&gt;Aoba" in queue.page.value
    assert "<script>" not in queue.page.value
    assert "Ann A." in dict(queue.filters["owner"].options)


# -- what was done


def test_marking_a_lead_goes_on_to_the_next_and_is_seen_in_the_list(queue):
    queue.buttons["contacted"].click()
    queue.reason.value = "no_fit"
    queue.buttons["override"].click()
    assert queue.rows.value == "l002"
    assert [label[0] for label, _ in queue.rows.options][:3] == ["✓", "✗", "\u2007"]
    assert "1 contacted, 1 not done as listed." in queue.done.value
    assert queue.marks["lead_id"].tolist() == ["l000", "l001"]
    assert queue.marks["rank"].tolist() == [1, 2]
    assert queue.marks["is_overridden"].tolist() == [False, True]
    assert queue.marks["reason"].dropna().tolist() == ["no_fit"]
    assert set(queue.marks["as_of"]) == {AS_OF}


def test_a_mark_is_taken_back_or_made_anew(queue):
    for _ in range(2):
        queue.rows.value = "l003"
        queue.buttons["override"].click()
    assert len(queue.marks) == 1
    queue.rows.value = "l003"
    queue.buttons["undo"].click()
    assert queue.marks.empty
    assert queue.buttons["undo"].disabled


def test_marks_give_the_override_rate_that_the_watch_reads(queue):
    for at in range(12):
        queue.rows.value = f"l{at:03}"
        queue.buttons["override" if at % 4 == 0 else "contacted"].click()
    visits = {"visits": np.arange(60) % 7}
    current = make_scores().frame.assign(**visits).merge(queue.marks[["lead_id", "is_overridden"]], how="left")
    overrides = watch_drift(pd.DataFrame(visits), current, columns=["visits"]).overrides
    assert overrides.n_leads == 12
    assert overrides.rate.low < 0.25 < overrides.rate.high
    assert overrides.rate.estimate == pytest.approx(0.25, abs=0.02)


def test_marks_of_an_earlier_session_come_back(queue):
    queue.buttons["contacted"].click()
    queue.buttons["override"].click()
    again = make_queue(marks=queue.marks)
    pd.testing.assert_frame_equal(again.marks, queue.marks)
    assert [label[0] for label, _ in again.rows.options][:2] == ["✓", "✗"]


def test_no_marks_make_an_empty_table_of_the_same_kinds(queue):
    empty = queue.marks
    queue.buttons["contacted"].click()
    assert empty.dtypes.drop("as_of").equals(queue.marks.dtypes.drop("as_of"))


def test_marks_that_are_none_are_refused(queue):
    queue.buttons["override"].click()
    with pytest.raises(BadArgument, match=r"no reason of the queue in 1 rows(?s:.*)Next: use one of: in_contact"):
        make_queue(marks=queue.marks.assign(reason="because Mr Sato said so"))
    with pytest.raises(TableError, match="marks has no column"):
        make_queue(marks=queue.marks.drop(columns="rank"))
    with pytest.raises(BadArgument, match=r"'de' is not a language(?s:.*)Next: use one of: en, ja"):
        make_queue(lang="de")
