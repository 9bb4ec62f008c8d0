"""Why a lead has its chance."""

import numpy as np
import pandas as pd
import pytest

from saleslab.errors import BadArgument
from saleslab.scoring import LeadScorer, explain_scores, tabulate_reasons
from saleslab.wording import Text


@pytest.fixture(scope="module")
def fitted():
    rng = np.random.default_rng(0)
    n = 800
    leads = pd.DataFrame({
        "visits": rng.normal(size=n),
        "owner": rng.choice(["a", "b"], n),
        "性別": rng.choice(["x", "y"], n),
        "source": rng.choice(["web", "fair"], n),
        "noise": rng.normal(size=n),
    })  # fmt: skip
    log_odds = 1.5 * leads["visits"] + 2 * (leads["owner"] == "a") + (leads["source"] == "fair") - 1
    is_won = rng.random(n) < 1 / (1 + np.exp(-log_odds))
    return LeadScorer().fit(leads, is_won, time=np.arange(n)), leads.assign(lead_id=[f"L{at}" for at in range(n)])


def test_reasons_and_remainder_add_up_to_the_chance(fitted):
    scorer, leads = fitted
    answer = explain_scores(scorer, leads)
    chances = scorer.predict_proba(leads)[:, 1]
    for lead, chance in zip(answer.leads, chances, strict=True):
        told = sum(reason.points for reason in lead.ups + lead.downs)
        assert abs(lead.base + told + lead.remainder - chance) < 1e-9
        assert all(reason.points >= 0.01 for reason in lead.ups)
        assert all(reason.points <= -0.01 for reason in lead.downs)


def test_the_planted_reason_comes_first(fitted):
    scorer, leads = fitted
    answer = explain_scores(scorer, leads.assign(visits=2.5, source="web", owner="a"))
    assert answer.leads[0].ups[0].column == "visits"
    assert answer.leads[0].ups[0].text.en.startswith("visits: raises the chance by +")
    assert "確率を上げる" in answer.leads[0].ups[0].text.ja


def test_owner_and_protected_columns_are_never_shown(fitted):
    scorer, leads = fitted
    answer = explain_scores(scorer, leads, hidden=["noise"])
    assert answer.hidden == ("owner", "性別", "noise")
    assert not set(tabulate_reasons(answer)["column"]) & {"owner", "性別", "noise"}


NAMED = {
    "hidden": [
        "age", "age_group", "AgeBand", "contact_age", "ethnic_group", "sales_rep", "assigned_to", "Sdr ID", "担当者名",
        "案件所有者", "営業担当者ID", "顧客の性別", "年齢層", "年代", "お客様生年月日", "担当", "障がい区分",
    ],
    "shown": ["lead_age", "account_age_days", "page_views", "障害件数", "担当件数", "agency", "report_count"],
}  # fmt: skip


def test_columns_of_owner_and_person_are_hidden_however_their_name_is_built():
    rng = np.random.default_rng(0)
    leads = pd.DataFrame({name: rng.integers(0, 2, 400) for name in NAMED["hidden"] + NAMED["shown"]})
    answer = explain_scores(LeadScorer().fit(leads, rng.random(400) < 0.4), leads.head(1))
    assert list(answer.hidden) == NAMED["hidden"]


def test_no_more_than_top_reasons_are_shown_in_each_direction(fitted):
    scorer, leads = fitted
    answer = explain_scores(scorer, leads, top=1)
    assert max(len(lead.ups) for lead in answer.leads) == 1
    assert max(len(lead.downs) for lead in answer.leads) <= 1


def test_equal_effects_stand_in_the_sequence_of_their_names(fitted):
    from saleslab.scoring.judging.explaining import LeadReason, _rank

    words = Text.same("-")
    tied = [LeadReason(name, points, words, words) for name, points in (("b", 0.1), ("a", 0.1 + 1e-15), ("c", -0.1))]
    assert [reason.column for reason in sorted(tied, key=_rank)] == ["a", "b", "c"]


def test_an_unknown_column_to_hide_and_repeated_ids_are_refused(fitted):
    scorer, leads = fitted
    with pytest.raises(BadArgument, match=r"none of the model's: fax(?s:.)*spelling"):
        explain_scores(scorer, leads, hidden=["fax"])
    with pytest.raises(BadArgument, match=r"799 ids stand twice(?s:.)*one id"):
        explain_scores(scorer, leads.assign(lead_id="L1"))
