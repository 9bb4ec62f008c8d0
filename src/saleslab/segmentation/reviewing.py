"""All that is known of the segments of a company on a day: what the report, the explorer and the command line show.

The rule is learned from the customers of a horizon ago, whose following year is on record; it places them, today's
customers and those of the last quarter alike. So the value to come is no forecast of the data it was fitted to, and a
move is a move of the customer and not of the line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

import pandas as pd

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.segmentation.choosing import SegmentChoice, SegmentCount, choose_segments, refuse_cut
from saleslab.segmentation.clusters import Method, Segmentation, segment_customers
from saleslab.segmentation.describing import SegmentProfile, describe_segments
from saleslab.segmentation.foreseeing import foresee_segments
from saleslab.segmentation.inputs import UNKNOWN, read_customers, read_first_day, read_margin_rate, read_market
from saleslab.segmentation.matching import SegmentMatch, match_segments
from saleslab.segmentation.migration import Migration, migrate_segments
from saleslab.segmentation.plays import Play
from saleslab.segmentation.proposing import PlayTerms, propose_plays
from saleslab.segmentation.replaying import assign_segments
from saleslab.segmentation.rfm import find_cuts, score_rfm
from saleslab.segmentation.splitting import SegmentSplit, split_by_segment
from saleslab.segmentation.target_market import TargetMarket, rank_target_market
from saleslab.warehouse import Warehouse

CUSTOMER = "account_id"
BY = ("recency_score", "frequency_score", "spend_score")
"""What customers are cut by."""

TRAITS = ("days_since", "n_orders", "spend", "order_size", "industry", "size")
"""What segments are described by."""

OTHERS = "0"
"""Customers of segments that hardly anybody is in today, where a number of the company is parted."""

_FEWEST = 50
_K_MOST = 8
_LATE = 1 / 50
"""Of a period: how late the first purchase on record may come for the period to count as whole."""
_USUAL_MARGIN = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class SegmentReview:
    """Segments of a company on a day.

    Attributes
    ----------
    as_of, learned_on, since
        The day; the day whose customers the rule was learned from; the day from which moves are counted.
    horizon
        Days of value now and next.
    customers
        One row a customer of ``as_of``, with ``segment``.
    choice
        Whether there are segments at all.
    segmentation, cuts, numbers
        The rule, the cut points of the scores it looks at, and the number that each segment of the rule bears here;
        None and empty where there are no segments.
    profiles
        The segments, the most valuable first.
    again
        How the segments made anew from today's customers overlap with these.
    migration
        Moves since ``since``; None where nobody was there.
    market, n_deals_left
        The target market, None where deals do not tell it, and decided deals of companies of no known kind.
    terms
        On which plays are proposed.
    is_margin_known
        Whether the margin rate was given or is that of the orders; otherwise it is half.
    currency
        Of all values.
    split
        Value by segment in the last ``horizon`` days and in those before, what moved it, and the target of each; None
        where the records do not hold both periods.
    """

    as_of: date
    learned_on: date
    since: date
    horizon: int
    customers: pd.DataFrame
    choice: SegmentChoice
    segmentation: Segmentation | None
    cuts: dict[str, tuple[float, ...]]
    numbers: dict[int, int]
    profiles: tuple[SegmentProfile, ...]
    again: SegmentMatch | None
    migration: Migration | None
    market: TargetMarket | None
    n_deals_left: int
    terms: PlayTerms
    is_margin_known: bool
    currency: str
    split: SegmentSplit | None = None

    @property
    def count(self) -> SegmentCount | None:
        """What speaks for the number of segments that is shown, before any were merged."""
        k = None if self.segmentation is None else len(self.segmentation.sizes)
        return next((one for one in self.choice.counts if one.k == k), None)

    @property
    def n_merged(self) -> int:
        """How many cuts were alike with another in value and play, and became one segment with it."""
        return len(self.numbers) - len(set(self.numbers.values()))

    @property
    def has_next(self) -> bool:
        """Whether the year that followed the learning is on record."""
        return self.learned_on < self.as_of


def review_segments(
    lab: Warehouse,
    *,
    as_of: date,
    seed: int,
    k: int = 0,
    method: Method = "kmeans",
    by: Sequence[str] = BY,
    horizon: int = 365,
    since: int = 91,
    market_by: str = "industry",
    visit_cost: float = 0.0,
    call_cost: float = 0.0,
    margin_rate: float = 0.0,
    target: float = 0.0,
    previous: pd.Series | None = None,
) -> SegmentReview:
    """Return the segments of a company's customers on a day, with all that is known of them.

    Parameters
    ----------
    lab
        The warehouse: orders or won deals, and accounts where there are any.
    as_of
        The day.
    seed
        Of resampling, starting points and draws.
    k
        How many segments; 0 takes the number that `choose_segments` gives.
    method, by
        As in `segment_customers`, of the columns of `read_customers`.
    horizon
        Days over which value is counted, back and ahead.
    since
        Days back to the day from which moves are counted.
    market_by
        Kind of company of the target market: ``industry`` or ``size``.
    visit_cost, call_cost, margin_rate
        Of plays (`PlayTerms`); a margin rate of 0 takes that of the orders.
    target
        What today's customers are to bring in the next ``horizon`` days, parted by segment; 0 is no target.
    previous
        Segments of an earlier run by ``account_id``: segments that share half of their customers keep their number.

    Raises
    ------
    NotEnoughData
        When nobody had bought by the day.
    """
    if horizon < 1 or since < 1 or k < 0 or k == 1 or not 0 <= target < float("inf"):
        raise BadArgument(
            f"horizon={horizon}, since={since}, k={k}, target={target:g} cannot be used.",
            "give days from 1, 0 or at least 2 segments, and a target from 0.",
        )
    own_rate = read_margin_rate(lab, as_of=as_of) if margin_rate == 0 else margin_rate
    terms = PlayTerms(visit_cost, call_cost, own_rate or _USUAL_MARGIN)
    learned, day = _read_learned(lab, as_of, horizon)
    cuts = find_cuts(learned, customer=CUSTOMER)
    now = read_customers(lab, as_of=as_of, horizon=horizon, cuts=cuts)
    learned = now if day == as_of else _score(learned, cuts)
    # what the year brought takes no part in the cut; it only tells whether the cut would have been of use
    later = None if day == as_of else "value_next"
    are_alike = len(learned[list(by)].drop_duplicates()) == 1  # no answer of `choose_segments`, and still a page
    choice = (
        refuse_cut(len(learned), 1)
        if are_alike
        else choose_segments(learned, seed=seed, by=by, value=later, customer=CUSTOMER, k_most=_K_MOST)
    )
    market, n_left = _rank_market(lab, as_of, market_by, seed)
    empty = SegmentReview(
        as_of, day, as_of - timedelta(days=since), horizon, now.assign(segment=pd.array([pd.NA] * len(now), "Int64")),
        choice, None, cuts, {}, (), None, None, market, n_left, terms, own_rate is not None,
        lab.settings.currency,
    )  # fmt: skip
    k = k or choice.k or 0
    if not k:
        return empty
    found = segment_customers(learned, method=method, by=by, k=k, seed=seed, customer=CUSTOMER)
    return _describe(lab, empty, learned, found, previous=previous, by=list(by), target=target, seed=seed)


def _read_learned(lab: Warehouse, as_of: date, horizon: int) -> tuple[pd.DataFrame, date]:
    """Return the customers that the rule is learned from: those of a horizon ago where there were enough."""
    day = as_of - timedelta(days=horizon)
    try:
        past = read_customers(lab, as_of=day, horizon=horizon)
    except NotEnoughData:
        past = None
    if past is not None and len(past) >= _FEWEST:
        return past, day
    return read_customers(lab, as_of=as_of, horizon=horizon), as_of


def _score(frame: pd.DataFrame, cuts: Mapping[str, Sequence[float]]) -> pd.DataFrame:
    scored = score_rfm(frame, cuts=cuts, customer=CUSTOMER)
    return frame.assign(**{str(name): scored[name].to_numpy() for name in scored.columns if name != CUSTOMER})


def _rank_market(lab: Warehouse, as_of: date, by: str, seed: int) -> tuple[TargetMarket | None, int]:
    try:
        deals, companies, n_left = read_market(lab, as_of=as_of, by=by)
        return rank_target_market(deals, companies, seed=seed), n_left
    except NotEnoughData:
        return None, 0


def _describe(
    lab: Warehouse,
    empty: SegmentReview,
    learned: pd.DataFrame,
    found: Segmentation,
    *,
    previous: pd.Series | None,
    by: list[str],
    target: float,
    seed: int,
) -> SegmentReview:
    now = empty.customers.assign(segment=assign_segments(empty.customers, found.rule))
    past = learned.assign(segment=assign_segments(learned, found.rule))
    again = _make_again(now, found, by, seed)
    numbers = _number(now, past, empty, len(found.sizes), previous)
    now, past = (frame.assign(segment=frame["segment"].map(numbers).astype("Int64")) for frame in (now, past))
    plays = propose_plays(past, _count(now), terms=empty.terms) if empty.has_next else {}
    traits = [name for name in TRAITS if name not in {"industry", "size"} or (now[name] != UNKNOWN).any()]
    told = now.assign(order_size=now["spend"] / now["n_orders"].clip(lower=1))
    profiles = describe_segments(_leave_lone(told), by=traits, plays=plays)
    final = {number: number for number in numbers.values()}
    final |= {number: one.segment for one in profiles for number in one.merged}
    numbers = {own: final[number] for own, number in numbers.items()}
    now, past = (frame.assign(segment=frame["segment"].map(final).astype("Int64")) for frame in (now, past))
    foreseen = foresee_segments(past, _count(now)) if empty.has_next else {}
    profiles = tuple(replace(one, value_next=foreseen.get(one.segment)) for one in profiles)
    return replace(
        empty,
        customers=now,
        segmentation=found,
        numbers=numbers,
        profiles=profiles,
        again=again,
        migration=_migrate(lab, empty, now, found, numbers),
        split=_split(past, now, profiles, target) if _holds_both(lab, empty) else None,
    )


def _holds_both(lab: Warehouse, review: SegmentReview) -> bool:
    """Say whether records reach back over two whole periods: half a year against a year is no comparison."""
    late = timedelta(days=review.horizon * _LATE)
    return review.has_next and read_first_day(lab) <= review.learned_on - timedelta(days=review.horizon) + late


def _split(
    past: pd.DataFrame, now: pd.DataFrame, profiles: Sequence[SegmentProfile], target: float
) -> SegmentSplit | None:
    """Return what each segment brought then and now; None where a period brought nothing to be parted."""
    shown = {one.segment: str(one.segment) for one in profiles}
    before, after = (
        frame.assign(segment=frame["segment"].map(shown).fillna(OTHERS), n=1, total=frame["value"])
        for frame in (past, now)
    )
    if not (before["total"].sum() > 0 and after["total"].sum() > 0):
        return None
    wanted = Decimal(round(target)) or None
    return split_by_segment(before, after, customer=CUSTOMER, target=wanted)


def _count(customers: pd.DataFrame) -> dict[int, int]:
    labels = customers["segment"].dropna().astype("int64")
    return {int(number): int((labels == number).sum()) for number in sorted(labels.unique())}


def _leave_lone(customers: pd.DataFrame) -> pd.DataFrame:
    """Return customers of segments that have two at least: one alone cannot be described."""
    counts = customers["segment"].value_counts()
    return customers[customers["segment"].isin(counts[counts > 1].index)]


def _make_again(now: pd.DataFrame, found: Segmentation, by: list[str], seed: int) -> SegmentMatch | None:
    """Return how segments made anew from today's customers overlap with those of the rule."""
    try:
        anew = segment_customers(now, method=found.method, by=by, k=len(found.sizes), seed=seed + 1, customer=CUSTOMER)
        labels = assign_segments(now, anew.rule)
        return match_segments(labels.set_axis(now[CUSTOMER]), now["segment"].set_axis(now[CUSTOMER]))
    except NotEnoughData:
        return None


