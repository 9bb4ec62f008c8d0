"""Rumours are no benchmarks, planted effects of projects are found, and a card claims only what its evidence says."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from saleslab.errors import BadArgument, FileProblem, NotEnoughData, TableError
from saleslab.kpi import (
    compare_benchmarks,
    estimate_step,
    find_best_quarter,
    find_plays,
    judge_cards,
    judge_initiatives,
    lint_benchmarks,
    lint_initiatives,
    read_playbook,
)
from saleslab.wording import section

DAY = date(2026, 9, 30)
MONTHS = pd.date_range("2024-04-01", periods=30, freq="MS")

# -- benchmarks


@pytest.fixture
def benchmarks():
    return pd.DataFrame(
        {
            "metric_id": ["win_rate", "cycle_days", "deal_size", "calls", "fit", "old"],
            "value": [0.25, 60.0, np.nan, 12.0, 1.0, 2.0],
            "lo": [0.2, None, None, 20.0, 0.0, None],
            "hi": [0.3, None, None, 30.0, 2.0, None],
            "source": [None, "  ", "Survey 2025", "Survey 2025", "Survey 2025", "Survey 2019"],
            "as_of": [
                date(2025, 12, 1),
                None,
                date(2027, 1, 1),
                date(2025, 12, 1),
                date(2025, 12, 1),
                date(2019, 12, 1),
            ],
        }
    )


@pytest.mark.requirement("C03")
def test_a_benchmark_without_source_or_date_is_found_with_everything_else_at_once(benchmarks):
    found = lint_benchmarks(benchmarks, as_of=DAY, metrics={"win_rate", "cycle_days", "deal_size", "calls", "fit"})
    assert found[["node", "code", "severity"]].to_numpy().tolist() == [
        ["win_rate", "benchmark_no_source", "error"],
        ["cycle_days", "benchmark_no_source", "error"],
        ["cycle_days", "benchmark_no_date", "error"],
        ["deal_size", "benchmark_later", "error"],
        ["deal_size", "benchmark_no_value", "error"],
        ["calls", "benchmark_outside", "error"],
        ["old", "benchmark_unknown_metric", "error"],
        ["old", "benchmark_old", "warning"],
    ]
    assert found["message_en"].iloc[0] == "The benchmark of win_rate has no source."
    assert found["message_ja"].iloc[0].endswith("出典がありません。")
    assert lint_benchmarks(benchmarks.iloc[[4]], as_of=DAY).empty


@pytest.mark.requirement("C03")
def test_nothing_is_compared_with_a_rumour(benchmarks):
    levels = pd.DataFrame(
        {
            "metric_id": ["win_rate", "fit", "old"],
            "direction": ["up", "up", "down"],
            "value": [0.4, 2.5, 1.0],
            "low": [0.35, 2.2, 0.5],
            "high": [0.45, 2.8, 1.5],
        }
    )
    stood = compare_benchmarks(levels, benchmarks, as_of=DAY)
    assert stood[["metric_id", "standing"]].to_numpy().tolist() == [["fit", "better"], ["old", "better"]]


@pytest.mark.parametrize(
    ("low", "high", "direction", "standing"),
    [
        (2.1, 3.0, "up", "better"),
        (2.1, 3.0, "down", "worse"),
        (-1.0, -0.5, "up", "worse"),
        (0.5, 1.5, "up", "alike"),
        (1.5, 2.5, "up", "unclear"),
    ],
)
def test_ranges_decide_where_we_stand(benchmarks, low, high, direction, standing):
    level = pd.DataFrame(
        {"metric_id": ["fit"], "direction": direction, "value": (low + high) / 2, "low": low, "high": high}
    )
    assert compare_benchmarks(level, benchmarks, as_of=DAY)["standing"].tolist() == [standing]


def lay_rates(seed, n_units=24):
    rng = np.random.default_rng(seed)
    truth = np.clip(rng.normal(0.3, 0.04, n_units), 0.05, 0.9)
    trials = rng.integers(5, 20, (n_units, 3))
    rows = pd.DataFrame(
        {
            "metric_id": "win_rate",
            "scope_type": "user",
            "scope_id": np.repeat([f"u:{at:02}" for at in range(n_units)], 3),
            "period_start": np.tile(MONTHS[:3], n_units),
            "denominator": trials.ravel(),
            "numerator": rng.binomial(trials, truth[:, None]).ravel(),
        }
    )
    return truth, rows.assign(value=rows["numerator"] / rows["denominator"])


@pytest.mark.requirement("C03")
def test_shrunken_rates_are_off_by_less_than_six_tenths_of_raw_ones_and_the_best_quarter_is_not_the_luckiest():
    runs = [(truth, find_best_quarter(rows, metric_id="win_rate")) for truth, rows in map(lay_rates, range(40))]
    shrunk, raw = (
        np.sqrt(np.mean([(found.units[name].to_numpy() - truth) ** 2 for truth, found in runs]))
        for name in ("value", "raw")
    )
    assert shrunk < 0.6 * raw
    wanted = np.array([np.quantile(truth, 0.75) for truth, _ in runs])
    assert np.abs([found.level.estimate - true for true, (_, found) in zip(wanted, runs, strict=True)]).mean() < 0.02
    assert np.mean([found.raw_level for _, found in runs]) > wanted.mean() + 0.02
    row = runs[0][1].to_row(as_of=DAY)
    assert lint_benchmarks(row, as_of=DAY).empty


def test_other_measures_are_pooled_by_how_much_their_months_vary():
    rng = np.random.default_rng(5)
    truth = rng.normal(100, 5, 24)
    rows = lay_rates(0)[1].drop(columns=["numerator", "denominator"])
    rows["value"] = (truth[:, None] + rng.normal(0, 15, (24, 3))).ravel()
    found = find_best_quarter(rows, metric_id="win_rate", direction="down")
    assert np.abs(found.units["value"] - truth).mean() < np.abs(found.units["raw"] - truth).mean()
    assert found.level.estimate > found.raw_level  # low is good, and the lowest were lucky


def test_seven_people_have_no_best_quarter():
    with pytest.raises(NotEnoughData, match=r"(?s)7 units of 'user'.*Next: give at least 8"):
        find_best_quarter(lay_rates(0, 7)[1], metric_id="win_rate")


# -- initiatives


@pytest.mark.requirement("B12")
def test_a_project_without_a_kpi_is_found_with_everything_else_at_once():
    told = pd.DataFrame(
        {
            "initiative_id": ["i:1", "i:2", "i:3", "i:4"],
            "kpi": ["", "win_rate", "win_rate", "charm"],
            "start": [date(2026, 4, 1), date(2026, 4, 1), date(2026, 5, 1), None],
            "end": [date(2026, 9, 30), date(2026, 3, 1), None, None],
            "expected_delta": [0.02, 0.02, None, 1.0],
            "owner_id": ["u:1", "u:1", None, "u:1"],
        }
    )
    found = lint_initiatives(told, as_of=DAY, metrics={"win_rate"})
    assert found[["node", "code", "severity"]].to_numpy().tolist() == [
        ["i:1", "initiative_no_kpi", "error"],
        ["i:2", "initiative_ends_before", "error"],
        ["i:3", "initiative_no_expectation", "error"],
        ["i:3", "initiative_no_owner", "error"],
        ["i:4", "initiative_unknown_kpi", "error"],
        ["i:4", "initiative_no_start", "error"],
        ["i:2", "initiative_together", "warning"],
        ["i:3", "initiative_together", "warning"],
    ]
    assert found["next_en"].iloc[0] == "name the KPI, or stop calling it a KPI project."
    assert lint_initiatives(told.iloc[[1]].assign(end=None), as_of=DAY).empty


def invent_branches(seed, *, lift, n_after=8, n_controls=3):
    """Return a KPI of one branch that follows a market, lifted at the end, and branches that were not touched."""
    rng = np.random.default_rng(seed)
    market = np.cumsum(rng.normal(0, 0.03, 30)) + 0.15 * np.sin(np.arange(30) * np.pi / 6)
    own = np.cumsum(rng.normal(0, 0.01, (n_controls + 1, 30)), axis=1)
    made = np.exp(5 + rng.uniform(0.7, 1.3, (n_controls + 1, 1)) * market + own + rng.normal(0, 0.05, own.shape))
    made[0, -n_after:] *= 1 + lift
    return pd.Series(made[0], MONTHS), pd.DataFrame(made[1:].T, MONTHS), MONTHS[-n_after]


@pytest.mark.requirement("B12")
@pytest.mark.parametrize("lift", [0.2, 0.0])
def test_95_percent_intervals_hold_a_planted_step_in_at_least_90_of_100(lift):
    found = []
    for seed in range(100):
        values, controls, since = invent_branches(seed, lift=lift)
        found.append(estimate_step(values, since=since, controls=controls))
    assert sum(lift in one.share for one in found) >= 90
    assert np.mean([one.share.estimate for one in found]) == pytest.approx(lift, abs=0.02)
    seen = np.mean([one.share.low > 0 for one in found])
    assert seen >= 0.8 if lift else seen <= 0.06


def test_controls_keep_a_rise_of_the_market_from_being_taken_for_an_effect():
    values, controls, since = invent_branches(1, lift=0.0)
    values[since:] *= 1.3
    controls[since:] *= 1.3
    alone, beside = estimate_step(values, since=since), estimate_step(values, since=since, controls=controls)
    assert alone.share.low > 0
    assert "no_controls" in alone.doubts
    assert 0 in beside.share
    assert "no_controls" not in beside.doubts


def test_amounts_and_shares_tell_the_same_and_values_around_0_have_amounts_only():
    values, controls, since = invent_branches(2, lift=0.2)
    found = estimate_step(values, since=since, controls=controls)
    without = values[since:].mean() - found.amount.estimate
    assert found.amount.estimate == pytest.approx(found.share.estimate * without)
    flat = estimate_step(values - values.mean(), since=since, controls=controls)
    assert flat.share is None
    assert "absolute" in flat.doubts
    assert all(doubt in section("kpi_knowledge.doubt") for doubt in flat.doubts)


def test_too_short_or_torn_histories_are_refused():
    values, controls, _ = invent_branches(3, lift=0.0)
    with pytest.raises(NotEnoughData, match=r"(?s)11 periods lie before the start.*Next: give at least 12 before"):
        estimate_step(values, since=MONTHS[11], controls=controls)
    with pytest.raises(
        TableError, match=r"(?s)1 periods have no value, 0 stand twice, 1 controls.*Next: give one value"
    ):
        estimate_step(values.where(values.index != MONTHS[3]), since=MONTHS[20], controls=controls[[0]].iloc[1:])


@pytest.mark.requirement("B12")
@pytest.mark.parametrize(
    ("expected", "low", "high", "verdict"),
    [
        (0.02, 0.01, 0.03, "as_expected"),
        (0.02, 0.025, 0.04, "more"),
        (0.02, 0.005, 0.015, "less"),
        (0.02, -0.03, -0.01, "opposite"),
        (0.02, -0.01, 0.04, "unclear"),
        (-5.0, -7.0, -2.0, "as_expected"),
        (-5.0, -4.0, -1.0, "less"),
        (-5.0, 1.0, 2.0, "opposite"),
    ],
)
def test_projects_are_judged_by_what_was_expected(expected, low, high, verdict):
    told = pd.DataFrame({"initiative_id": ["i:1", "i:2"], "kpi": "win_rate", "expected_delta": expected})
    effect = pd.DataFrame({"initiative_id": ["i:1"], "estimate": (low + high) / 2, "low": low, "high": high})
    assert judge_initiatives(told, effect)["verdict"].tolist() == [verdict, "unclear"]
    assert verdict in section("kpi_knowledge.verdict")


def test_effects_of_strangers_are_refused():
    told = pd.DataFrame({"initiative_id": ["i:1"], "kpi": "win_rate", "expected_delta": 1.0})
    effect = pd.DataFrame({"initiative_id": ["i:9"], "estimate": 1.0, "low": 0.0, "high": 2.0})
    with pytest.raises(BadArgument, match=r"(?s)1 belong to no initiative.*Next: give one effect"):
        judge_initiatives(told, effect)


# -- the playbook


def write_card(folder, name, *, low=0.01, high=0.09, links="[]", more=""):
    numbers = f"estimate: {(low + high) / 2}, low: {low}, high: {high}, n: 240"
    text = f"""card: {name}
