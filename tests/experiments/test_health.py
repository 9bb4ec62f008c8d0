"""A sick experiment is told from a sound one, with the rows that show it."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saleslab.errors import BadArgument, NotEnoughData, TableError
from saleslab.experiments import Reason, check_health


def arms(**counts: int) -> pd.DataFrame:
    return pd.DataFrame({"arm": np.repeat(list(counts), list(counts.values()))})


def units(n: int, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "unit_id": [f"l:{i}" for i in range(n)],
            "arm": rng.permutation(np.repeat(["old", "new"], [n - n // 2, n // 2])),
            "week": np.arange(n) * 26 // n,
            "owner_id": [f"u:{i % 20}" for i in range(n)],
            "outcome": rng.random(n) < 0.2,
            "at": pd.Timestamp("2026-04-01") + pd.to_timedelta(np.arange(n) % 90, unit="D"),
        }
    )


class TestSplit:
    def test_the_split_of_cookie_cats_is_as_unlikely_as_published(self):
        """Cookie Cats, 44,700 against 45,489: chi-square with one degree of freedom, research/experiments.md (d)."""
        assert check_health(arms(gate_30=44_700, gate_40=45_489)).mismatch_p == pytest.approx(0.0086080, abs=5e-8)

    def test_an_arm_without_a_share_takes_no_degree_of_freedom(self):
        """GrowthBook's check_srm answers 3.4e-4 here."""
        health = check_health(arms(a=5200, b=4800), expected={"a": 0.5, "b": 0.5, "c": 0.0})
        assert health.mismatch_p == pytest.approx(6.3e-5, rel=0.01)
        assert health.reasons == (Reason.SAMPLE_RATIO_MISMATCH,)
        assert health.counts == (("a", 5200), ("b", 4800), ("c", 0))

    def test_planned_weights_need_not_add_up_to_one(self):
        weighted = check_health(arms(a=700, b=300), expected={"a": 7, "b": 3})
        assert weighted.mismatch_p == pytest.approx(1.0)
        assert weighted.is_sound

    @settings(max_examples=40, deadline=None)
    @given(st.integers(0, 400), st.integers(1, 400))
    def test_swapping_the_arms_changes_nothing(self, a, b):
        one, other = check_health(arms(x=a, y=b)), check_health(arms(x=b, y=a)) if a else check_health(arms(y=b))
        assert one.mismatch_p == pytest.approx(other.mismatch_p)

    def test_a_planned_arm_without_units_and_a_unit_in_no_planned_arm_are_found(self):
        health = check_health(arms(a=50, b=50, typo=1), expected={"a": 0.4, "b": 0.4, "c": 0.2})
        assert health.reasons == (Reason.SAMPLE_RATIO_MISMATCH, Reason.EMPTY_ARM)
        assert health.mismatch_p == 0.0
        assert health.findings.query("reason == 'empty_arm'")["arm"].tolist() == ["c"]

    def test_sound_splits_are_hardly_ever_called_unsound(self):
        rng = np.random.default_rng(2)
        counts = rng.binomial(200, 0.5, 400)
        sick = [not check_health(arms(a=int(k), b=200 - int(k))).is_sound for k in counts]
        assert sum(sick) <= 3

    def test_a_leak_is_found_while_the_test_runs_and_a_sound_lot_is_left_in_peace(self):
        rng = np.random.default_rng(3)
        sound = units(5000)
        leaky = sound[~((sound["arm"] == "new") & (rng.random(5000) < 0.2))]
        assert check_health(sound, look="week").mismatch_e < 1000
        sick = check_health(leaky, look="week")
        assert sick.mismatch_e > 1000
        assert sick.reasons == (Reason.SAMPLE_RATIO_MISMATCH,)

    def test_where_clusters_were_drawn_clusters_are_counted(self):
        """Ten people an arm with very different numbers of leads are a sound split."""
        sizes = np.r_[np.full(10, 10), np.full(10, 40)]
        rows = pd.DataFrame(
            {
                "owner_id": np.repeat([f"u:{i}" for i in range(20)], sizes),
                "arm": np.repeat(["old"] * 10 + ["new"] * 10, sizes),
            }
        )
        assert check_health(rows).mismatch_p < 1e-10
        assert check_health(rows, cluster="owner_id").mismatch_p == pytest.approx(1.0)
        assert check_health(rows, cluster="owner_id").counts == (("new", 400), ("old", 100))


