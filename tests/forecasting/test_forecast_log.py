"""What was forecast cannot be rewritten, the next run scores it, and the record says who was how good."""

from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from saleslab.errors import BadArgument, NotEnoughData, TableError, WarehouseError
from saleslab.forecasting import ForecastLog, name_node
from saleslab.warehouse import AppendLog, Note

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
    end = quarter + pd.offsets.QuarterEnd()
    return pd.DataFrame({"node": nodes, "period": quarter, "period_end": end, "value": np.asarray(values, dtype=float)})


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


# -- a month and a quarter that begin on the same day

SAME_DAY = {"quarter": ("2024-01-01", "2024-03-31", 300.0), "month": ("2024-01-01", "2024-01-31", 100.0)}


def lay_both(*, offset=0.0, column="median"):
    rows = [("company", *days, value + offset) for *days, value in SAME_DAY.values()]
    frame = pd.DataFrame(rows, columns=["node", "period", "period_end", column])
    bounds = {"lower_80": frame[column] - 20, "upper_80": frame[column] + 20}
    return frame.assign(**bounds) if column == "median" else frame


@pytest.mark.requirement("M03")
@pytest.mark.parametrize("is_one_frame", [True, False])
def test_a_month_and_a_quarter_that_begin_together_are_two_periods_each_with_its_own_end_and_value(log, is_one_frame):
    both = lay_both(offset=10)
    parts = [both] if is_one_frame else [both.iloc[[0]], both.iloc[[1]]]
    told = {"as_of": date(2023, 12, 31), "at": datetime(2024, 1, 1, 9)}
    for model in ("landing", "last_period"):
        found = [log.write(one, model=model, **told) for one in parts]
        assert [(one.is_new, one.revision) for one in found] == [(True, 0)] * len(parts), "a month is no second quarter"
    assert not log.write(parts[-1], model="landing", **told).is_new
    assert not log.forecasts()["revision"].any()
    assert log.list_over(date(2024, 2, 9))["period_end"].tolist() == [pd.Timestamp("2024-01-31")]
    assert log.score(lay_both(column="value"), at=datetime(2024, 2, 10)).n_forecasts == 1, "the quarter still runs"
    assert log.score(lay_both(column="value"), at=datetime(2024, 4, 1)).n_forecasts == 1
    scored = log.scores().query("method == 'landing'").set_index("period_end")[["median", "actual"]]
    assert scored.loc["2024-03-31"].tolist() == [310.0, 300.0]
    assert scored.loc["2024-01-31"].tolist() == [110.0, 100.0]
    measured = log.measure().query("method == 'landing'").set_index("measure")
    assert measured.loc["wape", "value"] == pytest.approx(20 / 400)
    assert measured.loc["wape", "n_periods"] == 2
    assert measured.loc["gain_last_period", "value"] == 0
    latest = log.forecasts(latest_revision=True).query("model == 'landing' and quantile == 0.5")
    assert sorted(latest["value"]) == [110.0, 310.0]


def strip_ends(file):
    """Write a log as it was before periods that came had ends, its chain as sound as it was then."""
    log = AppendLog(file.with_name("before.jsonl"))
    for entry in AppendLog(file).read():
        content = dict(entry.content)
        if entry.kind == "came":
            content["rows"] = [{name: row[name] for name in ("node", "period", "value")} for row in content["rows"]]
        log.append([Note(entry.kind, entry.subject, content)], at=entry.at)
    return log


def test_what_came_without_an_end_in_an_old_log_is_read_over_and_scored_anew(log):
    log.write(lay_both().iloc[[1]], model="landing", as_of=date(2023, 12, 31), at=datetime(2024, 1, 1, 9))
    log.score(lay_both(column="value"), at=datetime(2024, 4, 1))
    old = ForecastLog(strip_ends(log.log.file))
    assert len(old.forecasts()) == 3
    assert old.scores().empty
    with pytest.raises(NotEnoughData, match=r"has been scored(.|\n)*Next: (.|\n)*saleslab forecast log"):
        old.measure()
    assert old.score(lay_both(column="value"), at=datetime(2024, 5, 1)).n_forecasts == 1
    assert old.scores()["actual"].tolist() == [100.0]
    assert old.log.verify().is_whole


def test_a_forecast_without_ends_of_its_periods_is_refused_by_name(log):
    log.write(lay_both(), model="landing", as_of=date(2023, 12, 31), at=datetime(2024, 1, 1, 9))
    rows = [{"node": "company", "period": "2024-01-01", "mean": 1.0, "quantiles": {"0.5": 1.0}}]
    content = {"about": "won_amount", "as_of": "2023-12-31", "sha256": "", "rows": rows}
    log.log.append([Note("forecast", "other", content)], at=datetime(2024, 1, 2))
    with pytest.raises(TableError, match=r"line 2(.|\n)*1 forecast without the end(.|\n)*Next: begin a new log"):
        log.forecasts()


def test_ends_that_are_missing_or_lie_before_the_beginning_are_refused(log):
    told = {"model": "landing", "as_of": date(2023, 12, 31), "at": datetime(2024, 1, 1)}
    with pytest.raises(TableError, match=r"2 rows whose period has no end after its beginning(.|\n)*Next: mend"):
        log.write(lay_both().assign(period_end=["2023-12-31", None]), **told)
    with pytest.raises(TableError, match=r"no column 'period_end'(.|\n)*Next: give series_id, period, period_end"):
        log.score(lay_both(column="value").drop(columns="period_end"), at=datetime(2024, 4, 1))
    twice = pd.concat([lay_both(column="value")] * 2)
    with pytest.raises(TableError, match=r"2 periods that stand twice(.|\n)*Next: give one value"):
        log.score(twice, at=datetime(2024, 4, 1))
