"""What was forecast cannot be rewritten, the next run scores it, and the record says who was how good."""

from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from saleslab.errors import BadArgument, NotEnoughData, TableError, WarehouseError
from saleslab.forecasting import ForecastLog, name_node

QUARTERS = pd.date_range("2024-01-01", periods=8, freq="QS")
NODES = ["company", name_node("team", "t:1"), name_node("team", "t:2"), name_node("user", "u:1")]


def said_of(quarter, values, *, nodes=NODES, spread=10.0, **more):
    values = np.asarray(values, dtype=float)
    return pd.DataFrame(
        {
            "node": nodes,
            "period": quarter,
            "period_end": quarter + pd.offsets.QuarterEnd(),
            "median": values,
            "lower_80": values - spread,
            "upper_80": values + spread,
            **more,
        }
    )


def came_of(quarter, values, nodes=NODES):
    return pd.DataFrame({"node": nodes, "period": quarter, "value": np.asarray(values, dtype=float)})


def after(quarter):
    return (quarter + pd.offsets.QuarterEnd() + pd.Timedelta(days=1)).to_pydatetime()


@pytest.fixture
def log(tmp_path):
    return ForecastLog(tmp_path / "forecasts.jsonl")


@pytest.mark.requirement("M03")
def test_planted_biases_of_teams_people_and_methods_are_found(log):
    """Commit is 20 % above what comes, 40 % for one person; the landing is right on average."""
    rng = np.random.default_rng(4)
    for quarter in QUARTERS:
        came = rng.normal(100, 5, 4)
        for before in (60, 7):
            day = (quarter + pd.offsets.QuarterEnd() - pd.Timedelta(days=before)).date()
            at = datetime.combine(day, datetime.min.time()) + timedelta(hours=30)
            log.write(said_of(quarter, came + rng.normal(0, 4, 4)), model="landing", as_of=day, at=at)
            commit = came * [1.2, 1.2, 1.2, 1.4]
            log.write(said_of(quarter, commit), model="commit", as_of=day, at=at)
        log.score(came_of(quarter, came), at=after(quarter))
    bias = log.measure(("scope_type",)).query("measure == 'bias'").set_index(["scope_type", "method"])["value"]
    assert bias["company", "commit"] == pytest.approx(0.2)
    assert bias["team", "commit"] == pytest.approx(0.2)
    assert bias["user", "commit"] == pytest.approx(0.4)
    assert abs(bias.xs("landing", level="method")).max() < 0.04  # four standard errors of 16 errors of 4 %
    coverage = log.measure().query("measure == 'coverage_80'").set_index("method")
    assert coverage.loc["landing", "value"] > 0.9
    assert coverage.loc["commit", "value"] == 0
    assert coverage.loc["landing", "n"] == 64
    assert coverage.loc["landing", "n_periods"] == 8
    by_time = log.measure(("period", "series_id")).query("measure == 'bias' and method == 'commit'")
    assert by_time["period"].nunique() == 8
    assert set(log.measure(("days_left",))["days_left"]) == {60, 7}


def test_the_same_run_twice_adds_nothing_whatever_the_order_of_its_rows(log):
    said = said_of(QUARTERS[0], [1, 2, 3, 4])
    told = {"model": "landing", "as_of": date(2024, 2, 1)}
    first = log.write(said, **told, at=datetime(2024, 2, 2))
    size = log.log.file.stat().st_size
    again = log.write(said.sample(frac=1.0, random_state=1), **told, at=datetime(2024, 2, 3))
    assert (first.is_new, first.n_forecasts, again.is_new) == (True, 4, False)
    assert log.log.file.stat().st_size == size
    came = came_of(QUARTERS[0], [1, 2, 3, 4])
    assert [log.score(came, at=after(QUARTERS[0])).n_forecasts for _ in range(2)] == [4, 0]
    assert len(log.log.read()) == 2


def test_the_first_word_of_a_day_is_judged_and_later_versions_are_kept(log):
    told = {"model": "landing", "as_of": date(2024, 2, 1)}
    assert log.write(said_of(QUARTERS[0], [1, 2, 3, 4]), **told, at=datetime(2024, 2, 2)).revision == 0
    assert log.write(said_of(QUARTERS[0], [9, 9, 9, 9]), **told, at=datetime(2024, 2, 3)).revision == 1
    log.score(came_of(QUARTERS[0], [1, 2, 3, 4]), at=after(QUARTERS[0]))
    assert log.scores()["median"].tolist() == [1, 2, 3, 4]
    assert log.measure().set_index("measure")["value"]["wape"] == 0
    medians = log.forecasts().query("quantile == 0.5")
    assert medians["revision"].value_counts().to_dict() == {0: 4, 1: 4}
    assert log.forecasts(latest_revision=True).query("quantile == 0.5")["value"].tolist() == [9, 9, 9, 9]


