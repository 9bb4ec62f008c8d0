"""Beliefs of counts, money, means and durations: what they hold, how they move, what they refuse."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from simulated_months import end_of, lay_history, lay_rates, simulate_rates

from saleslab.errors import BadArgument, NotEnoughData, TableError
from saleslab.kpi import (
    believe,
    chance_of_rate,
    check_belief,
    find_reason,
    judge_status,
    read_months,
    suggest_targets,
)

NEXT_QUARTER = (date(2027, 1, 1), date(2027, 2, 1), date(2027, 3, 1))


def make_history(seed=3, n_months=24):
    """Two years of calls, wins, deal sizes, money and days of a company."""
    rng = np.random.default_rng(seed)
    n_deals = rng.poisson(15, n_months) + 1
    sizes = [rng.lognormal(13, 0.9, n) for n in n_deals]
    parts = [
        lay_history("calls", rng.poisson(800 * rng.gamma(100, 0.01, n_months))),
        lay_rates("win_rate", rng.binomial(60, 0.3, n_months), [60] * n_months),
        lay_history("deal_size", [part.mean() for part in sizes], n=n_deals),
        lay_history("won_amount", [part.sum() for part in sizes], n=n_deals),
        lay_history("cycle_days", rng.lognormal(3.5, 0.15, n_months), n=n_deals),
    ]
    amounts = pd.DataFrame({"metric_id": "deal_size", "at": pd.Timestamp("2026-06-01"), "value": np.concatenate(sizes)})
    return pd.concat(parts, ignore_index=True), amounts


HISTORY, AMOUNTS = make_history()
AS_OF = end_of(24)
FAMILIES = [
    ("calls", "count"),
    ("win_rate", "rate"),
    ("deal_size", "value"),
    ("won_amount", "sum"),
    ("cycle_days", "duration"),
]


def believe_one(metric_id, family, **options):
    return believe(HISTORY, metric_id=metric_id, family=family, as_of=AS_OF, **options)


def attained(rng, family, n_periods):
    """Share of simulated next months that reach the levels suggested for 80, 50 and 20 %."""
    reached = []
    for _ in range(n_periods):
        sd = rng.uniform(0, 0.4)
        if family == "rate":
            k, n, _ = simulate_rates(rng, sd, n_next=1, trials=(60, 400))
            history, came, size = lay_rates("x", k[:12], n[:12]), k[12] / n[12], n[12]
        elif family == "count":
            counts = rng.poisson(np.exp(rng.uniform(3, 6)) * np.exp(sd * rng.standard_normal(13) - sd**2 / 2))
            history, came, size = lay_history("x", counts[:12]), counts[12], None
        else:
            n = rng.poisson(30, 13) + 1
            months = [rng.lognormal(sd * rng.standard_normal(), 0.8, pieces).mean() for pieces in n]
            history, came, size = lay_history("x", months[:12], n=n[:12]), months[12], n[12]
        belief = believe(history, metric_id="x", family=family, as_of=end_of(12))
        levels = suggest_targets(belief.foresee(seed=1, n=size, n_draws=10_000))
        reached.append([came >= level.value for level in levels])
    return np.mean(reached, axis=0)


@pytest.mark.requirement("C01")
@pytest.mark.parametrize("family", ["rate", "count", "value"])
def test_suggested_targets_are_reached_as_often_as_they_say(family):
    shares = attained(np.random.default_rng(8), family, 60)
    assert shares == pytest.approx([0.8, 0.5, 0.2], abs=0.15)


@pytest.mark.slow
@pytest.mark.requirement("C01")
@pytest.mark.parametrize("family", ["rate", "count", "value"])
def test_suggested_targets_are_reached_within_5_points_over_1000_periods(family):
    shares = attained(np.random.default_rng(51), family, 1_000)
    assert shares == pytest.approx([0.8, 0.5, 0.2], abs=0.05)


@pytest.mark.parametrize(("metric_id", "family"), FAMILIES)
def test_a_level_moves_every_draw_the_same_way(metric_id, family):
    belief = believe_one(metric_id, family)
    low, high = (belief.draw(500, months=NEXT_QUARTER, seed=4, level=belief.level * factor) for factor in (0.9, 1.1))
    assert (high > low).all()
    assert low.mean() / belief.level == pytest.approx(0.9, abs=0.03)
    assert (belief.realise(high, seed=4) >= belief.realise(low, seed=4) - 1e-9).all()


@pytest.mark.parametrize(("metric_id", "family"), FAMILIES)
def test_draws_stand_around_the_level_and_are_the_same_for_the_same_seed(metric_id, family):
    belief = believe_one(metric_id, family)
    drawn = belief.draw(months=12, seed=4)
    assert drawn.shape == (4_000, 12)
    assert drawn.mean() == pytest.approx(belief.level, rel=0.01)
    assert np.array_equal(drawn, believe_one(metric_id, family).draw(months=12, seed=4))
    assert not np.array_equal(drawn, belief.draw(months=12, seed=5))
    assert belief.draw(months=12, seed=4, shift=0.1 * belief.level).mean() == pytest.approx(
        1.1 * belief.level, rel=0.02
    )
    assert belief.level in belief.interval(0.5)
    assert belief.interval(0.5).width < belief.interval(0.9).width


@pytest.mark.parametrize(("metric_id", "family"), FAMILIES)
def test_both_directions_make_one_and_a_harder_target_is_never_likelier(metric_id, family):
    belief = believe_one(metric_id, family)
    targets = belief.level * np.array([0.0, 0.7, 0.95, 1.0, 1.2, 3.0 if family != "rate" else 1.5])
    up = [belief.chance(target, seed=4) for target in targets]
    down = [belief.chance(target, direction="down", seed=4) for target in targets]
    assert up[0] == 1
    assert up == sorted(up, reverse=True)
    assert down == sorted(down)
    assert all(one + other >= 1 - 1e-9 for one, other in zip(up, down, strict=True))


def test_the_chance_of_a_rate_is_chance_of_rate():
    belief = believe_one("win_rate", "rate")
    rows = HISTORY[HISTORY["metric_id"] == "win_rate"]
    expected = chance_of_rate(rows["numerator"], rows["denominator"], target=0.3, next_trials=60)
    assert belief.chance(0.3, seed=1, n=60) == pytest.approx(expected, abs=1e-12)
    drawn = (belief.foresee(seed=1, n=60) >= 0.3 - 1e-9).mean()
    assert drawn == pytest.approx(expected, abs=0.02)


def test_a_quarter_of_a_rate_varies_less_than_one_month():
    belief = believe_one("win_rate", "rate")
    assert belief.foresee(months=3, seed=1).std() < 0.8 * belief.foresee(months=1, seed=1).std()


def test_planted_seasons_are_found_and_foreseen():
    rng = np.random.default_rng(5)
    months = np.arange(36)
    shape = np.exp(0.5 * np.sin(2 * np.pi * months / 12))
    belief = believe(lay_history("x", rng.poisson(120 * shape)), metric_id="x", family="count", as_of=end_of(36))
    drawn = belief.draw(months=12, seed=1).mean(axis=0)
    assert drawn / drawn.mean() == pytest.approx(shape[:12] / shape[:12].mean(), abs=0.12)


def test_a_planted_trend_is_followed_and_none_is_invented():
    rng = np.random.default_rng(6)
    months = np.arange(24)
    growing, steady = (
        believe(lay_history("x", rng.poisson(400 * np.exp(slope * months))), metric_id="x", family="count", as_of=AS_OF)
        for slope in (0.03, 0.0)
    )
    assert growing.draw(months=1, seed=1).mean() == pytest.approx(400 * np.exp(0.03 * 24), rel=0.06)
    assert steady.draw(months=1, seed=1).mean() == pytest.approx(400, rel=0.03)


def test_known_amounts_decide_how_much_luck_a_mean_has():
    wild = AMOUNTS.assign(value=np.r_[AMOUNTS["value"].to_numpy()[:-3], [3e8, 2e8, 2e8]])
    calm, restless = (believe_one("deal_size", "value", amounts=amounts) for amounts in (AMOUNTS, wild))
    expected = np.full((2_000, 1), 1e6)
    spreads = [belief.realise_mean(expected, np.full_like(expected, 10.0), seed=2).std() for belief in (calm, restless)]
    assert spreads[1] > 2 * spreads[0] > 0
    assert restless.model.sizes.top_share > 0.1
    assert calm.realise_mean(expected, np.full_like(expected, 1_000.0), seed=2).std() < 0.3 * spreads[0]


@pytest.mark.parametrize(("metric_id", "family"), FAMILIES)
def test_past_beliefs_are_checked_against_what_came(metric_id, family):
    months = read_months(HISTORY, metric_id=metric_id, as_of=AS_OF)
    check = check_belief(months, metric_id=metric_id, family=family, seed=1)
    assert len(check.months) == 18
    assert 0.55 <= check.coverage <= 1
    assert check.brier < check.plain_brier
    assert all(text.en and text.ja for text in check.words)


def test_months_that_are_not_over_or_not_ripe_are_left_out():
    whole = lay_rates("x", [10] * 12, [40] * 12)
    ripe = [1.0] * 9 + [0.95, 0.8, 0.3]
    months = read_months(whole.assign(maturity=ripe), metric_id="x", as_of=end_of(12))
    assert (len(months), months.n_unripe) == (10, 2)
    assert len(read_months(whole, metric_id="x", as_of=date(2025, 12, 30))) == 11
    open_ones = whole.assign(is_complete=[True] * 11 + [False])
    assert len(read_months(open_ones, metric_id="x", as_of=end_of(12))) == 11


def test_the_value_that_was_measured_last_by_the_day_counts():
    first = lay_history("x", [10.0] * 8, measured_at=pd.Timestamp("2025-09-01", tz="UTC"))
    later = lay_history("x", [20.0] * 8, measured_at=pd.Timestamp("2025-10-01", tz="UTC"))
    both = pd.concat([later, first], ignore_index=True)
    assert set(read_months(both, metric_id="x", as_of=date(2025, 9, 15)).value) == {10.0}
    assert set(read_months(both, metric_id="x", as_of=date(2025, 10, 15)).value) == {20.0}


def test_statuses_follow_the_chance_and_reasons_go_first():
    assert [judge_status(chance).colour for chance in (0.8, 0.79, 0.5, 0.49)] == ["green", "amber", "amber", "red"]
    held = judge_status(0.99, reason="immature")
    assert (held.colour, held.chance) == ("withheld", None)
    assert judge_status(0.2).words.ja == "未達の恐れ"
    with pytest.raises(BadArgument, match="chance of 1.2"):
        judge_status(1.2)


@pytest.mark.parametrize(
    ("columns", "quality", "reason"),
    [
        ({}, None, None),
        ({}, 0.3, "quality"),
        ({"maturity": [1.0] * 4 + [0.2] * 4}, None, "immature"),
        ({"value": [1.0] * 4 + [np.nan] * 4}, None, "short"),
    ],
)
def test_the_reason_why_no_chance_is_stated(columns, quality, reason):
    months = read_months(lay_rates("x", [3] * 8, [9] * 8).assign(**columns), metric_id="x", as_of=end_of(8))
    assert find_reason(months, quality=quality) == reason
    assert reason is None or judge_status(None, reason=reason).words.en
    assert find_reason(None) == "no_data"


def test_what_cannot_be_believed_is_refused():
    short = lay_history("x", [5.0] * 5)
    with pytest.raises(
        NotEnoughData, match=r"'x' has 5 complete months; 6 are needed(.|\n)*Next: wait for more months"
    ):
        believe(short, metric_id="x", family="count", as_of=end_of(5))
    young = lay_rates("x", [1] * 8, [9] * 8).assign(maturity=0.5)
    with pytest.raises(NotEnoughData, match="0 complete months beside 8 whose outcomes are still to come"):
        believe(young, metric_id="x", family="rate", as_of=end_of(8))
    with pytest.raises(NotEnoughData, match=r"no row of 'y'(.|\n)*measure it"):
        believe(short, metric_id="y", family="count", as_of=end_of(5))
    with pytest.raises(TableError, match=r"no column 'n'(.|\n)*kpi_values"):
        believe(short.drop(columns="n"), metric_id="x", family="count", as_of=end_of(5))
    two = pd.concat([lay_history("x", [5.0] * 8), lay_history("x", [5.0] * 8).assign(scope_id="t1")])
    with pytest.raises(BadArgument, match=r"holds several scopes(.|\n)*give scope"):
        believe(two, metric_id="x", family="count", as_of=end_of(8))
    assert believe(two, metric_id="x", family="count", as_of=end_of(8), scope=("company", "t1")).level > 0
    with pytest.raises(BadArgument, match=r"1 months of 'x' are 0 or less(.|\n)*two shares"):
        believe(lay_history("x", [5.0] * 7 + [-1.0], n=9), metric_id="x", family="value", as_of=end_of(8))
    with pytest.raises(BadArgument, match=r"without numerator or denominator(.|\n)*family 'value'"):
        believe(lay_history("x", [0.5] * 8), metric_id="x", family="rate", as_of=end_of(8))
    with pytest.raises(BadArgument, match=r"family of 'x' is 'odd'(.|\n)*choose one of"):
        believe(lay_history("x", [0.5] * 8), metric_id="x", family="odd", as_of=end_of(8))


def test_only_months_to_come_can_be_asked_for():
    belief = believe_one("calls", "count")
    with pytest.raises(BadArgument, match=r"1 of 2 months of 'calls' are over(.|\n)*Next: ask for months after"):
        belief.draw(months=(date(2026, 12, 1), date(2027, 1, 1)), seed=1)
    with pytest.raises(BadArgument, match="months is 0"):
        belief.draw(months=0, seed=1)
    with pytest.raises(BadArgument, match=r"cannot be aimed at(.|\n)*such as 0.8"):
        suggest_targets(belief.foresee(seed=1), chances={"threshold": 0.8, "sure": 1.0})


def test_a_gap_in_counts_cuts_off_what_lies_before_it():
    rows = lay_history("x", [5.0] * 6 + [50.0] * 8).drop(index=6)
    belief = believe(rows, metric_id="x", family="count", as_of=end_of(14))
    assert (len(belief.past), belief.level) == (7, pytest.approx(50, rel=0.05))


def simulate_spells(rng, *, median=60.0, n_months=18, n_a_month=25):
    """Log-normal durations, cut off at the end of the last month, and the history of medians of those that ended."""
    at = pd.Timestamp("2025-01-01") + pd.to_timedelta(
        np.sort(rng.integers(0, 30 * n_months, n_a_month * n_months)), "D"
    )
    days = median * np.exp(0.6 * rng.standard_normal(len(at)))
    seen = np.minimum(days, (pd.Timestamp(end_of(n_months)) - at).days.to_numpy() + 0.5)
    frame = pd.DataFrame({"metric_id": "x", "at": at, "value": seen, "is_ended": days <= seen})
    ended = frame[frame["is_ended"]]
    medians = ended.groupby(ended["at"].dt.to_period("M"))["value"].agg(["median", "size"])
    return frame, lay_history("x", medians["median"], n=medians["size"].to_numpy())


@pytest.mark.parametrize(("quantile", "truth"), [(0.5, 60.0), (0.9, 60.0 * np.exp(0.6 * 1.2816))])
def test_what_has_not_ended_counts_as_longer_than_seen(quantile, truth):
    options = {"metric_id": "x", "family": "duration", "as_of": end_of(18), "quantile": quantile}
    levels, of_ended = [], []
    for seed in range(5):
        spells, history = simulate_spells(np.random.default_rng(seed))
        levels.append(believe(history, amounts=spells, **options).level)
        of_ended.append(believe(history, **options).level)
    assert np.mean(levels) == pytest.approx(truth, rel=0.05)
    if quantile == 0.5:
        assert np.mean(of_ended) < np.mean(levels)  # medians of what has ended leave the long ones out


def test_what_ended_after_the_day_had_not_ended_on_it():
    spells, history = simulate_spells(np.random.default_rng(1))
    is_later = (spells["at"] + pd.to_timedelta(spells["value"], unit="D")).dt.date > end_of(12)
    other = spells.assign(value=spells["value"] + 500 * is_later, is_ended=True)
    options = {"metric_id": "x", "family": "duration", "as_of": end_of(12)}
    known, told = (believe(history, amounts=frame, **options).level for frame in (spells, other))
    assert (is_later & (spells["at"].dt.date <= end_of(12))).sum() > 0
    assert known == told == pytest.approx(60.0, rel=0.12)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/New_York"])
def test_an_amount_is_known_on_the_company_s_own_day(zone):
    """23:30 UTC of the last day is the next day in Tokyo; 02:30 UTC of the next day is still the last in New York."""
    early, late = pd.Timestamp(AS_OF) + pd.Timedelta(hours=23.5), pd.Timestamp(AS_OF) + pd.Timedelta(hours=26.5)
    for moment, zones in ((early, {"UTC", "America/New_York"}), (late, {"America/New_York"})):
        outlier = AMOUNTS.iloc[:1].assign(at=moment, value=50 * AMOUNTS["value"].max())
        with_it, without = (
            believe_one("deal_size", "value", amounts=frame, timezone=zone)
            for frame in (pd.concat([AMOUNTS, outlier]), AMOUNTS)
        )
        assert (with_it.model.sizes.spread != without.model.sizes.spread) == (zone in zones)


def test_a_spell_that_ends_after_midnight_of_the_company_had_not_ended_on_its_day():
    spells, history = simulate_spells(np.random.default_rng(1))
    last = pd.Timestamp(end_of(18))
    ended = spells.iloc[:40].assign(at=last - pd.Timedelta(hours=0.5), value=1.0, is_ended=True)  # until 23:30 UTC
    still = ended.assign(value=5.0)
    options = {"metric_id": "x", "family": "duration", "as_of": end_of(18)}
    levels = {
        zone: [
            believe(history, amounts=pd.concat([spells, frame]), timezone=zone, **options).level
            for frame in (ended, still)
        ]
        for zone in ("UTC", "Asia/Tokyo")
    }
    assert levels["UTC"][0] != pytest.approx(levels["UTC"][1], rel=0.01)
    assert levels["Asia/Tokyo"][0] == levels["Asia/Tokyo"][1]


def test_months_of_ratings_vary_as_much_as_the_luck_of_their_answers():
    rng = np.random.default_rng(4)
    answers = rng.choice([1, 2, 3, 4, 5], size=(5, 24, 40), p=[0.05, 0.1, 0.15, 0.35, 0.35])
    beliefs = [
        believe(lay_history("score", past.mean(axis=1), n=[40] * 24), metric_id="score", family="rating", as_of=AS_OF)
        for past in answers
    ]
    assert np.mean([belief.level for belief in beliefs]) == pytest.approx(3.85, rel=0.02)
    luck = [belief.foresee(seed=1, n=40).std() for belief in beliefs]
    assert np.mean(luck) == pytest.approx(1.152 / np.sqrt(40), rel=0.25)  # 1.152: sd of one answer


def test_no_number_and_no_trials_have_no_chance():
    with pytest.raises(BadArgument, match=r"target of 'calls' is no number(?s:.*)give the number"):
        believe_one("calls", "count").chance(float("nan"), seed=1)
    with pytest.raises(BadArgument, match=r"without trials 'win_rate' has no share(?s:.*)1 or more"):
        believe_one("win_rate", "rate").chance(0.3, seed=1, n=0)
