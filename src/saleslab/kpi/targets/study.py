"""`study_target`: will the goal be reached, what has to be true for it, and what should be done first?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from saleslab.errors import BadArgument
from saleslab.kpi.metrics.declaring import Metric
from saleslab.kpi.metrics.knowing import keep_known
from saleslab.kpi.metrics.shelf import library
from saleslab.kpi.targets.building import believe_nodes, build_model
from saleslab.kpi.targets.cases import Case
from saleslab.kpi.targets.conditioning import ForecastFit, fit_forecast
from saleslab.kpi.targets.judging import cover_target, judge_nodes, tabulate_nodes
from saleslab.kpi.targets.levers import find_levers, lay_reaches, tabulate_levers
from saleslab.kpi.targets.model import Floats, TreeModel
from saleslab.kpi.targets.required import Aim, Bundle, Reach, RequiredLevel, find_bundle, find_level
from saleslab.kpi.targets.spans import Span, look_at
from saleslab.kpi.targets.suggesting import tabulate_suggestions
from saleslab.kpi.trees.nodes import KpiTree, Quantile
from saleslab.kpi.trees.resolving import NodeFacts, resolve_nodes
from saleslab.kpi.trees.structure import find_goal
from saleslab.periods import FiscalCalendar, Period
from saleslab.tables.presence import require_columns

_NEEDED = ("metric_id", "scope_type", "scope_id", "period_start", "period_end", "value", "n")
_PLACES = (0.05, 0.1, 0.2, 0.25, 0.5, 0.75, 0.8, 0.9, 0.95)


@dataclass(frozen=True, slots=True, eq=False)
class TargetStudy:
    """What a tree and the past of its measures say about its goal.

    Attributes
    ----------
    tree, goal
        The tree, and the id of its goal.
    facts
        Of every node: words, unit, family.
    span
        The period of the goal's target, as it stands.
    as_of, seed
        The last day that is known; where the random numbers begin.
    aim
        The target and its direction.
    chance
        That the period reaches the target.
    come
        What has come of the goal in the period so far.
    landing
        Where the period lands: ``place`` (0.05 to 0.95) and ``value``.
    share_of_luck
        Part of the landing's variance that would be left if every level and month were known: the luck of finite
        numbers.
    wanted
        The chance that `required` and `bundle` are to give.
    required
        One row a measure that the goal is made of: ``node, now, required, is_feasible, chance, bound``. ``required``
        is the level that alone gives the wanted chance; where there is none within the bounds, ``bound`` and the best
        ``chance``.
    bundle
        The cheapest moves of several that together give it.
    levers
        One row a measure that the goal is made of, four lenses side by side, see `rank_levers`.
    nodes
        One row a node that something is believed of, see `tabulate_nodes`.
    suggested
        Levels reached with a chance of 80, 50 and 20 %: ``node, threshold, target, stretch``.
    coverage
        What the goal would come to if every measure reached its own target, over the goal's target; None where a target
        is missing.
    model, reaches
        Draws again with other levels; how far each measure can be moved, and at which cost.
    forecast
        How the draws go with a forecast of the goal; None where none was given. Where they overlap, ``chance``,
        ``landing`` and all else start from the forecast; where they do not, from the measures' own past.
    """

    tree: KpiTree
    goal: str
    facts: Mapping[str, NodeFacts]
    span: Span
    as_of: date
    seed: int
    aim: Aim
    chance: float
    come: float
    landing: pd.DataFrame
    share_of_luck: float
    wanted: float
    required: pd.DataFrame
    bundle: Bundle
    levers: pd.DataFrame
    nodes: pd.DataFrame
    suggested: pd.DataFrame
    coverage: float | None
    model: TreeModel
    reaches: tuple[Reach, ...]
    forecast: ForecastFit | None = None

    @property
    def is_forecast(self) -> bool:
        """Whether the chance is that of the forecast; else it is that of the measures' own past."""
        return self.forecast is not None and self.forecast.has_overlap

    @property
    def period(self) -> Period:
        """The period of the goal's target."""
        return self.span.period

    def land(self, place: float) -> float:
        """Return what the landing stays below with a chance, from the draws."""
        return float(np.quantile(self.draw_goal(), place))

    def draw_goal(
        self, levels: Mapping[str, float] | None = None, *, factors: Mapping[str, Floats] | None = None
    ) -> Floats:
        """Return what the goal may come to, with some measures moved, shape (draws,); see `TreeModel.draw_root`.

        With a forecast a draw may stand there more than once; ``factors`` have one number for each of
        ``model.n_draws``.
        """
        return self.model.draw_root(levels, factors=factors)


