"""A forecast tried on past days knows nothing that came later, and is measured by the definitions of the field."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from panels import lay_all, needs_tourism, read_tourism

from saleslab.errors import BadArgument, NotEnoughData, TableError
from saleslab.forecasting import AsOfSource, DatedReader, DatedTable, backtest, forecast_series, measure_forecasts
from saleslab.stats.forecast_errors import (
    measure_coverage,
    measure_mase,
    measure_msis,
    measure_rmsse,
    measure_smape,
    measure_wql,
)

MONTHS = pd.date_range("2022-01-01", periods=48, freq="MS")
DAYS = [date(2024, 12, 31), date(2025, 3, 31), date(2025, 6, 30)]


def make_panel(n_series=4, seed=3):
    rng = np.random.default_rng(seed)
    season = 20 * np.sin(np.arange(48) * np.pi / 6)
    frames = [
        pd.DataFrame({"series_id": f"s{at}", "period": MONTHS, "value": 100 + 10 * at + season + rng.normal(0, 5, 48)})
        for at in range(n_series)
    ]
    return pd.concat(frames, ignore_index=True)


def ask_engine(known):
    return forecast_series(known.read("panel"), horizon=3, season_length=12, seed=0)


def poison(panel, *, after):
    """Return the panel with every value after a day beyond all measure."""
    return panel.assign(value=panel["value"].where(panel["period"] <= pd.Timestamp(after), 1e9))


# -- nothing later is known


@pytest.mark.requirement("M03")
def test_poisoned_future_rows_change_no_bit_of_a_forecast_of_series():
    panel = make_panel()
    clean = backtest(ask_engine, AsOfSource.of_panel(panel), actual=panel, as_of=DAYS[:1])
    bad = poison(panel, after=DAYS[0])
    poisoned = backtest(ask_engine, AsOfSource.of_panel(bad), actual=panel, as_of=DAYS[:1])
    assert bad["value"].max() == 1e9
    pd.testing.assert_frame_equal(clean.forecasts, poisoned.forecasts, check_exact=True)


@pytest.mark.requirement("M03")
def test_poisoned_actual_values_reach_neither_the_naive_methods_nor_the_scales():
    panel = make_panel()
    source = AsOfSource.of_panel(panel)
    clean = backtest(ask_engine, source, actual=panel, as_of=DAYS[:1])
    poisoned = backtest(ask_engine, source, actual=poison(panel, after=DAYS[0]), as_of=DAYS[:1])
    assert (poisoned.forecasts["actual"] == 1e9).all()
    pd.testing.assert_frame_equal(
        clean.forecasts.drop(columns="actual"), poisoned.forecasts.drop(columns="actual"), check_exact=True
    )


def make_deals(n=400, seed=5):
    """Deals of one quarter and the next: half are won some weeks after they were created."""
    rng = np.random.default_rng(seed)
    created = pd.Timestamp("2025-01-01") + pd.to_timedelta(rng.integers(0, 365, n), unit="D")
    closed = created + pd.to_timedelta(rng.integers(10, 60, n), unit="D")
    return pd.DataFrame(
        {
            "opportunity_id": [f"d{at}" for at in range(n)],
            "created_at": created,
            "closed_at": closed,
            "is_won": rng.random(n) < 0.5,
            "amount": rng.gamma(2.0, 50.0, n).round(),
        }
    )


DEALS_KNOWN = {"closed_at": ("closed_at", "is_won")}


def land_quarter(known):
    """Return the running quarter's landing: what is won, and half of what is open."""
    deals = known.read("deals")
    start = pd.Timestamp(known.as_of).to_period("Q").start_time
    won = deals.loc[deals["is_won"] & (deals["closed_at"] >= start), "amount"].sum()
    is_open = deals["closed_at"].isna()
    return pd.DataFrame(
        {"series_id": ["all"], "period": [start], "median": [won + 0.5 * deals.loc[is_open, "amount"].sum()]}
    )


def sum_by_quarter(deals):
    won = deals[deals["is_won"]]
    start = won["closed_at"].dt.to_period("Q").dt.start_time
    return (
        won.groupby(start)["amount"].sum().rename_axis("period").rename("value").reset_index().assign(series_id="all")
    )


