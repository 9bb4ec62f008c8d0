"""The survey of leads finds what tells, what leaks, and how long a success takes, on leads whose truth is planted."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.scoring import LeadTable, profile_column, survey_leads
from saleslab.scoring.briefings import tell_survey
from saleslab.scoring.leads.features import Feature
from saleslab.scoring.leads.table import LEAD_KEYS
from saleslab.wording import Text

AS_OF = date(2026, 9, 30)
CHANCES = {"fair": 0.5, "web": 0.25, "list": 0.1}


def invent_leads(n=3_000, *, seed=0):
    """Return leads of 400 days: the source makes the chance, a success shows after 25 days on average."""
    lot = np.random.default_rng(seed)
    age = np.sort(lot.uniform(0.1, 400, n))[::-1]
    source = lot.choice(list(CHANCES), n)
    wait = np.where(lot.random(n) < pd.Series(source).map(CHANCES), lot.exponential(25, n), np.inf)
    now = pd.Timestamp(AS_OF) + pd.Timedelta(days=1)
    created = pd.Series(now - pd.to_timedelta(age, unit="D")).dt.floor("s")
    won_at = (created + pd.to_timedelta(pd.Series(wait).replace(np.inf, np.nan), unit="D")).where(wait < age)
    is_won = pd.Series(won_at.notna())
    frame = pd.DataFrame(dict.fromkeys(LEAD_KEYS, None), index=range(n)).assign(
        lead_id=[f"lead {at}" for at in range(n)], created_at=created, scored_at=created, won_at=won_at,
        closed_at=won_at, is_open=won_at.isna(), account_id=pd.Series([None] * n, dtype="str"),
        source=pd.Series(source, dtype="str"), size=np.where(lot.random(n) < 0.1, np.nan, lot.integers(1, 500, n)),
        period=pd.Series(np.where((age > 150) & is_won, "x", lot.choice(["x", "y"], n)), dtype="str"),
        contract=pd.Series(np.where(is_won, "signed", "none"), dtype="str"),
        caller=pd.Series(lot.choice(["u:1", "u:2"], n), dtype="str"), is_known=lot.random(n) < 0.5,
    )  # fmt: skip
    features = (
        Feature("source", "created", Text("Source", "流入元")),
        Feature("size", "created", Text("Size", "規模"), "number"),
        Feature("period", "created", Text.same("period")),
        Feature("contract", "closed", Text.same("contract")),
        Feature("caller", "created", Text.same("caller"), is_owner=True),
        Feature("is_known", "created", Text.same("is_known"), "flag"),
    )
    return LeadTable(frame, features, (), "closed", AS_OF)


@pytest.fixture(scope="module")
def leads():
    return invent_leads()


@pytest.fixture(scope="module")
def survey(leads):
    return survey_leads(leads, window=60)


class TestColumns:
    def test_what_makes_the_chance_tells_and_nothing_else(self, survey):
        assert survey.telling == ["source"]
        assert survey.strongest == "source"

    def test_what_knows_the_outcome_is_suspect(self, survey):
        assert "contract" in survey.suspect
        told = tell_survey(survey)
        assert "Source most" in told.en
        assert "contract" in told.en
        assert "流入元" in told.ja

    def test_what_told_of_early_leads_alone_tells_nothing(self, survey):
        row = survey.columns.set_index("column").loc["period"]
        assert row["auc"] > survey.by_luck >= row["auc_later"]
        assert "period" not in survey.telling

    def test_without_a_survey_the_next_step_is_said(self):
        assert "Wait until both outcomes are known" in tell_survey(None).en


class TestWindows:
    def test_the_chance_by_each_day_is_the_planted_one(self, survey):
        ever = np.mean(list(CHANCES.values()))
        truth = ever * -np.expm1(-survey.curve["day"].astype(float) / 25)
        assert ((survey.curve["low"] <= truth) & (truth <= survey.curve["high"])).mean() > 0.8

    def test_a_longer_window_holds_more_successes_and_leaves_fewer_leads(self, survey):
        assert survey.windows["part"].is_monotonic_increasing
        assert survey.windows["n_learnable"].is_monotonic_decreasing
        assert survey.windows["part"].iloc[-1] == 1
        assert survey.shortest_window == 90

    def test_the_chosen_window_is_among_them(self, leads):
        assert survey_leads(leads, window=45).at_window["window"] == 45

    def test_leads_without_times_have_no_windows(self, leads):
        undated = leads.frame.assign(
            created_at=pd.NaT, won_at=pd.NaT, closed_at=pd.NaT, position=range(len(leads.frame)),
            is_won=leads.frame["won_at"].notna(),
        )  # fmt: skip
        answer = survey_leads(LeadTable(undated, leads.features))
        assert (answer.outcomes, answer.at_window, answer.shortest_window) == (None, None, None)
        assert answer.windows.empty
        assert answer.curve.empty
        assert answer.telling[0] == "source"

    def test_leads_that_all_ended_alike_are_refused(self, leads):
        lost = leads.frame.assign(won_at=pd.NaT, closed_at=leads.frame["created_at"])
        with pytest.raises(NotEnoughData, match=r"(.|\n)*Next: "):
            survey_leads(LeadTable(lost, leads.features, as_of=AS_OF))


class TestGroups:
    def test_groups_succeed_as_planted_the_best_first(self, survey):
        profile = profile_column(survey, "source")
        assert [group.en for group in profile["group"]] == ["fair", "web", "list"]
        truth = np.array(list(CHANCES.values())) * -np.expm1(-60 / 25)
        assert ((profile["low"] <= truth) & (truth <= profile["high"])).all()

    def test_every_lead_is_in_one_group(self, survey):
        for name in ("source", "size", "period", "is_known"):
            profile = profile_column(survey, name)
            assert profile["n_leads"].sum() == len(survey.is_won)
            assert profile["n_won"].sum() == survey.is_won.sum()

    def test_numbers_stay_in_sequence_and_those_without_one_come_last(self, survey):
        groups = [group.en for group in profile_column(survey, "size")["group"]]
        assert groups[-1] == "not stated"
        assert [int(group.split(" to ")[0]) for group in groups[:-1]] == sorted(
            int(group.split(" to ")[0]) for group in groups[:-1]
        )

    def test_rare_names_stand_together_at_the_end(self, survey):
        groups = profile_column(survey, "source", most=2)["group"]
        assert groups.iloc[-1] == Text("all others", "その他")

    @pytest.mark.parametrize("name", ["caller", "shoe_size"])
    def test_people_who_work_leads_are_no_group(self, survey, name):
        with pytest.raises(BadArgument, match=rf"grouped by '{name}'(.|\n)*Next: name one of: source"):
            profile_column(survey, name)