def study_target(
    tree: KpiTree,
    history: pd.DataFrame,
    *,
    as_of: date,
    seed: int,
    metrics: Mapping[str, Metric] | None = None,
    amounts: pd.DataFrame | None = None,
    target: float | None = None,
    wanted: float = 0.8,
    n_draws: int = 4_000,
    timezone: str = "UTC",
    forecast: npt.ArrayLike | None = None,
) -> TargetStudy:
    """Return how likely a goal is, which levels would make it likely, and what moving each measure is worth.

    Every measure that the goal's formula needs is believed from its own months (season, level, months that differ by
    more than luck); formulas carry the beliefs to the goal, finite numbers add their luck, what has come already is
    added. The same random numbers serve every question, so that differences are differences and not dice.

    Parameters
    ----------
    tree
        One goal with a target; `read_tree` gives it.
    history
        Rows of ``kpi_values`` of the company, one a measure and month; `measure` gives them. A row of the month that
        runs (``period_end`` after ``as_of``) counts as what has come of it so far. A measure joins a node by
        ``metric_id``.
    as_of
        The last day that is known; values measured later are left out.
    seed
        Equal seeds give equal answers.
    metrics
        Where nodes leave out unit and direction; the shipped library if None.
    amounts
        Single amounts of means such as the deal size: ``metric_id, at, value``.
    target
        In place of the tree's own.
    wanted
        Chance that required levels are to give.
    n_draws
        Draws; 4,000 leave a chance off by .008 at the most, in two of three cases.
    timezone
        Where the company is: the days of ``amounts``, which are UTC, are those of this zone.
    forecast
        What the goal's period comes to by a forecast that knows more than months do, such as one of open deals: equally
        likely totals, shape (any number,). The goal then has its chance, and levers and levels start from there, see
        `conditioning`. Of a period that is over it changes nothing.

    Raises
    ------
    BadArgument
        If the tree has no goal or two, the goal has no target with a period that can be read, or ``wanted`` is no
        chance.
    NotEnoughData
        If a measure that the goal is made of has fewer than six months.

    Examples
    --------
    >>> from saleslab.kpi import override_tree, read_template
    >>> goal = {"target": {"period": "2026Q3", "target": 60}}
    >>> tree = override_tree(read_template("inside_sales"), {"won_amount": goal})
    >>> starts = pd.date_range("2025-04-01", "2026-09-01", freq="MS")
    >>> month = {"scope_type": "company", "scope_id": "company", "period_start": starts}
    >>> month |= {"period_end": starts + pd.offsets.MonthEnd(1), "denominator": None, "numerator": None}
    >>> rows = [("n_decided", 40, 40, None, None), ("win_rate", 0.25, 40, 10, 40), ("deal_size", 2.0, 10, 20, 10)]
    >>> names = ["metric_id", "value", "n", "numerator", "denominator"]
    >>> history = pd.concat([pd.DataFrame({**month, **dict(zip(names, row, strict=True))}) for row in rows])
    >>> study = study_target(tree, history, as_of=date(2026, 9, 30), seed=7)
    >>> round(study.chance, 1), round(study.land(0.5), -1)
    (0.5, 60.0)
    """
    if not 0 < wanted < 1:
        raise BadArgument(f"wanted is {wanted}.", "give a chance between 0 and 1, such as 0.8.")
    case = _open_case(tree, history, metrics, amounts, as_of=as_of, n_draws=n_draws, seed=seed, timezone=timezone)
    return _answer(case, _find_aim(case, target), wanted, forecast)


def land_goal(
    tree: KpiTree,
    history: pd.DataFrame,
    *,
    as_of: date,
    seed: int,
    metrics: Mapping[str, Metric] | None = None,
    amounts: pd.DataFrame | None = None,
    n_draws: int = 4_000,
    timezone: str = "UTC",
) -> Floats:
    """Return what the period of a goal may come to, shape (n_draws,), and nothing else; see `study_target`."""
    case = _open_case(tree, history, metrics, amounts, as_of=as_of, n_draws=n_draws, seed=seed, timezone=timezone)
    return _build(case).draw_root()


