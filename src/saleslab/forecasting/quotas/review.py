"""Everything that the page of quotas shows, put together once from the warehouse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.forecasting.accuracy.inputs import MEASURE_OF, Measure, list_measures, read_first_sale, read_sales
from saleslab.forecasting.quotas.asking import EVE, NOW, ask_quarters, list_questions
from saleslab.forecasting.quotas.inputs import read_person_targets
from saleslab.forecasting.quotas.judging import ChanceRecord, judge_chances
from saleslab.periods import FiscalCalendar, Period
from saleslab.warehouse import Warehouse
from saleslab.wording import Text, say

_LATE = 31


@dataclass(frozen=True, slots=True)
class LeftOut:
    """How many quotas on record are not shown, and why.

    Attributes
    ----------
    n_on_record
        All quotas of money of people whose period has begun.
    n_replaced
        A later one is on record for the same person and quarter.
    n_other
        Of another measure than most, or of periods that are no fiscal quarter.
    n_unrecorded
        Of quarters whose sales are not on record from their first month on.
    n_unknown
        Of people without a single sale on record.
    n_older
        Of quarters before those that are shown.
    """

    n_on_record: int
    n_replaced: int
    n_other: int
    n_unrecorded: int
    n_unknown: int
    n_older: int


@dataclass(frozen=True, slots=True, eq=False)
class QuotaOutlook:
    """Chances of people's quotas, quarter by quarter.

    Attributes
    ----------
    as_of, currency, calendar, measure
        The last day that is known, how the company counts; won deals or orders.
    periods
        The quarters that have quotas, the oldest first; the last one may be running.
    quotas
        One row a quota: ``owner_id, start, end, target, came, is_met`` (both missing while the quarter runs).
    said
        From `ask_quarters`: one row a quota and day that was asked, with ``is_met``.
    whole
        The same of all with a quota, of others and of the company, which add up.
    record
        How good the chances of the eve were; None where too few are known.
    later
        The same by days before the end.
    left_out
        Quotas that are not shown.
    """

    as_of: date
    currency: str
    calendar: FiscalCalendar
    measure: Measure
    periods: tuple[Period, ...]
    quotas: pd.DataFrame
    said: pd.DataFrame
    whole: pd.DataFrame
    record: ChanceRecord | None
    later: Mapping[int, ChanceRecord]
    left_out: LeftOut

    @property
    def running(self) -> Period | None:
        """The quarter that runs, if it has quotas."""
        last = self.periods[-1]
        return last if last.end > self.as_of else None

    @property
    def over(self) -> pd.DataFrame:
        """The quotas of quarters that are over."""
        return self.quotas[self.quotas["is_met"].notna()]

    @property
    def people(self) -> pd.DataFrame:
        """What is said today of each quota of the running quarter."""
        return self.said[self.said["asked"].eq(NOW)].reset_index(drop=True)

    @property
    def together(self) -> pd.DataFrame:
        """What is said today of all with a quota, of others and of the company."""
        return self.whole[self.whole["asked"].eq(NOW)].set_index("part")

    @property
    def goal(self) -> Mapping[str, float] | None:
        """What is said today of all with a quota: ``target, so_far, mean, lower_80, upper_80, chance``."""
        names = ["target", "so_far", "mean", "lower_80", "upper_80", "chance"]
        lines = self.together.loc[lambda rows: rows.index == "with_quota", names].to_dict("records")
        return {str(name): float(value) for name, value in lines[0].items()} if lines else None


def review_quota_chances(
    lab: Warehouse,
    *,
    as_of: date,
    n_quarters: int = 12,
    days_before: Sequence[int] = (30,),
    n_paths: int = 1_000,
    seed: int = 1,
) -> QuotaOutlook:
    """Return the chance of each person to reach the quota of each quarter, and whether such chances came true.

    Use it for companies whose people have quotas of money. Chances rest on each person's past sales; open deals are
    looked at by `review_outlook`.

    Parameters
    ----------
    lab
        The warehouse.
    as_of
        The last day that is known; the quarter of the day after it is the running one.
    n_quarters
        How many quarters with quotas are shown, the last ones.
    days_before
        On which days before its end a quarter that is over is asked again, besides its eve.
    n_paths, seed
        Possible futures of each quarter, and the seed of their draws.

    Raises
    ------
    NotEnoughData
        When no person has a quota of money for a quarter that has begun, or nothing was sold.
    BadArgument
        When a number makes no sense.
    """
    if n_quarters < 1 or any(n < 1 for n in days_before):
        raise BadArgument(f"n_quarters is {n_quarters} and days_before {days_before}.", "give whole numbers from 1.")
    calendar = lab.settings.fiscal_calendar
    begun = _find_begun(read_person_targets(lab), as_of)
    measure = _find_measure(lab, begun)
    first = read_first_sale(lab, measure=measure)
    if first > as_of:
        raise NotEnoughData(f"The first sale is of {first}, after {as_of}.", "choose a later day.")
    owners = frozenset(read_sales(lab, [first], until=as_of, measure=measure)["owner_id"])
    targets, periods, left_out = _choose(
        begun, calendar=calendar, measure=measure, first=first, n_quarters=n_quarters, owners=owners
    )
    came = _read_came(lab, periods, as_of, measure)
    quotas = _join(targets, came, as_of)
    questions = list_questions(periods, as_of=as_of, days_before=days_before)
    said, whole = ask_quarters(lab, targets, questions, measure=measure, first=first, n_paths=n_paths, seed=seed)
    said = said.merge(quotas[["owner_id", "start", "is_met"]], on=["owner_id", "start"], how="left")
    records = {str(asked): judge_chances(rows.dropna(subset=["is_met"])) for asked, rows in said.groupby("asked")}
    later = {int(asked): found for asked, found in records.items() if found and asked not in (EVE, NOW)}
    return QuotaOutlook(
        as_of, lab.settings.currency, calendar, measure, periods, quotas, said, whole, records.get(EVE), later, left_out
    )


def try_quota_chances(lab: Warehouse, **told: Any) -> tuple[QuotaOutlook | None, Text | None]:
    """Return the outlook of `review_quota_chances`, or None and why there is none: a page says so."""
    if read_person_targets(lab).empty:
        return None, say("forecast_quotas.gap.none")
    try:
        return review_quota_chances(lab, **told), None
    except NotEnoughData as refusal:
        return None, Text.same(f"{refusal.what} Next: {refusal.next_step}")


def _find_begun(targets: pd.DataFrame, as_of: date) -> pd.DataFrame:
    begun = targets[targets["start"] <= pd.Timestamp(as_of + timedelta(days=1))]
    if begun.empty:
        raise NotEnoughData(
            f"No person has a quota of money for a period that has begun by {as_of}.",
            "import targets with scope_type 'user', the person as scope_id, and a metric of money.",
        )
    return begun


def _find_measure(lab: Warehouse, targets: pd.DataFrame) -> Measure:
    """Return what most quotas are about, or what there is."""
    known = list_measures(lab)
    if not known:
        raise NotEnoughData("There are neither won deals nor orders.", "import opportunities or orders.")
    wanted = targets["metric_id"].map(MEASURE_OF).value_counts().sort_index(kind="stable").idxmax()
    return wanted if wanted in known else known[0]


def _choose(
    begun: pd.DataFrame,
    *,
    calendar: FiscalCalendar,
    measure: Measure,
    first: date,
    n_quarters: int,
    owners: frozenset[str],
) -> tuple[pd.DataFrame, tuple[Period, ...], LeftOut]:
    """Return one quota a person and quarter, the quarters, and how many others were on record."""
    is_mine = begun["metric_id"].map(MEASURE_OF).eq(measure)
    mine = begun[is_mine] if is_mine.any() else begun  # of another money, where that one is not on record
    quarters = {start: calendar.quarter_of(start.date()) for start in mine["start"].unique()}
    is_quarter = [
        (quarters[start].start, quarters[start].end) == (start.date(), end.date())
        for start, end in zip(mine["start"], mine["end"], strict=True)
    ]
    whole = mine[is_quarter]
    last = whole.drop_duplicates(["owner_id", "start"], keep="last")
    recorded = last[last["start"] >= pd.Timestamp(first - timedelta(days=_LATE))]
    known = recorded[recorded["owner_id"].isin(owners)]
    starts = sorted(known["start"].unique())[-n_quarters:]
    shown = known[known["start"].isin(starts)].sort_values(["start", "owner_id"]).reset_index(drop=True)
    left_out = LeftOut(
        n_on_record=len(begun),
        n_replaced=len(whole) - len(last),
        n_other=len(begun) - len(whole),
        n_unrecorded=len(last) - len(recorded),
        n_unknown=len(recorded) - len(known),
        n_older=len(known) - len(shown),
    )
    if shown.empty:
        raise NotEnoughData(
            f"None of {len(begun)} quotas is of a fiscal quarter whose sales are on record, and of a person who sold.",
            "import older sales, or see that quotas name people as sales do.",
        )
    return shown, tuple(quarters[start] for start in starts), left_out


def _read_came(lab: Warehouse, periods: Sequence[Period], as_of: date, measure: Measure) -> pd.DataFrame:
    """Return what each owner sold in each quarter that is over: ``owner_id, start, came``."""
    over = [one for one in periods if one.end <= as_of]
    if not over:
        return pd.DataFrame({"owner_id": [], "start": pd.to_datetime([]), "came": []})
    cuts = {one.start for one in over} | {one.end + timedelta(days=1) for one in over}
    until = over[-1].end
    sales = read_sales(lab, sorted(day for day in cuts if day <= until), until=until, measure=measure)
    return sales.rename(columns={"amount": "came"})[["owner_id", "start", "came"]]


def _join(targets: pd.DataFrame, came: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Return quotas with what came; who sold nothing in a quarter that is over has missed it."""
    rows = targets[["owner_id", "start", "end", "target"]].merge(came, on=["owner_id", "start"], how="left")
    is_over = rows["end"] <= pd.Timestamp(as_of)
    amount = rows["came"].astype("float64").fillna(0.0).where(is_over, np.nan)
    is_met = (amount >= rows["target"]).astype("boolean").where(is_over)
    return rows.assign(came=amount, is_met=is_met)
