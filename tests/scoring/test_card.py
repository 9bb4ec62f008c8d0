"""What a model card says, and what it must not leave out."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from trained import invent_leads, train_plain_scorer, train_scorer

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.periods import FiscalCalendar
from saleslab.scoring import LeadScorer, ModelFacts, evaluate_scores, find_leaks, write_card
from saleslab.scoring.briefings.card import CardPage, write_card_findings, write_card_headline
from saleslab.scoring.judging.card import SECTIONS
from saleslab.scoring.judging.fairness import measure_groups
from saleslab.scoring.learning.lead_models import LeadModel
from saleslab.wording import section

FACTS = ModelFacts(data_from=date(2026, 1, 1), data_to=date(2026, 9, 30), n_leads=900, n_wins=412, window=90)


def invent_groups(n=2000, wrong=0.0):
    """Return leads of three regions and many small cities; in the north, fewer are won than promised."""
    lot = np.random.default_rng(3)
    groups = pd.DataFrame(
        {
            "region": lot.choice(["north", "east", "west"], n),
            "city": [f"city {rank}" for rank in lot.integers(0, 400, n)],
        }
    )
    chances = lot.beta(2, 6, n)
    truth = np.where(groups["region"] == "north", chances * (1 - wrong), chances)
    return groups, (lot.random(n) < truth).astype(int), chances


@pytest.fixture(scope="module")
def judged():
    leads, won = invent_leads()
    numbers = leads[["signal_0", "signal_1"]]
    return evaluate_scores(numbers, won, time=np.arange(len(won)), scorer=LogisticRegression())


def told(card, name, lang="en"):
    return " ".join(f"{row.label.of(lang)}: {row.value.of(lang)}" for row in card.of(name))


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_a_card_says_every_section_in_every_language(judged, lang):
    leads, won = invent_leads()
    groups, was_won, chances = invent_groups()
    audit = find_leaks(leads, won)
    card = write_card(train_scorer(), judged, audit, about=FACTS, groups=groups, won=was_won, chances=chances)
    assert tuple(dict.fromkeys(row.section for row in card.rows)) == SECTIONS
    assert all(row.label.of(lang) and row.value.of(lang) for row in card.rows)
    assert set(section("scoring.card.section")) == set(SECTIONS)
    assert "2026" in told(card, "data", lang)
    assert "412" in told(card, "data", lang)


def test_random_forward_and_list_stand_side_by_side(judged):
    card = write_card(train_scorer(), judged, None)
    labels = [row.label.en for row in card.of("tests")]
    assert labels[:2] == ["AUC on leads drawn by lot", "AUC on later leads, in the test"]
    assert f"{judged.forward.estimate:.3f}" in told(card, "tests")


def test_what_was_not_looked_at_is_said():
    card = write_card(train_plain_scorer(), None, None)
    assert "Not judged on leads that came later" in told(card, "tests")
    assert "Nobody looked for columns" in told(card, "leaks")
    assert "Nobody named groups" in told(card, "groups")
    assert "do not work leads by this score alone" in told(card, "limits")
    assert "Not saved yet" in told(card, "identity")


def test_a_leak_that_was_let_through_is_printed_with_its_reason_and_refused_without():
    leads, won = invent_leads()
    audit = find_leaks(leads, won)
    audit.loc[audit["column"] == "source", "verdict"] = "block"
    with pytest.raises(BadArgument, match=r"(?s)uses 1 columns that the leak check blocks: source.*Next: train with"):
        write_card(train_scorer(), None, audit)
    facts = ModelFacts(allowed={"source": "recorded before the first call"})
    card = write_card(train_scorer(), None, audit, about=facts)
    assert "Allowed: recorded before the first call" in told(card, "leaks")


def test_a_model_that_uses_a_blocked_column_gets_no_plain_yes():
    leads, won = invent_leads(2_000)
    scorer = LeadScorer().fit(leads.assign(signal_3=won + np.random.default_rng(0).normal(size=len(won))), won)
    assert scorer.verdict_ == "ready"
    statuses, verdicts = [], []
    for allowed in ({}, {"signal_3": "recorded before the first call"}):
        model = LeadModel(scorer, ModelFacts(allowed=allowed), None, "", "", 2000, 400)
        page = CardPage(model, None, None, "won")
        headline = write_card_headline(page)
        statuses.append((headline["status"].en, headline["tone"]))
        [finding] = write_card_findings(page, as_of=date(2026, 9, 30), calendar=FiscalCalendar())
        verdicts.append(finding["name"])
    assert statuses == [
        ("Yes, to decide whom to contact first", "good"),
        ("Only if the columns that the leak check blocked are known in time", "warn"),
    ]
    assert verdicts == ["do_ready", "do_ready_but"]


def test_a_group_whose_chances_are_off_is_found_and_the_others_are_not():
    groups, won, chances = invent_groups(4000, wrong=0.4)
    measured = measure_groups(groups[["region"]], won, chances).set_index("group")
    assert measured["is_off"].to_dict() == {"north": True, "east": False, "west": False}
    assert measured.loc["north", "gap_high"] < 0
    card = write_card(train_scorer(), None, None, groups=groups[["region"]], won=won, chances=chances)
    assert "more than chance explains" in told(card, "groups")
    assert "do not compare such groups by score" in told(card, "limits")


def test_fair_groups_are_called_off_no_more_often_than_the_stated_chance():
    lot, n_off, n_times = np.random.default_rng(5), 0, 200
    groups = pd.DataFrame({"region": np.repeat(["a", "b", "c"], 100)})
    for _ in range(n_times):
        chances = lot.beta(2, 6, 300)
        n_off += measure_groups(groups, lot.random(300) < chances, chances, mass=0.9)["is_off"].any()
    assert n_off / n_times <= 0.1 + 1.645 * np.sqrt(0.09 / n_times)


def test_small_groups_are_put_together_and_none_is_lost():
    groups, won, chances = invent_groups()
    measured = measure_groups(groups, won, chances)
    cities = measured[measured["by"] == "city"]
    assert cities["n_groups"].tolist() == [groups["city"].nunique()]
    assert measured.groupby("by")["n_leads"].sum().tolist() == [2000, 2000]
    card = write_card(train_scorer(), None, None, groups=groups, won=won, chances=chances)
    assert "groups of fewer than 30 leads together" in told(card, "groups")


def test_groups_without_outcomes_are_refused():
    groups, won, chances = invent_groups()
    with pytest.raises(BadArgument, match=r"(?s)cannot be judged without outcomes.*Next: give won and chances"):
        write_card(train_scorer(), None, None, groups=groups)
    with pytest.raises(BadArgument, match=r"(?s)do not belong together.*Next: give one of each"):
        measure_groups(groups, won[:5], chances)
    with pytest.raises(NotEnoughData, match=r"(?s)9 leads do not show.*Next: judge at least 30"):
        measure_groups(groups[:9], won[:9], chances[:9])
