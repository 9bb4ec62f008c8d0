"""Whatever is changed in a panel before it is forecast has a name, and what would be a guess is refused."""

import numpy as np
import pandas as pd
import pytest
from panels import lay

from saleslab.errors import BadArgument, NotEnoughData, TableError
from saleslab.forecasting import check_panel, tell_remark
from saleslab.wording.catalogue import sentences

RISING = np.arange(100.0, 136.0)
UNEVEN_WEEKS = [0, 4, 8, 13, 17, 21, 26, 30, 34]
"""Beginnings of months of four, four and five weeks."""


def codes(check, *, repairs=None):
    return {r.code for r in check.remarks if repairs is None or r.is_repair == repairs}


def values_of(check, series_id="a"):
    return check.panel.loc[check.panel["series_id"] == series_id, "value"].tolist()


@pytest.mark.requirement("M03")
def test_a_panel_without_faults_is_left_as_it_is():
    panel = pd.concat([lay(RISING), lay(RISING * 2, series_id="b")], ignore_index=True)
    check = check_panel(panel)
    assert check.remarks == ()
    pd.testing.assert_frame_equal(check.panel, panel)
    assert (check.grain, check.season_length) == ("month", 12)


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_rows_does_not_matter(seed):
    panel = pd.concat([lay(RISING).drop(index=[7, 20]), lay([0, 0, 3, 0, 5, 0, 0, 0], series_id="b")])
    order = np.random.default_rng(seed).permutation(len(panel))
    here, there = check_panel(panel), check_panel(panel.iloc[order])
    pd.testing.assert_frame_equal(here.panel, there.panel)
    assert here.remarks == there.remarks


def test_a_gap_among_large_values_is_filled_from_its_season():
    wave = 100 + 50 * np.sin(np.arange(36) * np.pi / 6)
    check = check_panel(lay(wave).drop(index=[14]))
    assert codes(check) == {"gaps_between"}
    assert values_of(check) == pytest.approx(wave.tolist())


def test_missing_rows_among_small_values_mean_that_nothing_was_sold_up_to_the_end():
    sparse = lay([2, 0, 0, 1, 0, 0, 0, 3, 0, 0]).query("value > 0")
    check = check_panel(pd.concat([sparse, lay(np.full(12, 9.0) + np.arange(12), series_id="b")]))
    assert values_of(check) == [2, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0, 0]
    assert {r.code: r.n_periods for r in check.repairs} == {"gaps_zero": 5, "silent_end": 4}


def test_what_a_missing_row_means_can_be_said():
    gappy = lay(RISING).drop(index=[3])
    assert values_of(check_panel(gappy, gaps="zero"))[3] == 0
    assert values_of(check_panel(gappy, gaps="between"))[3] == 103


def test_an_empty_value_is_something_else_than_a_missing_row():
    panel = lay(RISING)
    panel.loc[5, "value"] = np.nan
    check = check_panel(panel, gaps="zero")
    assert codes(check) == {"unknown_between"}
    assert values_of(check)[5] == 105


def test_zeros_before_the_first_sale_are_cut_and_later_starts_are_noticed():
    check = check_panel(pd.concat([lay(np.r_[0, 0, 0, RISING[3:]]), lay(RISING, series_id="b")]))
    assert {(r.code, r.is_repair, r.n_periods) for r in check.remarks} == {
        ("leading_zeros", True, 3),
        ("starts_late", False, 3),
    }
    assert check.series.loc[0, "first_period"] == pd.Timestamp("2020-04-01")


@pytest.mark.parametrize("where", [0, 17, 35])
def test_a_value_beyond_all_measure_is_replaced_and_named(where):
    panel = lay(RISING)
    panel.loc[where, "value"] = 1e9
    check = check_panel(panel)
    assert codes(check) == {"spikes"}
    assert 90 < values_of(check)[where] < 140


def test_growth_by_a_factor_of_a_thousand_is_no_spike():
    assert check_panel(lay(1.25 ** np.arange(36))).remarks == ()


def test_parts_of_a_period_are_summed_on_request():
    twice = pd.concat([lay(RISING), lay(RISING).head(2)])
    check = check_panel(twice, repeats="sum")
    assert values_of(check)[:3] == [200, 202, 102]
    assert {r.code: r.n_periods for r in check.repairs} == {"repeats_summed": 2}


def test_what_is_odd_is_noticed_and_left_alone():
    check = check_panel(
        pd.concat(
            [
                lay(RISING, series_id="fine"),
                lay(np.r_[RISING[:20], np.zeros(16)], series_id="dead"),
                lay(np.zeros(36), series_id="zero"),
                lay(np.full(36, 5.0), series_id="constant"),
                lay(RISING - 110, series_id="negative"),
                lay(RISING[:3], series_id="short"),
            ]
        )
    )
    touched = {r.code: r.series_ids for r in check.remarks}
    assert touched == {
        "dead": ("dead",),
        "all_zero": ("zero",),
        "constant": ("constant",),
        "negative": ("negative",),
        "short": ("short",),
        "ends_early": ("short",),
    }
    assert check.repairs == ()
    assert check.series.set_index("series_id").loc["dead", "n_dead"] == 16