@pytest.mark.requirement("M03")
def test_the_same_call_tries_a_landing_of_deals_and_poisoned_deals_change_nothing():
    deals, days = make_deals(), [date(2025, 8, 15), date(2025, 9, 20)]
    actual = sum_by_quarter(deals)
    clean = backtest(
        land_quarter, AsOfSource({"deals": DatedTable(deals, "created_at", DEALS_KNOWN)}), actual=actual, as_of=days
    )
    late = deals["created_at"] > pd.Timestamp(days[-1])
    closes_later = deals["closed_at"] > pd.Timestamp(days[-1])
    bad = deals.assign(amount=deals["amount"].where(~late, 1e9), is_won=deals["is_won"] | closes_later)
    source = AsOfSource({"deals": DatedTable(bad, "created_at", DEALS_KNOWN)})
    poisoned = backtest(land_quarter, source, actual=actual, as_of=days)
    assert late.any()
    assert closes_later.any()
    pd.testing.assert_frame_equal(clean.forecasts, poisoned.forecasts, check_exact=True)
    model = clean.forecasts[clean.forecasts["method"].eq("model")]
    assert model["days_left"].tolist() == [46, 10]
    assert model["step"].tolist() == [1, 1]


def test_cells_that_were_filled_later_are_handed_out_empty():
    deals = make_deals()
    day = date(2025, 6, 30)
    then = AsOfSource({"deals": DatedTable(deals, "created_at", DEALS_KNOWN)}).at(day).read("deals")
    assert (then["created_at"] <= pd.Timestamp(day)).all()
    assert not (then["closed_at"] > pd.Timestamp(day)).any()
    assert not then.loc[then["closed_at"].isna(), "is_won"].any()


def test_a_row_dated_on_the_day_itself_is_known_whatever_its_hour():
    rows = pd.DataFrame({"id": [1, 2], "at": pd.to_datetime(["2026-03-31T23:59:59", "2026-04-01T00:00:00"])})
    source = AsOfSource({"calls": DatedTable(rows, "at")})
    assert source.at(date(2026, 3, 31)).read("calls")["id"].tolist() == [1]


def test_what_a_forecast_writes_into_its_view_does_not_reach_the_next_day():
    panel = make_panel(1)

    def spoil(known):
        rows = known.read("panel")
        told = rows.iloc[[-1]].assign(
            period=rows["period"].max() + pd.DateOffset(months=1), median=rows["value"].mean()
        )
        rows["value"] = 1e9
        return told

    tried = backtest(spoil, AsOfSource.of_panel(panel), actual=panel, as_of=DAYS)
    assert tried.forecasts["median"].max() < 1e3


def test_a_reader_that_returns_what_came_later_is_refused():
    deals = make_deals()
    careless = AsOfSource({"deals": DatedReader(lambda _: deals, dated_by=("created_at", "closed_at"))})
    with pytest.raises(
        TableError, match=r"by 2025-06-30 and returned later rows: \d+ rows of 'created_at'(.|\n)*Next: cut its query"
    ):
        backtest(land_quarter, careless, actual=sum_by_quarter(deals), as_of=[date(2025, 6, 30)])

    def read_then(as_of):
        return deals[deals["closed_at"] <= pd.Timestamp(as_of)]

    careful = AsOfSource({"deals": DatedReader(read_then, dated_by=("created_at", "closed_at"))})
    assert len(careful.at(date(2025, 6, 30)).read("deals"))


# -- measured by the definitions of the field


@pytest.fixture(scope="module")
def tried():
    panel = make_panel()
    levels = (0.4, 0.8, 0.95)

    def ask(known):
        return forecast_series(known.read("panel"), horizon=3, season_length=12, levels=levels, seed=0)

    return backtest(ask, AsOfSource.of_panel(panel), actual=panel, as_of=DAYS[:1])