def _open_case(
    tree: KpiTree,
    history: pd.DataFrame,
    metrics: Mapping[str, Metric] | None,
    amounts: pd.DataFrame | None,
    *,
    as_of: date,
    n_draws: int,
    seed: int,
    timezone: str,
) -> Case:
    require_columns(history, *_NEEDED, of="history (kpi.measure)")
    facts = resolve_nodes(tree, library() if metrics is None else metrics)
    goal = find_goal(tree)
    begun = history.loc[pd.to_datetime(history["period_start"]) <= pd.Timestamp(as_of)]
    known = keep_known(begun, as_of=as_of)
    return Case(
        tree=tree,
        goal=goal,
        facts=facts,
        history=known,
        beliefs=believe_nodes(tree, facts, known, as_of=as_of, amounts=amounts, timezone=timezone),
        span=look_at(_find_period(tree, goal), known, FiscalCalendar(tree.fiscal.year_start_month), as_of=as_of),
        as_of=as_of,
        n_draws=n_draws,
        seed=seed,
    )


def _build(case: Case) -> TreeModel:
    return build_model(
        case.tree, case.facts, case.history, case.beliefs, case.span,
        root=case.goal, n_draws=case.n_draws, seed=case.seed,
    )  # fmt: skip


def _answer(case: Case, aim: Aim, wanted: float, forecast: npt.ArrayLike | None) -> TargetStudy:
    model, fit = _build(case), None
    if forecast is not None and case.span.ahead:
        fit = fit_forecast(model.draw_root(), forecast, aim=aim)
        model = model.condition(fit.rows) if fit.has_overlap else model
    drawn = model.draw()
    totals = drawn.totals[case.goal]
    reaches = lay_reaches(case, model) if case.span.ahead else ()
    nodes = judge_nodes(case, model, drawn)
    draws = {name: one.draws for name, one in nodes.items() if one.draws is not None}
    return TargetStudy(
        tree=case.tree,
        goal=case.goal,
        facts=case.facts,
        span=case.span,
        as_of=case.as_of,
        seed=case.seed,
        aim=aim,
        chance=aim.chance(totals),
        come=model.come.get(case.goal, 0.0),
        landing=pd.DataFrame({"place": _PLACES, "value": np.quantile(totals, _PLACES)}),
        share_of_luck=_share_of_luck(model.expect_totals(drawn), totals),
        wanted=wanted,
        required=_tabulate_required([find_level(model, aim, reach, wanted=wanted) for reach in reaches]),
        bundle=find_bundle(model, aim, reaches, wanted=wanted),
        levers=tabulate_levers(find_levers(case, model, aim, drawn, reaches)),
        nodes=tabulate_nodes(nodes),
        suggested=tabulate_suggestions(draws, {name: case.direction_of(name) for name in draws}),
        coverage=cover_target(case),
        model=model,
        reaches=reaches,
        forecast=fit,
    )


def _find_period(tree: KpiTree, goal: str) -> Period:
    target = tree.nodes[goal].target
    if target is None:
        raise BadArgument(
            f"The goal {goal} of the tree {tree.tree} has no target.", "give it a 'target' with 'period' and 'target'."
        )
    return FiscalCalendar(tree.fiscal.year_start_month).parse(target.period)


def _find_aim(case: Case, target: float | None) -> Aim:
    stated = case.tree.nodes[case.goal].target
    level = target if target is not None or stated is None else stated.target
    if level is None or isinstance(level, Quantile) or not np.isfinite(level):
        raise BadArgument(
            f"The goal {case.goal} has no number to reach.", "give the tree's target a number, or pass target=."
        )
    return Aim(float(level), case.direction_of(case.goal))


def _share_of_luck(expected: Floats, totals: Floats) -> float:
    """Return what expectations leave open of the totals; where nothing is open, luck has no share."""
    if np.ptp(totals) == 0:
        return 0.0
    return 1.0 if np.ptp(expected) == 0 else 1 - float(np.corrcoef(expected, totals)[0, 1]) ** 2


def _tabulate_required(levels: list[RequiredLevel]) -> pd.DataFrame:
    rows = [(one.name, one.now, one.required, one.is_feasible, one.chance, one.bound) for one in levels]
    return pd.DataFrame(rows, columns=["node", "now", "required", "is_feasible", "chance", "bound"], dtype=object)
