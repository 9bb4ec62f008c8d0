"""An open lead has not been lost: the chance of a win is right although the young ones are not decided."""

from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pytest
from scoring_simulations import (
    FEATURES,
    OBSERVED_ON,
    START,
    await_scoring,
    chance_by,
    measure_chance_coverage,
    observe,
    simulate_leads,
)

from saleslab.errors import BadArgument, NotEnoughData, TableError
from saleslab.scoring import LeadScorer, label_outcomes

AS_OF = date(2026, 6, 30)


def lead(key, created, *, won=None, closed=None):
    return {
        "lead_id": key,
        "created_at": pd.Timestamp(created),
        "won_at": pd.Timestamp(won) if won else pd.NaT,
        "closed_at": pd.Timestamp(closed or won) if closed or won else pd.NaT,
    }


def label(*leads, **others):
    return label_outcomes(pd.DataFrame(leads), **{"as_of": AS_OF, **others})


def outcomes(*leads, **others):
    return label(*leads, **others).frame["is_won"].tolist()


OLD = lead("old", "2025-01-05")
"""A lead whose window is over: somebody must have been watched for all of it."""


@pytest.mark.requirement("F02")
def test_a_young_cohort_looks_bad_and_its_chance_is_told_right():
    rng = np.random.default_rng(7)
    n, truth = 6_000, 0.25
    created = pd.Timestamp(START) + pd.to_timedelta(np.floor(rng.uniform(0, 300, n)), unit="D")
    shows = created + pd.to_timedelta(np.ceil(rng.exponential(45, n)), unit="D")
    leads = pd.DataFrame({"lead_id": np.arange(n), "created_at": created, "won_at": shows.where(rng.random(n) < truth)})
    as_of = pd.Timestamp(START) + pd.Timedelta(days=300)
    leads = leads.assign(won_at=leads["won_at"].where(leads["won_at"] <= as_of))
    seen = label_outcomes(leads.assign(closed_at=leads["won_at"]), as_of=as_of)
    recent = leads["created_at"] > as_of - pd.Timedelta(days=60)
    assert leads.loc[recent, "won_at"].notna().mean() == pytest.approx(0.11, abs=0.035)
    assert leads["won_at"].notna().mean() < truth - 0.03
    last = seen.chances.iloc[-1]
    assert last["day"] == 180
    assert last["chance"] == pytest.approx(truth, abs=0.03)
    assert last["low"] < truth * -np.expm1(-180 / 45) < last["high"]
    assert seen.share_censored > 0.2


@pytest.mark.requirement("F02")
def test_weighted_known_leads_have_the_true_chance_within_the_window():
    leads = simulate_leads(seed=3, n=30_000)
    seen = label_outcomes(observe(leads), as_of=pd.Timestamp(START) + pd.Timedelta(days=OBSERVED_ON))
    known, won = seen.is_known, seen.frame["is_won"]
    truth = chance_by(leads, 90).mean()
    weighted = np.average(won[known].astype(float), weights=seen.frame.loc[known, "weight"])
    assert weighted == pytest.approx(truth, abs=0.008)
    assert won.fillna(value=False).mean() < truth - 0.01  # the open ones called lost
    assert won[known].mean() > truth + 0.02  # the open ones left out


@pytest.mark.requirement("F02")
def test_a_scorer_of_leads_whose_window_is_over_is_right_on_average_and_one_of_all_known_is_not():
    leads = simulate_leads(seed=1, n=8_000)
    seen, new = observe(leads), await_scoring(leads)
    outcomes = label_outcomes(seen, as_of=pd.Timestamp(START) + pd.Timedelta(days=OBSERVED_ON))
    told = [
        LeadScorer()
        .fit(
            seen.loc[rows, FEATURES], outcomes.frame.loc[rows, "is_won"].astype(bool), time=seen.loc[rows, "created_at"]
        )
        .predict_proba(new[FEATURES])[:, 1]
        .mean()
        for rows in (outcomes.has_whole_window, outcomes.is_known)
    ]
    truth = chance_by(new, 90).mean()
    assert told[0] == pytest.approx(truth, abs=0.015)
    assert told[1] > truth + 0.025


@pytest.mark.slow
@pytest.mark.parametrize("n", [40, 100, 300, 2_000])
def test_the_chance_by_each_day_lies_in_its_interval_nine_times_in_ten(n):
    told = measure_chance_coverage(n=n, runs=600, seed=5)
    assert told["held"].between(0.865, 0.955).all()
    assert (told["chance"] - told["truth"]).abs().max() < 0.01


# -- what is known, and since when