def test_measures_are_those_of_the_competitions(tried):
    panel = make_panel()
    history = panel.pivot_table(index="series_id", columns="period", values="value").to_numpy()[:, :36]
    rows = tried.forecasts[tried.forecasts["method"].eq("model")].sort_values(["series_id", "period"])

    def of(name):
        return rows[name].to_numpy().reshape(4, 3)

    came, said = of("actual"), of("median")
    quantiles = np.stack(
        [of(n) for n in ("lower_95", "lower_80", "lower_40", "median", "upper_40", "upper_80")], axis=2
    )
    quantiles = np.concatenate([quantiles, of("upper_95")[..., None]], axis=2)
    assert tried.read("model", "mase") == pytest.approx(measure_mase(came, said, history, season_length=12).mean)
    assert tried.read("model", "rmsse") == pytest.approx(
        measure_rmsse(came, of("mean"), history, season_length=12).mean
    )
    assert tried.read("model", "smape") == pytest.approx(measure_smape(came, said).mean)
    assert tried.read("model", "wql") == pytest.approx(
        measure_wql(came, quantiles, [0.025, 0.1, 0.3, 0.5, 0.7, 0.9, 0.975])
    )
    assert tried.read("model", "msis_95") == pytest.approx(
        measure_msis(came, of("lower_95"), of("upper_95"), history, season_length=12, mass=0.95).mean
    )
    assert tried.read("model", "coverage_80") == measure_coverage(came, of("lower_80"), of("upper_80"))


def test_naive_methods_say_the_last_season_and_the_last_value(tried):
    panel = make_panel().set_index(["series_id", "period"])["value"]
    rows = tried.forecasts.set_index("method")
    seasonal, last = rows.loc["seasonal_naive"], rows.loc["last_period"]
    year_ago = [panel[one.series_id, one.period - pd.DateOffset(years=1)] for one in seasonal.itertuples()]
    assert seasonal["median"].tolist() == year_ago
    assert last["median"].tolist() == [panel[one, pd.Timestamp("2024-12-01")] for one in last["series_id"]]


@needs_tourism
def test_the_seasonal_naive_has_the_published_error_on_the_tourism_competition():
    """MASE 1.63 over all horizons, by the R package Tcomp's reproduction of Athanasopoulos et al. (2011)."""
    contest = read_tourism("monthly")
    n, width = contest.history.shape
    whole = np.concatenate([contest.history, contest.actual], axis=1)
    rows = lay_all(whole, start="1970-01-01").dropna()  # all end together
    day = rows["period"].max() - pd.DateOffset(months=contest.horizon - 1) - pd.Timedelta(days=1)
    later = rows.loc[rows["period"] > day, ["series_id", "period"]]

    def ask(known):
        assert len(known.read("panel")) == np.isfinite(contest.history).sum()
        return later.assign(median=1.0)

    tried = backtest(ask, AsOfSource.of_panel(rows), actual=rows, as_of=[day.date()])
    assert (n, width) == (366, 309)
    assert tried.read("seasonal_naive", "mase") == pytest.approx(1.631, abs=5e-4)


@pytest.mark.requirement("M03")
def test_a_planted_optimism_of_people_is_found_and_their_latest_word_counts():
    panel = make_panel()
    cells = panel[panel["period"].eq(pd.Timestamp("2025-01-01"))]
    early, late = (
        cells[["series_id", "period"]].assign(as_of=day, method="commit", amount=factor * cells["value"])
        for day, factor in ((date(2024, 12, 1), 3.0), (date(2024, 12, 28), 1.2))
    )
    after = early.assign(as_of=date(2025, 1, 2), amount=0.0)
    tried = backtest(
        lambda known: ask_engine(known).groupby("series_id").head(1),
        AsOfSource.of_panel(panel),
        actual=panel,
        as_of=DAYS[:1],
        submissions=pd.concat([late, after, early]),
    )
    assert tried.read("commit", "bias") == pytest.approx(0.2)
    stale = backtest(
        ask_engine,
        AsOfSource.of_panel(panel),
        actual=panel,
        as_of=DAYS[:1],
        submissions=early.assign(as_of=date(2024, 11, 1)),
    )
    assert "commit" not in set(stale.forecasts["method"])