class TestRows:
    def test_a_sound_experiment_has_no_finding(self):
        health = check_health(
            units(400), outcome="outcome", look="week", dated=["at"], period=(date(2026, 4, 1), date(2026, 6, 29))
        )
        assert health.is_sound
        assert health.findings.empty

    def test_units_in_two_arms_are_named(self):
        rows = units(200)
        twice = pd.concat([rows, rows[:3].assign(arm=rows["arm"][:3].map({"old": "new", "new": "old"}))])
        health = check_health(twice)
        assert health.reasons == (Reason.UNIT_IN_TWO_ARMS,)
        assert health.findings["n_rows"].tolist() == [3, 3]
        assert set(health.findings["ids"].iloc[0]) == {"l:0", "l:1", "l:2"}

    def test_repeated_rows_of_one_arm_are_one_unit(self):
        rows = units(200)
        assert check_health(pd.concat([rows, rows[rows["arm"] == "new"]])).is_sound

    def test_clusters_in_two_arms_and_people_who_work_both_are_told_apart(self):
        rows = units(200)
        assert check_health(rows, cluster="owner_id").reasons == (Reason.CLUSTER_IN_TWO_ARMS,)
        both = check_health(rows, worked_by="owner_id")
        assert both.reasons == (Reason.CONTAMINATED,)
        assert set(both.findings["ids"].iloc[0]) <= {f"u:{i}" for i in range(20)}

    def test_few_clusters_are_told(self):
        rows = units(100).assign(owner_id=lambda f: f["arm"] + f["unit_id"].str[-1].astype(int).mod(4).astype(str))
        health = check_health(rows, cluster="owner_id")
        assert health.reasons == (Reason.FEW_CLUSTERS,)
        assert health.findings["n_rows"].tolist() == [4, 4]

    def test_outcomes_that_go_missing_in_one_arm_are_found_and_alike_gaps_are_not(self):
        rows, rng = units(2000), np.random.default_rng(5)
        alike = rows.assign(outcome=rows["outcome"].astype("boolean").mask(rng.random(2000) < 0.1))
        one = rows.assign(outcome=alike["outcome"].mask((rows["arm"] == "new") & (rng.random(2000) < 0.08)))
        assert check_health(alike, outcome="outcome").is_sound
        sick = check_health(one, outcome="outcome")
        assert sick.reasons == (Reason.MISSING_OUTCOMES,)
        assert sick.missing_p < 0.001
        assert sick.findings["n_rows"].sum() == one["outcome"].isna().sum()

    def test_gaps_of_three_arms_are_compared_too(self):
        rows = pd.DataFrame({"arm": np.repeat(["a", "b", "c"], 500), "outcome": 1.0})
        rows.loc[:60, "outcome"] = np.nan
        assert check_health(rows, outcome="outcome").reasons == (Reason.MISSING_OUTCOMES,)
        assert check_health(rows.assign(outcome=np.nan), outcome="outcome").missing_p == 1.0

    def test_sound_gaps_are_hardly_ever_called_unsound(self):
        rng, rows = np.random.default_rng(6), units(300)
        sick = [
            check_health(rows.assign(outcome=np.where(rng.random(300) < 0.15, np.nan, 1.0)), outcome="outcome").reasons
            for _ in range(300)
        ]
        assert sum(map(bool, sick)) <= 3

    def test_one_order_that_decides_is_named(self):
        rows = units(100).assign(amount=0.0)
        rows.loc[rows.index[:40], "amount"] = 100.0
        assert check_health(rows, amount="amount").is_sound
        whale = rows.assign(amount=rows["amount"].mask(rows["unit_id"] == "l:7", 9_000.0))
        health = check_health(whale, amount="amount")
        assert health.reasons == (Reason.HEAVY_TAIL,)
        assert health.findings["ids"].tolist() == [("l:7",)]

    def test_dates_outside_the_test_are_counted(self):
        health = check_health(units(400), dated=["at"], period=(date(2026, 4, 1), date(2026, 6, 19)))
        assert health.reasons == (Reason.OUTSIDE_TEST,)
        assert health.findings["n_rows"].sum() == (units(400)["at"] >= "2026-06-20").sum()

    def test_no_finding_names_more_than_twenty_ids(self):
        rows = units(400)
        both = pd.concat([rows, rows.assign(arm=rows["arm"].map({"old": "new", "new": "old"}))])
        assert check_health(both).findings["ids"].map(len).max() == 20


class TestRefusals:
    def test_rows_without_an_arm_are_refused(self):
        with pytest.raises(TableError, match="(?s)1 of 3 assignments have no 'arm'.*Next: find out which arm"):
            check_health(pd.DataFrame({"arm": ["a", None, "b"]}))

    def test_an_unknown_column_is_refused(self):
        with pytest.raises(TableError, match="assignments has no column 'variant'"):
            check_health(arms(a=1), arm="variant")

    def test_nobody_assigned_is_no_split(self):
        with pytest.raises(NotEnoughData, match="(?s)No unit was assigned.*Next: check the dates"):
            check_health(arms(a=0))

    @pytest.mark.parametrize("expected", [{"a": -1, "b": 2}, {"a": 0, "b": 0}, {"a": float("nan"), "b": 1}])
    def test_impossible_shares_are_refused(self, expected):
        with pytest.raises(BadArgument, match="(?s)negative or all 0.*Next: give the shares of the plan"):
            check_health(arms(a=5, b=5), expected=expected)

    def test_times_need_a_period(self):
        with pytest.raises(BadArgument, match="at cannot be checked without a period"):
            check_health(units(10), dated=["at"])
