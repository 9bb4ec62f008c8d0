"""A model is watched by what can go wrong with it, not by what grows because time goes by."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from saleslab.scoring import FEATURES, LeadScorer, LeadTable, ModelFacts, find_feature, watch_model
from saleslab.scoring.leads.table import LEAD_KEYS

CUT = pd.Timestamp("2026-04-01")


@pytest.fixture(scope="module")
def leads():
    """Leads of half a year, of owners whose open leads pile up, and of one source that wins more often."""
    lot = np.random.default_rng(2)
    n = 3_000
    created = pd.Timestamp("2026-01-01") + pd.to_timedelta(np.sort(lot.uniform(0, 180, n)), unit="D")
    load = np.floor(np.linspace(5, 140, n) + lot.normal(0, 3, n)).clip(0)
    source = pd.Series(lot.choice(["fair", "web"], n), dtype="str")
    is_won = pd.Series(lot.random(n) < np.where(source == "fair", 0.4, 0.1))
    closed = pd.Series(created + pd.Timedelta(days=10))
    frame = pd.DataFrame(dict.fromkeys(LEAD_KEYS, None), index=range(n)).assign(
        lead_id=[str(at) for at in range(n)], created_at=created, closed_at=closed, won_at=closed.where(is_won),
        source=source, n_leads_of_owner=load, is_won=is_won,
    )  # fmt: skip
    return LeadTable(frame, (find_feature("source"), find_feature("n_leads_of_owner")), as_of=date(2026, 6, 29))


def watch(leads, since):
    before = leads.pick(leads.frame["created_at"] < CUT)
    scorer = LeadScorer().fit(before.inputs, before.frame["is_won"], time=before.time)
    facts = ModelFacts(data_from=date(2026, 1, 1), data_to=date(2026, 3, 31), window=30)
    return watch_model(scorer, before, since, facts=facts, as_of=leads.as_of)


def test_a_count_that_only_grows_is_no_drift(leads):
    found = watch(leads, leads.pick(leads.frame["created_at"] >= CUT))
    assert found.verdict == "keep"
    assert found.columns["column"].to_list() == ["source"]
    assert not found.columns["is_moved"].any()


def test_a_source_that_was_never_there_is_told_all_the_same(leads):
    since = leads.pick(leads.frame["created_at"] >= CUT)
    since.frame["source"] = "referral"
    found = watch(leads, since)
    assert found.columns.set_index("column").loc["source", "is_far"]
    assert {"unseen_names", "inputs_moved"} & {reason.code for reason in found.reasons}


def test_what_moves_with_time_is_declared_with_the_feature():
    moving = {feature.name for feature in FEATURES if feature.moves_with_time}
    counted_up = {"n_leads_of_owner", "n_deals_won_before", "n_deals_lost_before"}
    assert moving == counted_up | {"campaign", "campaign_age_days", "created_month"}