def test_a_forecast_written_afterwards_is_no_promise(log):
    said = said_of(QUARTERS[0], [1, 2, 3, 4])
    log.write(said, model="landing", as_of=date(2024, 2, 1), at=datetime(2024, 2, 20))
    log.score(came_of(QUARTERS[0], [1, 2, 3, 4]), at=after(QUARTERS[0]))
    assert not log.forecasts()["is_live"].any()
    with pytest.raises(NotEnoughData, match=r"No live forecast of the log has been scored(.|\n)*Next: write forecasts"):
        log.measure()
    assert len(log.measure(live_only=False))


def test_a_period_is_scored_when_its_last_day_is_over_and_a_restated_value_counts_anew(log):
    quarter = QUARTERS[0]
    log.write(said_of(quarter, [10] * 4), model="landing", as_of=date(2024, 2, 1), at=datetime(2024, 2, 2))
    came = came_of(quarter, [10] * 4)
    assert log.score(came, at=datetime(2024, 3, 31, 12)).n_forecasts == 0
    assert log.score(came, at=datetime(2024, 4, 1)).n_forecasts == 4
    restated = log.score(came_of(quarter, [10, 10, 10, 20]), at=datetime(2024, 5, 1))
    assert restated.n_forecasts == 1
    assert log.came().set_index("node").loc["user:u:1", ["value", "revision"]].tolist() == [20.0, 1]
    assert len(log.scores()) == 4
    assert log.score(came_of(QUARTERS[1], [1] * 4), at=after(QUARTERS[1])).n_forecasts == 0  # never forecast


def test_chances_and_quantiles_come_back_as_they_were_said(log):
    said = said_of(QUARTERS[0], [1, 2, 3, 4], chance_hit=[0.25] * 4, target=2.0, lower_95=-50.0, upper_95=60.0)
    log.write(said, model="landing", as_of=date(2024, 2, 1), at=datetime(2024, 2, 2))
    log.score(came_of(QUARTERS[0], [1, 2, 3, 4]), at=after(QUARTERS[0]))
    kept = log.forecasts()
    assert sorted(kept["quantile"].unique()) == [0.025, 0.1, 0.5, 0.9, 0.975]
    scored = log.scores()
    assert scored[["lower_80", "upper_95", "chance_hit", "target"]].iloc[0].tolist() == [-9.0, 60.0, 0.25, 2.0]
    brier = log.measure().set_index("measure")["value"]["brier"]
    assert brier == pytest.approx((3 * 0.75**2 + 0.25**2) / 4)


def test_a_log_that_was_touched_is_refused(log):
    log.write(said_of(QUARTERS[0], [1, 2, 3, 4]), model="landing", as_of=date(2024, 2, 1), at=datetime(2024, 2, 2))
    file = log.log.file
    file.write_text(file.read_text(encoding="utf-8").replace('"mean":1.0', '"mean":7.0'), encoding="utf-8")
    with pytest.raises(WarehouseError, match=r"chain_broken at 1(.|\n)*Next: restore it"):
        log.forecasts()


def test_what_cannot_be_kept_is_refused_and_nothing_is_written(log):
    said = said_of(QUARTERS[0], [1, 2, 3, 4])
    told = {"model": "landing", "as_of": date(2024, 2, 1), "at": datetime(2024, 2, 2)}
    with pytest.raises(BadArgument, match=r"claims to know 2024-02-09, and it is 2024-02-02(.|\n)*Next: give the last"):
        log.write(said, **told | {"as_of": date(2024, 2, 9)})
    with pytest.raises(TableError, match=r"4 rows whose 80 % interval is upside down(.|\n)*Next: mend"):
        log.write(said.assign(lower_80=99.0), **told)
    with pytest.raises(NotEnoughData, match=r"of 2024-02-01 has no row(.|\n)*Next: write down only"):
        log.write(said.head(0), **told)
    with pytest.raises(TableError, match=r"has no column 'value'(.|\n)*Next: give series_id"):
        log.score(said, at=after(QUARTERS[0]))
    assert not log.log.file.exists()
    assert log.forecasts().empty
    assert log.came().empty
