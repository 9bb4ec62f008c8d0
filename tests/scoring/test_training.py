"""From leads to a model and its chances: what is learned from, what is refused, what is kept with it."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from saleslab.errors import BadArgument, GateClosed, NotEnoughData, TableError
from saleslab.scoring import decide_leads, score_leads, train_model, write_card_of
from saleslab.scoring.leads.features import Feature
from saleslab.scoring.leads.table import LeadTable
from saleslab.scoring.learning.learned_leads import fingerprint_leads
from saleslab.wording import Text

AS_OF = date(2026, 6, 30)
N = 500


def make_leads(n=N, *, signal=1.0, known_at="closed", seed=4, dated=True):
    """Return leads of a year and a half: two columns are known early, of which one tells; one is known too late."""
    lot = np.random.default_rng(seed)
    visits = lot.poisson(3, n).astype(float)
    won = lot.random(n) < 1 / (1 + np.exp(1 - signal * (visits - 3)))
    created = pd.Series(pd.Timestamp("2025-01-01") + pd.to_timedelta(np.sort(lot.integers(0, 545, n)), unit="D"))
    ended = (created + pd.Timedelta(days=20)).where(created + pd.Timedelta(days=20) <= pd.Timestamp(AS_OF))
    columns = {
        "lead_id": [f"l:{at}" for at in range(n)],
        "account_id": pd.Series(None, range(n), dtype="str"),
        "contact_id": None,
        "owner_id": None,
        "created_at": created if dated else pd.NaT,
        "scored_at": created,
        "won_at": ended.where(won) if dated else pd.NaT,
        "closed_at": ended if dated else pd.NaT,
        "is_open": ended.isna(),
        "position": range(n),
        "is_won": pd.Series(won).astype("boolean").mask(ended.isna()),
        "visits": visits,
        "source": pd.Series(lot.choice(["web", "fair"], n)).astype("str"),
        "minutes": won * 30.0 + lot.integers(0, 4, n),
    }
    features = [("visits", "created", "number"), ("source", "created", "category"), ("minutes", "closed", "number")]
    declared = tuple(Feature(name, at, Text.same(name), kind) for name, at, kind in features)
    return LeadTable(pd.DataFrame(columns), declared, (), known_at, AS_OF)


@pytest.fixture(scope="module")
def trained():
    return train_model(make_leads(), window=30, goal="won", note="a test")


def test_only_leads_whose_window_is_over_are_learned_from(trained):
    created = make_leads().frame["created_at"]
    is_over = created < pd.Timestamp("2026-07-01") - pd.Timedelta(days=30)
    assert len(trained.table.frame) == is_over.sum() == trained.facts.n_leads < N
    assert trained.facts.n_wins == trained.is_won.sum()
    assert (trained.facts.window, trained.facts.goal, trained.facts.note) == (30, "won", "a test")
    assert trained.facts.data_to == created[is_over].max().date()


def test_what_is_known_too_late_is_not_used_and_shows_what_it_would_feign(trained):
    assert list(trained.scorer.feature_names_in_) == ["visits", "source"]
    assert trained.evaluation.leaks == ("minutes",)
    metrics = trained.facts.metrics
    assert metrics["leaked_auc"] > 0.95 > metrics["forward_auc"] > 0.6
    told = {row.label.en: row.value.en for row in write_card_of(trained).of("leaks")}
    assert told["minutes"].endswith("Left out.")


def test_the_tested_leads_are_later_than_those_of_their_training_and_can_be_grouped(trained):
    when = trained.table.frame.set_index("lead_id")["created_at"]
    assert when[trained.tested["lead_id"]].min() >= when.quantile(0.74)
    truth = pd.Series(trained.is_won.to_numpy(), trained.table.frame["lead_id"])
    assert (truth[trained.tested["lead_id"]].to_numpy() == trained.tested["is_won"].to_numpy()).all()
    card = write_card_of(trained, groups=["source"])
    assert {row.label.en for row in card.of("groups")} == {"source: web", "source: fair"}
    with pytest.raises(BadArgument, match=r"(?s)no column city to be grouped by.*Next: name some of: visits"):
        trained.group_tested("city")


def test_chances_come_with_bounds_that_hold_them_and_the_grades_of_the_model(trained):
    scores = score_leads(trained.scorer, make_leads(seed=9), facts=trained.facts)
    frame = scores.frame
    assert (scores.verdict, scores.is_prior) == ("ready", False)
    assert ((frame["low"] <= frame["chance_won"]) & (frame["chance_won"] <= frame["high"])).all()
    assert frame["grade"].tolist() == trained.facts.grades.grade(frame["chance_won"])


def test_a_model_that_sorts_no_better_than_a_lot_gives_everybody_the_average():
    noise = train_model(make_leads(160, signal=0.0, known_at="created").drop(["minutes"]), window=30)
    assert noise.scorer.verdict_ != "ready"
    scores = score_leads(noise.scorer, make_leads(50), facts=noise.facts)
    assert scores.is_prior
    assert set(scores.frame["chance_won"]) == {noise.scorer.base_rate_}
    assert len(set(scores.frame["grade"])) == 1
    with pytest.raises(NotEnoughData, match=r"(?s)no lead to score.*Next: give another day"):
        score_leads(noise.scorer, make_leads(50).pick(pd.Series([False] * 50)))


def test_a_leak_stops_training_until_somebody_answers_for_it():
    leads = make_leads(200, known_at="created")
    leaky = LeadTable(leads.frame, (*leads.features[:2], Feature("minutes", "created", Text.same("minutes"), "number")))
    with pytest.raises(GateClosed, match=r"(?s)1 column knows the outcome: 'minutes'.*Next: leave it out"):
        train_model(leaky, as_of=AS_OF, window=30)
    let = train_model(leaky, as_of=AS_OF, window=30, allowed={"minutes": " we know "})
    assert [(leak.column, leak.because) for leak in let.allowed] == [("minutes", "we know")]
    assert dict(let.facts.allowed) == {"minutes": "we know"}
    assert "Allowed: we know" in " ".join(row.value.en for row in write_card_of(let).of("leaks"))


@pytest.mark.parametrize(
    ("options", "error", "told"),
    [
        ({"dropped": ["weight"]}, BadArgument, r"no column weight.*Next: allow, with a reason, or drop some of"),
        ({"dropped": ["visits"], "allowed": {"visits": "so"}}, BadArgument, r"visits cannot be allowed and dropped"),
        ({"allowed": {"minutes": " "}}, BadArgument, r"minutes would be allowed without a reason"),
        ({"dropped": ["visits", "source"]}, NotEnoughData, r"No column is left.*Next: drop fewer"),
        ({"window": 5000}, NotEnoughData, r"watched for 5000 days"),
    ],
)
def test_what_cannot_be_trained_is_refused(options, error, told):
    with pytest.raises(error, match=f"(?s){told}"):
        train_model(make_leads(60), **options)


def test_twelve_leads_are_too_few_and_said_so():
    few = train_model(make_leads(12), window=30)
    assert (few.scorer.verdict_, few.evaluation, len(few.tested)) == ("too_small", None, 0)
    assert "Not judged on leads that came later" in " ".join(row.value.en for row in write_card_of(few).of("tests"))
    with pytest.raises(NotEnoughData, match=r"(?s)Next: "):
        train_model(make_leads(2), window=30)


def test_the_same_leads_have_the_same_fingerprint_whatever_holds_their_text():
    leads, won = make_leads(30), pd.Series([True, False] * 15)
    other = LeadTable(leads.frame.assign(source=leads.frame["source"].astype("object")), leads.features)
    assert fingerprint_leads(leads, won) == fingerprint_leads(other, won)
    assert fingerprint_leads(leads, won) != fingerprint_leads(leads, ~won)
    swapped = LeadTable(leads.frame.assign(visits=leads.frame["visits"] + 1), leads.features)
    assert fingerprint_leads(leads, won) != fingerprint_leads(swapped, won)


def test_a_file_without_times_is_learned_from_as_it_says():
    learned, is_won, outcomes = decide_leads(make_leads(dated=False))
    assert outcomes is None
    assert len(learned.frame) == len(is_won) == make_leads().frame["is_won"].notna().sum()


def test_a_slip_of_the_clock_is_left_out_and_a_misunderstood_column_is_refused():
    leads = make_leads(300)
    at = leads.frame["won_at"].first_valid_index()
    leads.frame.loc[at, "won_at"] = leads.frame.loc[at, "created_at"] - pd.Timedelta(days=1)
    learned, _, _ = decide_leads(leads, window=30)
    assert leads.frame.loc[at, "lead_id"] not in set(learned.frame["lead_id"])
    wrong = LeadTable(leads.frame.assign(won_at=leads.frame["won_at"] - pd.Timedelta(days=99)), leads.features)
    with pytest.raises(TableError, match=r"(?s)won_at lies before created_at.*Next: correct these rows"):
        decide_leads(wrong, as_of=AS_OF, window=30)
