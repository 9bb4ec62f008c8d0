"""What do customers tell us? Every answer about feedback, put together for a page.

Breakdowns of people pass `saleslab.intake.disclose_tables` before anything is made of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from saleslab.customers.feedback.answers import COUNT, take_answers
from saleslab.customers.feedback.drivers import DriverRanking, rank_drivers
from saleslab.customers.feedback.kpis import CustomerKpi, measure_customer_kpis
from saleslab.customers.feedback.links import ThemeLinks, link_themes
from saleslab.customers.feedback.notes import Quote, quote_comments
from saleslab.customers.feedback.scores import DETRACTOR, PROMOTER, Csat, Nps, score_csat, score_nps
from saleslab.customers.feedback.themes import Theme, ThemeCounts, count_themes, find_themes, read_themes
from saleslab.customers.feedback.trend import ScoreTrend, follow_scores
from saleslab.customers.feedback.voices import Voices
from saleslab.customers.feedback.weighting import WeightedScore, weigh_answers
from saleslab.errors import BadArgument, NotEnoughData
from saleslab.intake.disclosure import FLOOR, Disclosure, disclose_tables
from saleslab.periods import FiscalCalendar
from saleslab.stats.variance_shares import MOST_COLUMNS

_T = TypeVar("_T")

EARLIER, UNKNOWN = "…", "–"
"""Segments of answers before the last year, and of answers that name none."""

_MONTHS = 12
_MOST_SEGMENTS = 12


@dataclass(frozen=True, slots=True, eq=False)
class FeedbackReview:
    """All answers about feedback; what has none is None, with the reason in ``gaps``.

    Attributes
    ----------
    as_of, kind
        Until when, and which question the page is about (``nps`` or ``csat``).
    themes
        The dictionary that was used.
    kpis
        The pack of customer KPIs, of the last year.
    score
        Of the last year.
    weighted
        The same as if every segment had answered alike.
    trend
        By quarter; only quarters that may be shown.
    disclosure
        The tables that were published: ``all``, ``quarter``, ``segment``, and which of their cells are hidden.
    counts, theme_counts
        Themes of the last year as counted; how many customers' comments may be shown of each (missing: hidden).
    drivers
        Questions, or themes, beside the score.
    churn, win
        Themes beside what became of the customers.
    quotes
        Masked comments.
    gaps
        Why an answer is missing, by its name.
    """

    as_of: date
    kind: str
    themes: tuple[Theme, ...]
    floor: int
    source: str
    kpis: Mapping[str, CustomerKpi]
    score: Nps | Csat
    weighted: WeightedScore | None
    trend: ScoreTrend | None
    disclosure: Disclosure | None
    counts: ThemeCounts | None
    theme_counts: Mapping[str, int | None]
    drivers: DriverRanking | None
    by_themes: bool
    churn: ThemeLinks | None
    win: ThemeLinks | None
    quotes: tuple[Quote, ...]
    gaps: Mapping[str, str]


def review_feedback(
    voices: Voices,
    *,
    as_of: date,
    calendar: FiscalCalendar,
    kind: str = "nps",
    themes: Sequence[Theme] | None = None,
    floor: int = FLOOR,
    seed: int = 1,
    mass: float = 0.9,
) -> FeedbackReview:
    """Return everything that the voices of customers tell.

    Parameters
    ----------
    voices
        From `open_voices` or `read_survey`.
    as_of, calendar
        The last day, and what quarters are.
    kind
        ``nps`` or ``csat``.
    themes
        From `read_themes`; None: the dictionary of the package.
    floor
        Fewer people than that are never shown.

    Raises
    ------
    NotEnoughData
        When nobody answered the question within the last year.
    BadArgument
        When ``kind`` is not ``nps`` or ``csat``.
    """
    if kind not in {"nps", "csat"}:
        raise BadArgument(f"'{kind}' is no question with a page of its own.", "take nps or csat.")
    known = tuple(themes) if themes is not None else read_themes()
    recent = _recent(voices.answers, as_of)
    mine = recent[recent["kind"] == kind]
    score = score_nps(mine, mass=mass) if kind == "nps" else score_csat(mine, mass=mass)
    gaps: dict[str, str] = {}
    trying = _Trying(gaps)
    disclosure = trying.do("segments", lambda: _disclose(voices.answers, kind, as_of, calendar, floor))
    spoken = _recent(voices.comments, as_of)
    counts = trying.do("themes", lambda: count_themes(spoken, known))
    drivers, by_themes = _rank(trying, voices, kind, known, floor=floor, seed=seed, mass=mass)
    told: dict[str, Any] = {"as_of": as_of, "floor": floor, "mass": mass}
    churn = trying.do("churn", lambda: _link(voices, known, "churn", **told))
    win = trying.do("win", lambda: _link(voices, known, "win", **told))
    return FeedbackReview(
        as_of,
        kind,
        known,
        floor,
        voices.source,
        measure_customer_kpis(
            answers=recent,
            response_hours=voices.response_hours,
            repeats=voices.repeats,
            engaged=voices.engaged,
            mass=mass,
        ),
        score,
        trying.do("weighted", lambda: _weigh(mine, voices, kind, mass)),
        trying.do("trend", lambda: _follow(voices, kind, calendar, disclosure, mass)),
        disclosure,
        counts,
        _show_themes(spoken, known, floor) if counts else {},
        drivers,
        by_themes,
        churn,
        win,
        quote_comments(spoken, themes=known, names=voices.names, floor=floor) if counts else (),
        MappingProxyType(gaps),
    )


@dataclass(frozen=True, slots=True)
class _Trying:
    """Asks for an answer, and keeps why there is none."""

    gaps: dict[str, str]

    def do(self, name: str, ask: Callable[[], _T]) -> _T | None:
        try:
            return ask()
        except NotEnoughData as gap:
            self.gaps[name] = str(gap)
            return None


def _recent(rows: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Return the rows of the last twelve months; all of them where no time is told."""
    if "month" not in rows.columns:
        return rows
    since = pd.Timestamp(as_of).to_period("M") - (_MONTHS - 1)
    return rows[pd.to_datetime(rows["month"]) >= since.to_timestamp()]