def test_true_chances_to_reach_a_target_are_called_calibrated_and_boasts_are_not():
    rng = np.random.default_rng(8)
    n = 600
    chance = rng.random(n)
    came = pd.DataFrame({"series_id": [f"u{at}" for at in range(n)], "period": pd.Timestamp("2026-01-01")})
    hit = rng.random(n) < chance
    came = came.assign(value=np.where(hit, 11.0, 9.0), target=10.0)
    before = came.assign(period=pd.Timestamp("2025-12-01"), value=10.0)
    actual = pd.concat([before, came])
    told = came[["series_id", "period"]].assign(median=10.0)
    tried = backtest(
        {
            "honest": lambda _: told.assign(chance_hit=chance),
            "boast": lambda _: told.assign(chance_hit=0.5 + chance / 2),
        },
        AsOfSource({}),
        actual=actual,
        as_of=[date(2025, 12, 31)],
    )
    assert tried.read("honest", "calibration_error") < 0.06
    assert tried.read("boast", "calibration_error") > 0.2
    assert tried.read("honest", "brier_skill") > 0.25 > tried.read("boast", "brier_skill")


# -- laws


def test_neither_the_order_of_rows_nor_of_days_matters(tried):
    panel = make_panel()
    shuffled = panel.sample(frac=1.0, random_state=1)
    again = backtest(ask_engine, AsOfSource.of_panel(shuffled), actual=shuffled, as_of=DAYS[:1])
    assert again.read("model", "mase") == tried.read("model", "mase")
    pd.testing.assert_frame_equal(
        again.measures[again.measures["measure"].eq("wape")].reset_index(drop=True),
        tried.measures[tried.measures["measure"].eq("wape")].reset_index(drop=True),
    )


@given(st.floats(0.01, 100.0), st.integers(0, 1000))
def test_a_share_of_what_came_does_not_know_the_currency(factor, seed):
    rng = np.random.default_rng(seed)
    said, came = rng.gamma(2.0, 50.0, (2, 6))
    rows = pd.DataFrame({"as_of": "a", "series_id": range(6), "period": "p", "method": "m"})
    one, other = (
        measure_forecasts(rows.assign(mean=f * said, median=f * said, actual=f * came)).set_index("measure")["value"]
        for f in (1.0, factor)
    )
    pd.testing.assert_series_equal(one, other)


def test_a_forecast_as_good_as_the_naive_gains_nothing_on_it():
    panel = make_panel()

    def repeat(known):
        rows = known.read("panel")
        last = rows[rows["period"].eq(rows["period"].max())]
        return last.assign(period=last["period"] + pd.DateOffset(months=1), median=last["value"])

    tried = backtest(repeat, AsOfSource.of_panel(panel), actual=panel, as_of=DAYS)
    assert tried.read("model", "gain_last_period") == 0
    by_day = tried.measure("as_of")
    n = by_day[by_day["measure"].eq("wape")].groupby("method")["n"].sum()
    assert n.to_dict() == {"model": 12, "seasonal_naive": 12, "last_period": 12}


# -- refusals


def test_what_a_forecast_must_not_say_is_told_all_at_once():
    panel = make_panel(1)

    def ask(_):
        period = pd.to_datetime(["2024-12-01", "2025-01-01", "2025-01-01"])
        return pd.DataFrame(
            {"series_id": "s0", "period": period, "median": [1.0, np.inf, 2.0], "lower_80": 3.0, "upper_80": 2.0}
        )

    with pytest.raises(
        TableError,
        match=r"1 rows with a missing or infinite number; 1 rows that stand twice; "
        r"1 rows of periods that were over already; 3 rows whose 80 % interval is upside down(.|\n)*Next: mend",
    ):
        backtest(ask, AsOfSource.of_panel(panel), actual=panel, as_of=DAYS[:1])


@pytest.mark.parametrize(
    ("days", "match"),
    [
        (DAYS[0], r"as_of is datetime\.date(.|\n)*Next: give a list of days"),
        ([], r"0 days and 1 forecasts(.|\n)*Next: give at least one"),
        (["soon"], r"as_of holds what is no day(.|\n)*Next: give days"),
    ],
)
def test_what_is_no_list_of_days_is_refused(days, match):
    panel = make_panel(1)
    with pytest.raises(BadArgument, match=match):
        backtest(ask_engine, AsOfSource.of_panel(panel), actual=panel, as_of=days)


def test_a_forecast_that_returns_nothing_is_refused():
    panel = make_panel(1)
    with pytest.raises(TableError, match=r"is no data frame of pandas but NoneType(.|\n)*Next: return series_id"):
        backtest(lambda known: None, AsOfSource.of_panel(panel), actual=panel, as_of=DAYS[:1])