def _number(
    now: pd.DataFrame, past: pd.DataFrame, review: SegmentReview, k: int, previous: pd.Series | None
) -> dict[int, int]:
    """Return the number that each segment of the rule bears, alike ones made one.

    It is that of the previous run, and without one that of its place: 1 is the most valuable.
    """
    numbers = {at: at for at in range(1, k + 1)}
    labels = now["segment"].set_axis(now[CUSTOMER])
    if previous is not None:
        matched = match_segments(previous, labels).ids
        unused = max([int(previous.max()), *matched.values()]) + 1
        numbers = {at: matched.get(at, unused + at) for at in numbers}
    told = _leave_lone(now)
    told = told.assign(segment=told["segment"].map(numbers).astype("Int64"))
    codes: dict[int, Play] = {}
    if review.has_next:
        sizes = {int(number): 1 for number in told["segment"].unique()}
        before = past.assign(segment=past["segment"].map(numbers).astype("Int64"))
        proposed = propose_plays(before, sizes, terms=review.terms)
        codes = {number: Play(one.name, one.owner, 1.0, 1.0, 0.5) for number, one in proposed.items()}
    alike = describe_segments(told, by=["spend"], plays=codes)
    final = {number: one.segment for one in alike for number in one.merged}
    numbers = {own: final.get(number, number) for own, number in numbers.items()}
    if previous is not None:
        return numbers
    worth = told.assign(segment=told["segment"].map(final)).groupby("segment")["value"].sum()
    order = sorted(set(numbers.values()), key=lambda number: (-float(worth.get(number, 0.0)), number))
    return {own: order.index(number) + 1 for own, number in numbers.items()}


def _migrate(
    lab: Warehouse, review: SegmentReview, now: pd.DataFrame, found: Segmentation, numbers: Mapping[int, int]
) -> Migration | None:
    try:
        before = read_customers(lab, as_of=review.since, horizon=review.horizon, cuts=review.cuts)
    except NotEnoughData:
        return None
    before = before.assign(segment=assign_segments(before, found.rule).map(dict(numbers)).astype("Int64"))
    days = [
        frame.dropna(subset="segment").assign(segment=lambda one: one["segment"].astype(str)) for frame in (before, now)
    ]
    return migrate_segments(days[0], days[1], customer=CUSTOMER)