def _quarters(months: pd.Series, calendar: FiscalCalendar) -> pd.Series:
    names = {month: calendar.period_of(pd.Timestamp(month).date(), "quarter") for month in months.unique()}
    return months.map(names)


def _disclose(answers: pd.DataFrame, kind: str, as_of: date, calendar: FiscalCalendar, floor: int) -> Disclosure:
    """Return answers by quarter and by segment as they may be shown side by side."""
    mine = answers[answers["kind"] == kind].copy()
    has_time = "month" in mine.columns
    mine["quarter"] = [str(q) for q in _quarters(mine["month"], calendar)] if has_time else UNKNOWN
    mine["segment"] = mine["segment"].astype("object").where(mine["segment"].notna(), UNKNOWN).astype("str")
    mine.loc[~mine.index.isin(_recent(mine, as_of).index), "segment"] = EARLIER
    taken = take_answers(mine, kind=kind, by=("quarter", "segment"))
    frequent = taken.rows.groupby("segment")[COUNT].sum().sort_values(ascending=False, kind="stable").index
    rare = set(frequent) - set(frequent[:_MOST_SEGMENTS]) - {EARLIER}
    rows = taken.rows.assign(segment=taken.rows["segment"].where(~taken.rows["segment"].isin(rare), UNKNOWN))
    top, bottom = (PROMOTER, DETRACTOR) if kind == "nps" else (4, 0)
    rows["n_top"] = np.where(rows["score"] >= top, rows[COUNT], 0)
    rows["n_bottom"] = np.where(rows["score"] <= bottom, rows[COUNT], 0)
    groups = rows.groupby(["quarter", "segment"], as_index=False)[[COUNT, "n_top", "n_bottom"]].sum()
    tables = {"all": [], "segment": ["segment"]} | ({"quarter": ["quarter"]} if has_time else {})
    return disclose_tables(groups, tables=tables, count=COUNT, values=["n_top", "n_bottom"], floor=floor)


def _follow(
    voices: Voices, kind: str, calendar: FiscalCalendar, disclosure: Disclosure | None, mass: float
) -> ScoreTrend:
    if "month" not in voices.answers.columns or disclosure is None:
        raise NotEnoughData("The answers tell no time.", "add the day of each answer, and import them as feedback.")
    mine = voices.answers[voices.answers["kind"] == kind]
    waves = _quarters(mine["month"], calendar)
    table = disclosure.tables["quarter"]
    shown = set(table.loc[~table["is_suppressed"], "quarter"])
    kept = waves.map(str).isin(shown)
    return follow_scores(mine[kept].assign(wave=waves[kept]), kind=kind, mass=mass)


