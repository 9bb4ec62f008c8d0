"""Days until the end: the unfinished count, no family of times is taken for granted, and too few are refused."""

import numpy as np
import pandas as pd
import pytest
from experiments_calibration import rank_durations
from experiments_counts import TIME_TRUTHS, measure_time_coverage
from scipy.stats import kstest

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.experiments import Reason, Stakes, compare_durations
from saleslab.experiments.durations import _weigh
from saleslab.stats import GammaArms, weigh_durations


def make_rows(rng, truth="log-normal .8", *, n=150, old=40.0, new=30.0, longest=90.0) -> pd.DataFrame:
    times = np.concatenate([TIME_TRUTHS[truth](rng, n) * old, TIME_TRUTHS[truth](rng, n) * new])
    watched = rng.uniform(0, longest, 2 * n)
    return pd.DataFrame(
        {"arm": ["old"] * n + ["new"] * n, "days": np.minimum(times, watched), "ended": times <= watched}
    )


class TestRecovery:
    @pytest.mark.parametrize("truth", ["exponential", "weibull 1.5", "log-normal .8"])
    def test_a_planted_fall_is_found_although_half_are_open(self, truth):
        rows = make_rows(np.random.default_rng(1), truth, n=500)
        answer = compare_durations(rows, control="old")
        contrast = answer.contrasts[0]
        assert 0.3 < 1 - rows["ended"].mean() < 0.6
        assert -10 in contrast.interval
        assert contrast.relative_lift == pytest.approx(-0.25, abs=0.12)
        assert contrast.chance_better > 0.95
        assert answer.reasons == ()

    def test_the_family_is_learned_from_the_data(self):
        rng = np.random.default_rng(9)
        families = [
            compare_durations(make_rows(rng, truth, n=400), control="old").chance_weibull
            for truth in ("weibull 1.5", "log-normal .8")
        ]
        assert families[0] > 0.95
        assert families[1] < 0.05

    def test_leaving_out_the_unfinished_would_have_been_far_off(self):
        rows = make_rows(np.random.default_rng(1), n=500)
        answer = compare_durations(rows, control="old")
        naive = rows.loc[rows["ended"] & (rows["arm"] == "old"), "days"].mean()
        assert naive < 0.75 * 40
        assert 40 in answer.arms[0].interval

    def test_times_of_two_kinds_are_named_as_a_poor_fit(self):
        rng = np.random.default_rng(5)
        times = np.where(rng.random(1200) < 0.5, rng.gamma(20, 0.25, 1200), rng.gamma(20, 4, 1200))
        rows = pd.DataFrame({"arm": ["old", "new"] * 600, "days": times, "ended": True})
        assert compare_durations(rows, control="old").reasons == (Reason.POOR_FIT,)


class TestReference:
    def test_at_a_constant_speed_the_ratio_is_close_to_its_closed_form(self):
        rng = np.random.default_rng(3)
        times = rng.exponential([[30.0], [40.0]], (2, 400))
        model = weigh_durations([(one, np.ones(400, dtype=bool)) for one in times])
        exact = 1 / GammaArms([400.0, 400.0], times.sum(axis=1)).ratio_quantiles(1, 0, [0.975, 0.5, 0.025])
        assert model.means.ratio_quantiles(1, 0, [0.025, 0.5, 0.975]) == pytest.approx(exact, rel=0.02)


class TestCoverage:
    def test_ranges_hold_the_truth_of_times_that_are_not_exponential(self):
        table = measure_time_coverage(("log-normal .8", "weibull 1.5"), sizes=(60,), opens=(0.3,), runs=60)
        assert table["lift"].between(0.87, 1).all(), table.to_string()

    @pytest.mark.slow
    def test_ranges_hold_the_truth_of_all_kinds_of_times(self):
        table = measure_time_coverage(runs=400)
        assert table[["lift", "relative_lift"]].min().min() >= 0.91, table.to_string()

    def test_posteriors_are_as_sure_as_they_say(self):
        assert kstest(rank_durations(150), "uniform").pvalue > 0.01

    def test_evidence_misleads_in_at_most_one_of_twenty(self):
        rng, values = np.random.default_rng(17), []
        for _ in range(300):
            rows = make_rows(rng, "gamma .5", n=40, new=40.0)
            is_new = (rows["arm"] == "new").to_numpy()
            times = rows["days"].clip(lower=0.5).to_numpy()
            values.append(_weigh(times, rows["ended"].to_numpy(), is_new, ~is_new, None))
        assert np.mean(np.array(values) >= np.log(20)) <= 0.05


class TestLaws:
    def test_the_unit_of_time_does_not_matter(self):
        rows = make_rows(np.random.default_rng(7), n=60)
        hours = rows.assign(days=rows["days"].clip(lower=0.5) * 24)
        one, other = (compare_durations(frame, control="old").contrasts[0] for frame in (rows, hours))
        assert one.lift * 24 == pytest.approx(other.lift, rel=1e-5)
        assert one.relative_lift == pytest.approx(other.relative_lift, rel=1e-5)
        assert one.e_value == pytest.approx(other.e_value, rel=1e-9)

    def test_swapping_the_arms_flips_the_lift(self):
        rows = make_rows(np.random.default_rng(7), n=60)
        turned = rows.assign(arm=rows["arm"].map({"old": "new", "new": "old"}))
        one, other = (compare_durations(frame, control="old").contrasts[0] for frame in (rows, turned))
        assert one.lift == pytest.approx(-other.lift, rel=1e-5)
        assert one.chance_better == pytest.approx(1 - other.chance_better, abs=1e-6)
        assert one.e_value == pytest.approx(other.e_value, rel=1e-9)

    def test_sooner_is_better_unless_said_otherwise(self):
        rows = make_rows(np.random.default_rng(7), n=300)
        usual = compare_durations(rows, control="old").contrasts[0]
        turned = compare_durations(rows, control="old", stakes=Stakes()).contrasts[0]
        assert usual.chance_better > 0.9
        assert turned.chance_better < 0.1

    def test_what_ended_on_its_first_day_took_half_a_day(self):
        rows = pd.DataFrame({"arm": ["a"] * 4 + ["b"] * 4, "days": [0, 1, 2, 3, 0, 2, 4, 6], "ended": True})
        assert compare_durations(rows, control="a").arms[0].mean == pytest.approx(6.5 / 4)


class TestBadInput:
    def test_too_few_endings_are_refused(self):
        rows = pd.DataFrame({"arm": ["a"] * 5 + ["b"] * 5, "days": range(1, 11), "ended": [1] * 5 + [1, 1, 0, 0, 0]})
        with pytest.raises(NotEnoughData, match=r"(?s)fewer than 3 have ended: b \(2\).*Next: wait"):
            compare_durations(rows, control="a")

    def test_bad_rows_are_all_named_at_once(self):
        rows = pd.DataFrame(
            {"arm": ["a", "a", "b", "b"], "days": [3, -1, np.nan, 4], "ended": pd.Series([1, 0, 1, None], dtype=object)}
        )
        with pytest.raises(BadArgument) as caught:
            compare_durations(rows, control="a")
        message = str(caught.value)
        assert "1 row with no days (2)" in message
        assert "1 row with days that are negative or infinite (1)" in message
        assert "1 row with an ended that is neither yes nor no (3)" in message
        assert "Next: give every unit the days" in message