def test_a_win_is_known_at_once_a_loss_when_it_is_closed_the_rest_when_the_window_is_over():
    assert outcomes(
        OLD,
        lead("young and won", "2026-06-20", won="2026-06-25"),
        lead("young and lost", "2026-06-20", closed="2026-06-25"),
        lead("young and open", "2026-06-20"),
        lead("won too late", "2025-01-05", won="2025-12-01"),
        lead("open for long", "2026-03-01"),
    ) == [False, True, False, pd.NA, False, False]


@pytest.mark.parametrize(("created", "known"), [("2026-04-01", True), ("2026-04-02", False)])
def test_the_last_day_of_the_window_belongs_to_it(created, known):
    assert outcomes(OLD, lead("a", created))[1] is (False if known else pd.NA)
    day = pd.Timestamp(created) + pd.Timedelta(days=90)
    assert outcomes(OLD, lead("a", created, won=day), as_of=date(2026, 12, 31))[1] is True
    assert outcomes(OLD, lead("a", created, won=day + pd.Timedelta(days=1)), as_of=date(2026, 12, 31))[1] is False


def test_what_happened_later_is_not_looked_at():
    later = lead("a", "2026-06-01", won="2026-07-02")
    seen = label(OLD, later)
    assert seen.frame["is_won"].tolist()[1] is pd.NA
    assert seen.frame["days_to_win"].isna().all()
    assert outcomes(OLD, later, as_of=date(2026, 7, 2))[1] is True


def test_the_censored_share_is_that_of_the_unknown():
    seen = label(OLD, lead("a", "2026-06-01"), lead("b", "2026-06-01"), lead("c", "2026-06-01", won="2026-06-02"))
    assert seen.share_censored == 0.5
    assert seen.is_known.tolist() == [True, False, False, True]
    assert seen.has_whole_window.tolist() == [True, False, False, False]


def test_a_date_means_its_whole_day_and_a_moment_may_have_a_zone():
    morning = lead("a", "2026-06-30T09:00")
    assert label(OLD, morning).frame["days_watched"].iloc[1] == pytest.approx(15 / 24, abs=1e-6)
    noon = datetime(2026, 6, 30, 12, tzinfo=UTC)
    assert label(OLD, morning, as_of=noon).frame["days_watched"].iloc[1] == pytest.approx(3 / 24)


def test_leads_keep_their_sequence_whatever_their_index():
    leads = pd.DataFrame([lead("b", "2026-01-01"), lead("a", "2025-01-01")], index=[9, 3])
    assert label_outcomes(leads, as_of=AS_OF).frame["lead_id"].tolist() == ["b", "a"]


def test_the_lost_are_not_taken_for_still_to_be_won():
    rows = [lead(f"w{i}", "2026-01-01", won="2026-01-10") for i in range(20)]
    rows += [lead(f"l{i}", "2026-01-01", closed="2026-01-05") for i in range(60)]
    assert label(*rows).chances["chance"].tolist() == pytest.approx([0.25] * 4)


# -- refusals


def test_everything_that_is_wrong_is_said_at_once():
    leads = pd.DataFrame(
        [
            lead("a", "2026-01-01", won="2025-12-01"),
            lead("a", "2026-01-02"),
            lead(None, "2026-01-02"),
            lead("c", "2026-08-01"),
            {**lead("d", "2026-01-01"), "created_at": None},
        ]
    )
    with pytest.raises(TableError) as refusal:
        label_outcomes(leads, as_of=AS_OF)
    said = str(refusal.value)
    for part in (
        "lead_id is missing in 1 row",
        "lead_id is there twice in 1 row (a)",
        "created_at is missing in 1 row (d)",
        "created_at lies after 2026-06-30 in 1 row (c)",
        "won_at lies before created_at in 1 row (a)",
        "Next: correct these rows",
    ):
        assert part in said


def test_text_that_is_no_date_is_refused():
    leads = pd.DataFrame([lead("a", "2026-01-01")]).assign(closed_at="soon")
    with pytest.raises(TableError, match="closed_at cannot be read as a time in 1 row"):
        label_outcomes(leads, as_of=AS_OF)


def test_a_missing_column_is_named():
    with pytest.raises(TableError, match="no column 'closed_at'"):
        label_outcomes(pd.DataFrame([OLD]).drop(columns="closed_at"), as_of=AS_OF)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "There is no lead to label"),
        (
            [lead("a", "2026-06-01")],
            r"None of 1 was watched for 90 days; the longest for 30.\n  Next: ask for a shorter",
        ),
    ],
)
def test_too_little_is_refused(rows, said):
    with pytest.raises(NotEnoughData, match=said):
        label_outcomes(pd.DataFrame(rows, columns=list(OLD)), as_of=AS_OF)


def test_a_window_without_a_day_is_refused():
    with pytest.raises(BadArgument, match="give a window of a day or more"):
        label(OLD, window=0)