@pytest.mark.parametrize(
    ("stamps", "grain", "following"),
    [
        (pd.date_range("2024-01-31", periods=8, freq="ME"), "month", "2024-09-30"),
        (pd.date_range("2024-02-29", periods=8, freq="QE-FEB"), "quarter", "2026-02-28"),
        (pd.date_range("2024-04-01", periods=8, freq="YS-APR"), "year", "2032-04-01"),
        (pd.date_range("2024-01-01", periods=8, freq="W-MON"), "week", "2024-02-26"),
        (pd.date_range("2024-01-01", periods=8, freq="D"), "day", "2024-01-09"),
        (pd.date_range("2024-01-01", periods=10, freq="B"), "business_day", "2024-01-15"),
        (pd.date_range("2024-01-15", periods=8, freq="MS", tz="Asia/Tokyo"), "month", "2024-10-01"),
    ],
)
def test_the_grain_is_read_from_the_stamps_and_goes_on_in_the_same_form(stamps, grain, following):
    from saleslab.forecasting.panel import read_panel

    panel = pd.DataFrame({"series_id": 1, "period": stamps, "value": np.arange(1.0, len(stamps) + 1)})
    laid, _ = read_panel(panel, season_length=None)
    assert laid.grid.grain == grain
    later = laid.grid.restore(laid.ends + 1)
    assert later[0].strftime("%Y-%m-%d") == following
    assert later.dtype == stamps.dtype


def test_customers_who_buy_now_and_then_are_no_other_frequency():
    often = lay(RISING)
    seldom = [
        lay(RISING, series_id=f"c{n}").iloc[list(rows)] for n, rows in enumerate([(0, 2, 4, 9), (1, 3, 6, 8, 10, 15)])
    ]
    check = check_panel(pd.concat([often, *seldom]))
    assert check.grain == "month"
    assert "gaps_zero" in codes(check)


def test_all_faults_of_the_rows_are_told_at_once():
    panel = pd.DataFrame(
        {"series_id": ["a", None, "a", "a"], "period": [1, 2, None, 4], "value": [np.inf, 1, 2, "much"]}
    )
    with pytest.raises(
        TableError, match=r"series_id is missing in 1; period is missing in 1; value is no number in 1; value is infini"
    ):
        check_panel(panel)


@pytest.mark.parametrize(
    ("panel", "match"),
    [
        (pd.concat([lay(RISING), lay(RISING)]), r"36 rows of panel repeat(.|\n)*Next: give repeats='sum'"),
        (
            pd.concat([lay(RISING), lay(RISING[:9], series_id="q", freq="QS")]),
            r"2 frequencies: 1 series in steps of 1 month, 1 series in steps of 3 months(.|\n)*Next: forecast each",
        ),
        (
            lay(RISING[:9]).assign(period=pd.Timestamp("2026-01-05") + pd.to_timedelta(UNEVEN_WEEKS, unit="W")),
            r"stamps of 1 series are no whole steps of 28 days apart(.|\n)*Next: give every row the first day",
        ),
        (lay(RISING).assign(period="soon"), r"36 of 36 values of panel.period are no dates(.|\n)*Next: give dates"),
        (lay(RISING).drop(columns="value"), r"panel has no column 'value'(.|\n)*Next:"),
        (
            pd.concat([lay(RISING), lay(RISING)[["value"]]], axis=1),
            r"has the column 'value' more than once(.|\n)*Next:",
        ),
        (lay(RISING).astype({"value": complex}), r"panel\.value holds complex numbers(.|\n)*Next: give amounts"),
        ({"series_id": ["a"]}, r"panel is no data frame of pandas but dict(.|\n)*Next: give a frame"),
    ],
)
def test_what_cannot_be_repaired_without_guessing_is_refused(panel, match):
    with pytest.raises(TableError, match=match):
        check_panel(panel)


def test_a_panel_of_nothing_is_refused():
    with pytest.raises(NotEnoughData, match=r"panel has no row(.|\n)*Next: give at least one period"):
        check_panel(lay([]))
    with pytest.raises(NotEnoughData, match=r"1 of 2 series of panel hold no value(.|\n)*Next: leave them out"):
        check_panel(pd.concat([lay(RISING), lay([np.nan, np.nan], series_id="b")]))


def test_stamps_that_lie_far_apart_are_refused_before_memory_ends():
    many = pd.DataFrame({"series_id": np.arange(3000), "period": np.arange(3000), "value": 1.0})
    ends = pd.DataFrame({"series_id": 0, "period": [1_000_000, 1_000_001, 1_000_002], "value": 1.0})
    with pytest.raises(BadArgument, match=r"spans 1,000,003 periods of 3,000 series(.|\n)*Next: check the earliest"):
        check_panel(pd.concat([many, ends]))


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"season_length": 0}, "season_length is 0(.|\n)*Next: give the periods"),
        ({"gaps": "skip"}, "gaps is 'skip'(.|\n)*Next: give one of auto, zero, between"),
        ({"repeats": "drop"}, "repeats is 'drop'(.|\n)*Next: give one of refuse, sum"),
    ],
)
def test_unknown_options_are_refused(options, match):
    with pytest.raises(BadArgument, match=match):
        check_panel(lay(RISING), **options)


def test_every_remark_is_worded():
    from saleslab.forecasting.panel import PanelRemark

    for key in (key for key in sentences("en") if key.startswith("forecasting.panel.")):
        told = tell_remark(PanelRemark(key.rpartition(".")[2], 1, 2, ("a",), is_repair=False))
        assert told.en.endswith(".")
        assert told.ja.endswith("。") or told.ja.endswith("）。")