def _weigh(mine: pd.DataFrame, voices: Voices, kind: str, mass: float) -> WeightedScore:
    if voices.customers is None:
        raise NotEnoughData("Nobody knows how many customers each segment has.", "import accounts and their orders.")
    return weigh_answers(mine, voices.customers, kind=kind, mass=mass)


def _flags(comments: pd.DataFrame, themes: Sequence[Theme]) -> pd.DataFrame:
    """Return for each comment whether it speaks of each theme."""
    found = {text: set(find_themes(text, themes)) for text in comments["text"].unique()}
    told = {theme.key: [theme.key in found[text] for text in comments["text"]] for theme in themes}
    return pd.DataFrame(told, index=comments.index)


def _show_themes(comments: pd.DataFrame, themes: Sequence[Theme], floor: int) -> Mapping[str, int | None]:
    """Return how many customers spoke of each theme, where neither they nor the others are few."""
    flags = _flags(comments, themes).groupby(comments["account_id"].fillna("")).any()
    if flags.empty:
        return {}
    keys = list(flags.columns)
    groups = flags.value_counts().rename("n").reset_index()
    tables: dict[str, list[str]] = {"all": [], **{key: [key] for key in keys}}
    found = disclose_tables(groups, tables=tables, count="n", floor=floor).tables
    counts: dict[str, int | None] = {}
    for key in keys:
        row = found[key][found[key][key]]
        counts[key] = 0 if row.empty else None if row["is_suppressed"].iloc[0] else int(row["n"].iloc[0])
    return counts


def _rank(
    trying: _Trying, voices: Voices, kind: str, themes: Sequence[Theme], *, floor: int, seed: int, mass: float
) -> tuple[DriverRanking | None, bool]:
    """Return what goes along with the score: single questions where they were asked, else themes of comments."""
    if voices.items is not None:
        names = [name for name in voices.items.columns if name != "score"]
        items = voices.items
        return trying.do(
            "drivers", lambda: rank_drivers(items, score="score", drivers=names, seed=seed, mass=mass)
        ), False
    mine = voices.comments[(voices.comments["kind"] == kind) & voices.comments["score"].notna()]
    flags = _flags(mine, themes).astype("float64")
    often = flags.sum()
    names = [key for key in flags.columns if floor <= often[key] <= len(flags) - floor][:MOST_COLUMNS]

    def ask() -> DriverRanking:
        if not names:
            raise NotEnoughData("No theme is frequent enough.", "wait for more comments.")
        return rank_drivers(flags.assign(score=mine["score"]), score="score", drivers=names, seed=seed, mass=mass)

    return trying.do("drivers", ask), True


def _link(voices: Voices, themes: Sequence[Theme], outcome: str, *, as_of: date, floor: int, mass: float) -> ThemeLinks:
    """Return how customers who spoke of each theme up to a year ago fared since."""
    if voices.outcomes is None or voices.outcomes.empty:
        raise NotEnoughData("Nobody knows what became of those who answered.", "import orders and deals.")
    until = pd.Timestamp(as_of) - pd.Timedelta(days=365)
    asked = voices.comments[pd.to_datetime(voices.comments["month"]) + pd.offsets.MonthEnd(0) <= until]
    spoke = _flags(asked, themes).groupby(asked["account_id"]).any()
    joined = voices.outcomes.set_index("account_id").join(spoke, how="inner")
    hits = joined["is_lost"].astype("int64") if outcome == "churn" else joined["n_won"].astype("int64")
    tries = pd.Series(1, index=joined.index) if outcome == "churn" else joined["n_closed"].astype("int64")
    rows: list[dict[str, Any]] = []
    for theme in themes:
        has = joined[theme.key].astype(bool)
        rows.append(
            {"theme": theme.key, "n_with": int(tries[has].sum()), "k_with": int(hits[has].sum()),
             "n_without": int(tries[~has].sum()), "k_without": int(hits[~has].sum())}
        )  # fmt: skip
    return link_themes(pd.DataFrame(rows), outcome=outcome, floor=floor, mass=mass)
