"""The words of a readout: verdict first, chance in plain words, money, health, what to do, in both languages."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pandas as pd
import pytest
from read import make_trial

from saleslab.experiments import (
    Metric,
    Reason,
    Stakes,
    Verdict,
    read_out,
    tell_chance,
    write_banners,
    write_cards,
    write_findings,
    write_headline,
    write_notes,
)
from saleslab.periods import FiscalCalendar
from saleslab.wording import LANGUAGES

CALENDAR = FiscalCalendar()


@pytest.fixture(scope="module")
def shipped():
    return read_out(make_trial(rates={"old": 0.1, "new": 0.2}))


@pytest.fixture(scope="module")
def unplanned():
    trial = make_trial(rates={"old": 0.2, "new": 0.1}, plan=None, doubts=(Reason.UNPLANNED,))
    return read_out(trial, stakes=Stakes(amount_per_unit=Decimal(30_000)))


@pytest.mark.requirement("B12")
def test_the_verdict_comes_first_and_the_chance_in_plain_words(shipped):
    words = write_headline(shipped)
    assert words["answer"].en.startswith("Change to the new way")
    assert words["answer"].ja.startswith("新案に切り替えます")
    assert words["status"].en == "Change · the new way is better more than 199 times in 200"
    assert words["tone"] == "good"
    assert "with the old way" in words["answer"].en
    assert "a month (" in words["answer"].en


def test_money_a_month_is_the_lift_times_volume_and_worth(shipped):
    low, gain, high = shipped.monthly_gain
    assert float(gain) == pytest.approx(shipped.best.lift * 200 * 30_000, abs=1)
    assert low < gain < high
    (card,) = [card for card in write_cards(shipped) if card["name"] == "monthly_gain"]
    assert card["note"].en == "200 units a month at ¥30.0 K each"


def test_what_to_do_has_an_owner_and_a_day_and_rests_on_what_is_shown(shipped):
    decide, *others = write_findings(shipped, calendar=CALENDAR)
    assert decide["owner"].en == "Sales manager"
    assert decide["due"] > shipped.trial.as_of
    assert CALENDAR.is_business_day(decide["due"])
    assert decide["evidence"] == ["lift", "arms"]
    assert decide["effect"].en.startswith("about ¥")
    assert all(one["evidence"] == ["groups"] for one in others)


@pytest.mark.requirement("M08")
def test_without_a_plan_it_is_labelled_exploratory_and_never_ships(unplanned):
    assert unplanned.decision.verdict is Verdict.CONTINUE
    words = write_headline(unplanned)
    assert words["status"].en.startswith("Only a hint · the new way is worse")
    assert words["tone"] == "warn"
    standing, _ = write_banners(unplanned)
    assert standing["text"].en.startswith("Exploratory")
    assert standing["tone"] == "warn"
    (finding, *_) = write_findings(unplanned, calendar=CALENDAR)
    assert finding["action"].en.startswith("Keep the old way")


def test_volume_is_taken_from_the_test_where_nobody_tells_it(unplanned):
    months = ((date(2026, 8, 31) - date(2026, 4, 1)).days + 1) / (365.25 / 12)
    assert unplanned.stakes.units_per_month == round(800 / months)


def test_a_plan_on_record_is_told_with_its_digest(shipped):
    notes = {note["name"]: note["text"].en for note in write_notes(shipped)}
    assert shipped.trial.plan.sha256 in notes["plan"]
    assert notes["scope"].startswith("800 units with outcome, 1 Apr 2026 to 31 Aug 2026")


def test_a_crooked_split_makes_the_result_unusable_and_nothing_is_claimed():
    trial = make_trial(rates={"old": 0.1, "new": 0.2})
    crooked = pd.DataFrame({"unit_id": [f"u:{i}" for i in range(900)], "arm": ["old"] * 600 + ["new"] * 300})
    readout = read_out(replace(trial, assigned=crooked))
    words = write_headline(readout)
    assert readout.decision.verdict is Verdict.INVALID
    assert words["answer"].en == readout.decision.sentence.en
    assert words["tone"] == "bad"
    assert write_banners(readout)[1]["tone"] == "bad"
    assert [one["name"] for one in write_findings(readout, calendar=CALENDAR)] == ["do_decide"]


def test_evidence_of_whole_people_is_not_shown_week_by_week():
    trial = make_trial(rates={"old": 0.1, "new": 0.2})
    rows = trial.rows.assign(user_id=trial.rows["arm"] + (trial.rows.index % 8).astype(str))
    readout = read_out(replace(trial, rows=rows, unit="rep", plan=None))
    assert not readout.is_watchable
    assert readout.path
    assert readout.groups is None
    (card,) = [card for card in write_cards(readout) if card["name"] == "evidence"]
    assert "one look" in card["note"].en


def test_too_few_orders_leave_the_share_of_buyers_and_no_money():
    trial = make_trial(rates={"old": 0.1, "new": 0.2}, n=20)
    rows = trial.rows.assign(amount=trial.rows["succeeded"] * 1000.0)
    readout = read_out(replace(trial, rows=rows, metric=Metric("revenue", "amount"), plan=None))
    assert readout.measured == "rate"
    assert readout.monthly_gain is None
    assert Reason.TOO_FEW_AMOUNTS in readout.decision.reasons
    assert "share of units that ordered" in " ".join(note["text"].en for note in write_notes(readout))


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("chance", [0.001, 0.2, 0.5, 0.667, 0.8, 0.975, 0.999])
def test_every_chance_has_plain_words(lang, chance):
    assert not any(sign in tell_chance(chance).of(lang) for sign in "%.{")


def test_plain_words_rise_with_the_chance():
    told = [tell_chance(step / 1000).en for step in range(1, 1000)]
    seen = list(dict.fromkeys(told))
    assert len(seen) == 17
    assert told == sorted(told, key=seen.index)
