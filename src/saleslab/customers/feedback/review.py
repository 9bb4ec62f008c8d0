"""What do customers tell us? Every answer about feedback, put together for a page.

What tells of groups of people passes `saleslab.customers.feedback.disclosing` before anything is made of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any, TypeVar

import pandas as pd

from saleslab.customers.feedback.actions import follow_actions
from saleslab.customers.feedback.disclosing import (
    count_people,
    count_segments,
    disclose_voices,
    flag_themes,
    is_before,
    keep_last_year,
    keep_whole_months,
    name_quarter,
    name_quarters,
)
from saleslab.customers.feedback.drivers import DriverRanking, rank_drivers
from saleslab.customers.feedback.kpis import CustomerKpi, measure_customer_kpis
from saleslab.customers.feedback.links import ThemeLinks, link_themes
from saleslab.customers.feedback.loop import ClosedLoop
from saleslab.customers.feedback.notes import Quote, quote_comments
from saleslab.customers.feedback.scores import Csat, Nps, score_csat, score_nps
from saleslab.customers.feedback.themes import Theme, ThemeCounts, count_themes, read_themes
from saleslab.customers.feedback.trend import ScoreTrend, follow_scores
from saleslab.customers.feedback.voices import Voices
from saleslab.customers.feedback.weighting import WeightedScore, weigh_answers
from saleslab.errors import BadArgument, NotEnoughData
from saleslab.intake.disclosure import FLOOR, Disclosure
from saleslab.intake.people_tables import list_shown
from saleslab.periods import FiscalCalendar
from saleslab.stats.variance_shares import MOST_COLUMNS

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, eq=False)
class FeedbackReview:
    """All answers about feedback; what has none is None, with the reason in ``gaps``.

    Attributes
    ----------
    as_of, until, kind
        The day of the page, the last day that counts (months count as a whole), and which question the page is about.
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
        Which groups of people the page may tell of (`disclose_voices`).
    segments
        Answers of the last year by segment; numbers of hidden ones are missing.
    counts, theme_counts
        Themes of the last year as counted; how many people spoke of each (None: hidden), with ``(all)`` and ``(none)``.
    drivers
        Questions, or themes, beside the score.
    churn, win
        Themes beside what became of the customers.
    quotes
        Masked comments.
    loops
        What became of what was promised.
    gaps
        Why an answer is missing, by its name.
    """

    as_of: date
    until: date
    kind: str
    themes: tuple[Theme, ...]
    floor: int
    source: str
    kpis: Mapping[str, CustomerKpi]
    score: Nps | Csat
    weighted: WeightedScore | None
    trend: ScoreTrend | None
    disclosure: Disclosure
    segments: pd.DataFrame
    counts: ThemeCounts | None
    theme_counts: Mapping[str, int | None]
    drivers: DriverRanking | None
    by_themes: bool
    churn: ThemeLinks | None
    win: ThemeLinks | None
    quotes: tuple[Quote, ...]
    loops: tuple[ClosedLoop, ...]
    gaps: Mapping[str, str]


def review_feedback(
    voices: Voices,
    *,
    as_of: date,
    calendar: FiscalCalendar,
    kind: str = "nps",
    themes: Sequence[Theme] | None = None,
    actions: pd.DataFrame | None = None,
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
    actions
        What was promised (`read_actions`); None: nothing is known of it.
    floor
        Fewer people than that are never shown.

    Raises
    ------
    NotEnoughData
        When nobody answered the question within the last year, or fewer people than may be shown.
    BadArgument
        When ``kind`` is not ``nps`` or ``csat``.
    """
    if kind not in {"nps", "csat"}:
        raise BadArgument(f"'{kind}' is no question with a page of its own.", "take nps or csat.")
    known = tuple(themes) if themes is not None else read_themes()
    voices, until = keep_whole_months(voices, as_of)
    recent, spoken = keep_last_year(voices.answers, until), keep_last_year(voices.comments, until)
    mine = recent[recent["kind"] == kind]
    score = score_nps(mine, mass=mass) if kind == "nps" else score_csat(mine, mass=mass)
    promised = set() if actions is None else set(actions["theme"])
    told: dict[str, Any] = {"kind": kind, "until": until}
    disclosure = disclose_voices(voices, **told, themes=known, calendar=calendar, promised=promised, floor=floor)
    _insist_on_floor(disclosure, kind, floor)
    gaps: dict[str, str] = {}
    trying = _Trying(gaps)
    counts = trying.do("themes", lambda: count_themes(spoken, known))
    drivers, by_themes = _rank(trying, voices, kind, known, floor=floor, seed=seed, mass=mass)
    asked = until - timedelta(days=365)
    churn = trying.do("churn", lambda: _link(voices, known, "churn", asked=asked, floor=floor, mass=mass))
    win = trying.do("win", lambda: _link(voices, known, "win", asked=asked, floor=floor, mass=mass))
    theme_counts = {**count_people(disclosure, "themes"), **count_people(disclosure, "themes_left")} if counts else {}
    quoted = [theme for theme in known if theme_counts.get(theme.key)]
    shown = list_shown(disclosure, "loops")
    loops = follow_actions(actions, voices, themes=known, as_of=as_of, calendar=calendar, shown=shown)
    return FeedbackReview(
        as_of,
        until,
        kind,
        known,
        floor,
        voices.source,
        _measure_kpis(voices, recent, disclosure, mass),
        score,
        trying.do("weighted", lambda: _weigh(mine, voices, kind, mass)),
        trying.do("trend", lambda: _follow(voices, kind, calendar, disclosure, mass)),
        disclosure,
        count_segments(voices, disclosure, **told),
        counts,
        theme_counts,
        drivers,
        by_themes,
        churn,
        win,
        quote_comments(spoken, themes=quoted, person="person", names=voices.names, floor=floor) if quoted else (),
        loops,
        MappingProxyType(gaps),
    )