@pytest.mark.parametrize("pattern", ["%Y-%m-%d", "%Y-%m", "%Y%m"])
def test_periods_may_be_written_as_text(pattern):
    panel = make_panel(2)
    written = panel.assign(period=panel["period"].dt.strftime(pattern))
    here, there = (
        backtest(ask_engine, AsOfSource.of_panel(rows), actual=rows, as_of=DAYS[:1]) for rows in (panel, written)
    )
    pd.testing.assert_frame_equal(here.measures, there.measures)


def test_days_on_which_there_was_too_little_to_go_by_are_kept_as_refusals():
    panel = make_panel()

    def ask(known):
        if known.as_of < DAYS[1]:
            raise NotEnoughData("Three deals are no pipeline.", "wait.")
        return ask_engine(known)

    tried = backtest(ask, AsOfSource.of_panel(panel), actual=panel, as_of=DAYS)
    assert tried.refused["reason"].tolist() == ["Three deals are no pipeline."]
    assert tried.forecasts["as_of"].min() == pd.Timestamp(DAYS[1])
    with pytest.raises(
        NotEnoughData, match=r"on any of 1 days; the first refusal: Three deals(.|\n)*Next: choose later"
    ):
        backtest(ask, AsOfSource.of_panel(panel), actual=panel, as_of=DAYS[:1])


def test_what_cannot_be_tried_is_refused():
    panel = make_panel(1)
    source = AsOfSource.of_panel(panel)
    with pytest.raises(BadArgument, match=r"0 days and 1 forecasts(.|\n)*Next: give at least one"):
        backtest(ask_engine, source, actual=panel, as_of=[])
    with pytest.raises(BadArgument, match=r"called 'last_period', as a naive method is(.|\n)*Next: give it another"):
        backtest({"last_period": ask_engine}, source, actual=panel, as_of=DAYS)
    with pytest.raises(TableError, match=r"actual has no column 'value'(.|\n)*Next: give series_id, period and value"):
        backtest(ask_engine, source, actual=panel.rename(columns={"value": "amount"}), as_of=DAYS)
    with pytest.raises(TableError, match=r"1 values that are missing or infinite(.|\n)*Next: leave out"):
        backtest(ask_engine, source, actual=panel.assign(value=panel["value"].where(panel.index > 0)), as_of=DAYS)
    with pytest.raises(NotEnoughData, match=r"Nothing that was forecast has come yet(.|\n)*Next: choose earlier days"):
        backtest(ask_engine, source, actual=panel, as_of=[date(2025, 12, 31)])
    with pytest.raises(BadArgument, match=r"The source has no table 'deals'(.|\n)*Next: read one of: panel"):
        source.at(DAYS[0]).read("deals")
    numbered = panel.assign(period=range(len(panel)))
    with pytest.raises(BadArgument, match=r"periods are whole numbers(.|\n)*Next: give dates"):
        AsOfSource.of_panel(numbered)
    tried = backtest(ask_engine, source, actual=panel, as_of=DAYS[:1])
    with pytest.raises(NotEnoughData, match=r"'last_period' has no 'wql'; it has bias(.|\n)*Next: choose one of these"):
        tried.read("last_period", "wql")


def test_periods_of_a_retail_calendar_say_themselves_when_they_end():
    starts = pd.to_datetime(["2026-01-01", "2026-01-29", "2026-02-26", "2026-04-02"])
    ends = starts[1:].append(pd.to_datetime(pd.Index(["2026-04-29"]))) - pd.Timedelta(days=1)
    came = pd.DataFrame({"series_id": "shop", "period": starts, "period_end": ends, "value": [1.0, 2.0, 3.0, 4.0]})

    def ask(known):
        return pd.DataFrame({"series_id": ["shop"], "period": [starts[3]], "median": [4.0]})

    tried = backtest(ask, AsOfSource({}), actual=came, as_of=[date(2026, 4, 1)], season_length=3)
    said = tried.forecasts.set_index("method")["median"].to_dict()
    assert said == {"model": 4.0, "seasonal_naive": 1.0, "last_period": 3.0}