title: {{en: Visit first, ja: まず訪問}}
move: {{en: Visit before you quote., ja: 見積もりの前に訪問します。}}
segment: manufacturing
stage: proposal
evidence:
  - {{source_id: "exp:3", metric_id: win_rate, {numbers}, as_of: 2026-06-30}}
links: {links}
expires_on: 2027-03-31
{more}"""
    file = folder / f"{name}.yaml"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.requirement("D04")
def test_a_card_whose_interval_spans_0_is_an_anecdote(tmp_path):
    write_card(tmp_path, "works")
    write_card(tmp_path, "maybe", low=-0.02, high=0.08)
    write_card(tmp_path, "hurts", low=-0.05, high=-0.01)
    cards = read_playbook(tmp_path)
    badges = judge_cards(cards, as_of=DAY).set_index("card")["badge"]
    assert badges.to_dict() == {"hurts": "harmful", "maybe": "anecdote", "works": "proven"}
    assert set(judge_cards(cards, as_of=date(2027, 3, 31))["badge"]) == {"expired"}
    assert judge_cards(cards, as_of=date(2026, 6, 29))["badge"].eq("anecdote").all()  # its evidence was not known yet
    assert set(badges) < set(section("kpi_knowledge.badge"))


@pytest.mark.requirement("D04")
def test_evidence_that_is_computed_anew_decides(tmp_path):
    write_card(tmp_path, "works")
    fresh = pd.DataFrame({"source_id": ["exp:3"], "metric_id": "win_rate", "n": 900, "as_of": DAY})
    fresh = fresh.assign(estimate=0.01, low=-0.01, high=0.03)
    [told] = judge_cards(read_playbook(tmp_path), as_of=DAY, evidence=fresh).to_dict("records")
    assert (told["badge"], told["n"], told["is_updated"]) == ("anecdote", 900, True)


def test_of_what_was_computed_anew_the_newest_counts_and_nothing_of_tomorrow(tmp_path):
    write_card(tmp_path, "works")
    days = [DAY, date(2026, 7, 31), date(2026, 12, 31)]
    fresh = pd.DataFrame({"source_id": "exp:3", "metric_id": "win_rate", "n": [900, 300, 5_000], "as_of": days})
    fresh = fresh.assign(estimate=0.01, low=-0.01, high=0.03)
    cards = read_playbook(tmp_path)
    [told] = judge_cards(cards, as_of=DAY, evidence=fresh).to_dict("records")
    assert (told["n"], told["as_of"]) == (900, DAY)
    [told] = judge_cards(cards, as_of=date(2026, 7, 1), evidence=fresh).to_dict("records")
    assert (told["badge"], told["n"], told["is_updated"]) == ("proven", 240, False)


@pytest.mark.requirement("D04")
def test_broken_links_of_all_cards_are_refused_at_once(tmp_path):
    (tmp_path / "study.md").write_text("Why.", encoding="utf-8")
    write_card(tmp_path, "fine", links='["study.md#why", "https://example.org/a"]')
    assert len(read_playbook(tmp_path)) == 1
    write_card(tmp_path, "torn", links="[study.md, gone.ipynb]")
    write_card(tmp_path, "sly", links="[../../etc/passwd]")
    with pytest.raises(
        FileProblem, match=r"(?s)sly.yaml, line 8: link 1 leaves.*torn.yaml, line 8: link 2 is broken.*Next:"
    ):
        read_playbook(tmp_path)


def test_plays_are_found_for_a_segment_and_stage_until_they_expire(tmp_path):
    write_card(tmp_path, "works")
    cards = read_playbook(tmp_path)
    assert [card.card for card in find_plays(cards, as_of=DAY, segment="manufacturing", stage="proposal")] == ["works"]
    assert find_plays(cards, as_of=DAY, segment="retail", stage="proposal") == ()
    assert find_plays(cards, as_of=date(2027, 4, 1), segment="manufacturing", stage="proposal") == ()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"low": 0.2, "high": 0.1}, r"(?s)line 7: evidence.0: the estimate does not lie.*Next: correct"),
        ({"more": "charm: 3\n"}, r"(?s)line 10: charm: Extra inputs.*Next: correct"),
    ],
)
def test_a_wrong_card_is_refused_with_its_line(tmp_path, change, said):
    write_card(tmp_path, "wrong", **change)
    with pytest.raises(FileProblem, match=said):
        read_playbook(tmp_path)


def test_an_empty_playbook_and_an_id_that_is_there_twice_are_refused(tmp_path):
    with pytest.raises(FileProblem, match=r"(?s)holds no card.*Next: correct the cards"):
        read_playbook(tmp_path)
    text = write_card(tmp_path, "works").read_text(encoding="utf-8")
    (tmp_path / "again.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(FileProblem, match=r"(?s)'works' is there 2 times.*Next: correct the cards"):
        read_playbook(tmp_path)


def test_projects_without_a_start_do_not_begin_together():
    told = pd.DataFrame({"initiative_id": ["a", "b"], "kpi": "k", "start": [None, None], "owner_id": "u"})
    found = lint_initiatives(told.assign(expected_delta=1.0), as_of=DAY)
    assert found["code"].tolist() == ["initiative_no_start"] * 2


def test_what_a_project_to_come_is_to_bring_may_still_be_said_while_another_one_runs():
    told = pd.DataFrame({"initiative_id": ["a", "b"], "kpi": ["k", "j"], "start": ["2026-04-01", "2027-04-01"]})
    for expected, code, severity in (([1.0, None], "_yet", "warning"), ([None, 1.0], "", "error")):
        found = lint_initiatives(told.assign(owner_id="u", expected_delta=expected), as_of=DAY)
        assert found[["code", "severity"]].to_numpy().tolist() == [[f"initiative_no_expectation{code}", severity]]


def test_without_a_direction_nothing_is_called_better_or_worse():
    benchmark = pd.DataFrame({"metric_id": ["w"], "value": [0.2], "source": ["Survey"], "as_of": [date(2025, 12, 1)]})
    level = pd.DataFrame({"metric_id": ["w"], "direction": [None], "value": [0.5], "low": [0.4], "high": [0.6]})
    with pytest.raises(BadArgument, match=r"Of w it is not said(?s:.*)Next: give 'up' or 'down'"):
        compare_benchmarks(level, benchmark, as_of=DAY)


def best_rows(metric_id, top, whole, **more):
    rows = pd.DataFrame({"scope_id": [f"u:{at}" for at in range(len(top))], "numerator": top, "denominator": whole})
    rows = rows.assign(metric_id=metric_id, scope_type="user", period_start="2026-04-01", is_complete=True)
    return rows.assign(value=rows["numerator"] / rows["denominator"], **more)


def test_a_value_that_was_measured_again_or_is_not_complete_makes_no_best_quarter_surer():
    once = best_rows("win_rate", [8, 12, 10, 15, 9, 11, 13, 10], 40, measured_at="2026-05-02")
    old = once.assign(measured_at="2026-05-01", numerator=0, value=0.0)
    running = once.assign(period_start="2026-05-01", is_complete=False)
    alone = find_best_quarter(once, metric_id="win_rate")
    found = find_best_quarter(pd.concat([once, old, running]), metric_id="win_rate")
    assert found.units["n"].tolist() == [40] * 8
    assert found.level == alone.level


def test_a_mean_with_its_denominators_has_a_best_quarter():
    sold = np.random.default_rng(4).normal(8e6, 5e5, (2, 8)) + np.arange(8) * 5e5
    months = [best_rows("deal_size", top, 8, period_start=day) for top, day in zip(sold, MONTHS, strict=False)]
    level = find_best_quarter(pd.concat(months), metric_id="deal_size").level
    assert 1.0e6 < level.estimate < 1.6e6