def _measure_kpis(
    voices: Voices, recent: pd.DataFrame, disclosure: Disclosure, mass: float
) -> Mapping[str, CustomerKpi]:
    """Return the KPIs; a score of too few people is switched off."""
    answered = recent[[bool(list_shown(disclosure, kind)) for kind in recent["kind"]]]
    told: dict[str, Any] = {"repeats": voices.repeats, "engaged": voices.engaged, "mass": mass}
    return measure_customer_kpis(answers=answered, response_hours=voices.response_hours, **told)


def _insist_on_floor(disclosure: Disclosure, kind: str, floor: int) -> None:
    if not list_shown(disclosure, kind):
        raise NotEnoughData(
            f"Fewer than {floor} people answered the question {kind} within the year, or one or two gave most answers.",
            "wait for more answers, or give a lower floor, never below 3.",
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


def _follow(voices: Voices, kind: str, calendar: FiscalCalendar, disclosure: Disclosure, mass: float) -> ScoreTrend:
    if "month" not in voices.answers.columns:
        raise NotEnoughData("The answers tell no time.", "add the day of each answer, and import them as feedback.")
    mine = voices.answers[voices.answers["kind"] == kind]
    waves = name_quarters(mine["month"], calendar)
    kept = waves.map(name_quarter).isin(list_shown(disclosure, "trend"))
    return follow_scores(mine[kept].assign(wave=waves[kept]), kind=kind, mass=mass)


def _weigh(mine: pd.DataFrame, voices: Voices, kind: str, mass: float) -> WeightedScore:
    if voices.customers is None:
        raise NotEnoughData("Nobody knows how many customers each segment has.", "import accounts and their orders.")
    return weigh_answers(mine, voices.customers, kind=kind, mass=mass)


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
    flags = flag_themes(mine["text"], themes).astype("float64")
    sides = {key: mine.groupby(flags[key])["person"].nunique() for key in flags.columns}
    names = [key for key, people in sides.items() if len(people) == 2 and people.min() >= floor][:MOST_COLUMNS]

    def ask() -> DriverRanking:
        if not names:
            raise NotEnoughData("No theme is frequent enough.", "wait for more comments.")
        return rank_drivers(flags.assign(score=mine["score"]), score="score", drivers=names, seed=seed, mass=mass)

    return trying.do("drivers", ask), True


def _link(voices: Voices, themes: Sequence[Theme], outcome: str, *, asked: date, floor: int, mass: float) -> ThemeLinks:
    """Return how customers who spoke of each theme up to a year ago fared since."""
    if voices.outcomes is None or voices.outcomes.empty:
        raise NotEnoughData("Nobody knows what became of those who answered.", "import orders and deals.")
    earlier = voices.comments[is_before(voices.comments["month"], asked)]
    spoke = flag_themes(earlier["text"], themes).groupby(earlier["account_id"]).any()
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
