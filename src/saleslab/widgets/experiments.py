"""Sliders for experiments: how long must it run, and what would have to be believed for another verdict?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from html import escape
from typing import Any

import ipywidgets

from saleslab.charts import experiments as charts
from saleslab.charts import render_svg
from saleslab.charts.theme import DESKTOP
from saleslab.experiments import (
    Decision,
    Expectation,
    ExperimentPlan,
    Metric,
    RateComparison,
    SamplePlan,
    Stakes,
    compare_rate_counts,
    decide,
    plan_sample,
    tell_chance,
    write_lift,
)
from saleslab.widgets.look import Page, check_language, make_choice, make_slider, make_style
from saleslab.wording import Money, Number, Share, Text, say, write

PRIORS: Mapping[str, tuple[float, float]] = {"jeffreys": (0.5, 0.5), "flat": (1.0, 1.0), "sceptical": (2.0, 18.0)}
"""Priors of a rate from which the explorer lets one choose."""

_RUNS = 200
"""Trials simulated at each size while a slider moves; a report takes thousands."""


def _word(name: str) -> Text:
    return say(f"experiments.widget.{name}")


def _slider(name: str, lang: str, value: float, *, least: float, most: float, step: float) -> ipywidgets.FloatSlider:
    options = {"readout_format": ".1%"} if most <= 1 else {}
    return make_slider(_word(name), lang, value, min=least, max=most, step=step, **options)


class ExperimentPlanner(ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """How long must a test of a rate run? Move a slider and read off weeks and chances.

    Parameters
    ----------
    baseline, lift, units_per_month, assurance
        Where the sliders stand at first: the rate today, the lift that is believed, units a month, the chance asked.
    lang
        ``en`` or ``ja``.
    seed
        Same sliders, same answer.

    Attributes
    ----------
    answer
        The `SamplePlan` that is shown.

    Examples
    --------
    >>> planner = ExperimentPlanner(baseline=0.1, lift=0.05)
    >>> before = planner.answer.weeks
    >>> planner.sliders["lift"].value = 0.1
    >>> planner.answer.weeks < before
    True
    """

    def __init__(
        self,
        *,
        baseline: float = 0.1,
        lift: float = 0.03,
        units_per_month: float = 400,
        assurance: float = 0.8,
        lang: str = "en",
        seed: int = 1,
    ) -> None:
        check_language(lang)
        self.lang, self.seed = lang, seed
        self.sliders = {
            "baseline": _slider("baseline", lang, baseline, least=0.005, most=0.9, step=0.005),
            "lift": _slider("lift", lang, lift, least=0.005, most=0.3, step=0.005),
            "units_per_month": _slider("units_per_month", lang, units_per_month, least=20, most=5_000, step=10),
            "assurance": _slider("assurance", lang, assurance, least=0.5, most=0.95, step=0.05),
        }
        self.told, self.picture = Page(), Page()
        for slider in self.sliders.values():
            slider.observe(self._move, names="value")
        self.answer = self._plan()
        self._show()
        super().__init__([make_style(), *self.sliders.values(), self.told, self.picture])

    def _plan(self) -> SamplePlan:
        now = {name: float(slider.value) for name, slider in self.sliders.items()}
        lift = min(now["lift"], 0.99 - now["baseline"])
        return plan_sample(
            Expectation("rate", now["baseline"], lift),
            units_per_month=now["units_per_month"],
            assurance=now["assurance"],
            n_runs=_RUNS,
            seed=self.seed,
        )

    def _move(self, change: Mapping[str, Any]) -> None:  # noqa: ARG002 - ipywidgets tells what changed
        self.answer = self._plan()
        self._show()

    def _show(self) -> None:
        one = self.answer
        if one.weeks is None or one.n_units is None:
            told = say("experiments.cli.never", target=Share(one.target, 0), chance=Share(one.assurance, 0))
        else:
            told = say("experiments.cli.enough", target=Share(one.target, 0), n=one.n_units, weeks=Number(one.weeks))
        self.told.value = f"<p><strong>{escape(told.of(self.lang))}</strong></p>"
        self.picture.value = _draw(charts.draw_assurance(one, lang=self.lang, width=DESKTOP), "planner")


class ReadoutExplorer(ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """How far does a verdict hang on what is assumed? Counts stay, prior, smallest effect and worth move.

    Parameters
    ----------
    successes, trials
        Counts of each arm.
    control
        The arm that the others are compared with.
    units_per_month
        How many units a month the decision touches.
    currency, lang
        Of what is told.

    Attributes
    ----------
    comparison, decision
        What is shown: at the end of a test that was planned with these stakes.

    Examples
    --------
    >>> explorer = ReadoutExplorer({"old": 20, "new": 34}, {"old": 200, "new": 200}, control="old")
    >>> str(explorer.decision.verdict)
    'ship'
    >>> explorer.sliders["worth"].value = 1_000_000
    >>> explorer.decision.monthly_loss > 10_000
    True
    """

    def __init__(
        self,
        successes: Mapping[str, int],
        trials: Mapping[str, int],
        *,
        control: str,
        units_per_month: float = 200,
        currency: str = "JPY",
        lang: str = "en",
    ) -> None:
        check_language(lang)
        self.successes, self.trials, self.control = dict(successes), dict(trials), control
        self.units_per_month, self.currency, self.lang = units_per_month, currency, lang
        priors = {name: say(f"experiments.assumption.{name}") for name in PRIORS}
        self.prior = make_choice(_word("prior"), lang, priors)
        self.sliders = {
            "minimum_effect": _slider("minimum_effect", lang, 0.01, least=0.0, most=0.2, step=0.005),
            "worth": _slider("worth", lang, 30_000, least=1_000, most=2_000_000, step=1_000),
            "tolerated_loss": _slider("tolerated_loss", lang, 50_000, least=1_000, most=1_000_000, step=1_000),
        }
        self.told = Page()
        for control_of in (self.prior, *self.sliders.values()):
            control_of.observe(self._move, names="value")
        self.comparison, self.decision = self._judge()
        self._show()
        super().__init__([make_style(), self.prior, *self.sliders.values(), self.told])

    def _judge(self) -> tuple[RateComparison, Decision]:
        now = {name: float(slider.value) for name, slider in self.sliders.items()}
        worth = Decimal(str(now["worth"]))
        stakes = Stakes(now["minimum_effect"], None, worth, self.units_per_month)
        compared = compare_rate_counts(
            self.successes, self.trials, control=self.control, prior=PRIORS[self.prior.value], stakes=stakes
        )
        plan = self._suppose(now, worth)
        return compared, decide(compared, plan=plan, look=plan.n_looks, at_end=True)

    def _suppose(self, now: Mapping[str, float], worth: Decimal) -> ExperimentPlan:
        """Return the plan under which the counts would have come about."""
        first = date(2026, 1, 5)
        return ExperimentPlan(
            experiment_id="explorer",
            hypothesis="What if?",
            unit="lead",
            metric=Metric("rate", "rate"),
            control=self.control,
            shares=dict.fromkeys(self.trials, 1 / len(self.trials)),
            minimum_effect=now["minimum_effect"],
            tolerated_loss=Decimal(str(now["tolerated_loss"])),
            units_per_month=self.units_per_month,
            amount_per_unit=worth,
            starts_on=first,
            ends_on=first + timedelta(days=90),
            horizon=0,
            currency=self.currency,
        )

    def _move(self, change: Mapping[str, Any]) -> None:  # noqa: ARG002 - ipywidgets tells what changed
        self.comparison, self.decision = self._judge()
        self._show()

    def _show(self) -> None:
        best = next(one for one in self.comparison.contrasts if one.treatment == self.decision.treatment)
        gain = self._stakes().price(best.lift) or Decimal(0)
        lines: list[Text] = [
            self.decision.sentence,
            say(
                "experiments.widget.told",
                chance=tell_chance(best.chance_better),
                lift=write_lift(best.lift, "rate", self.currency),
                low=write_lift(best.interval.low, "rate", self.currency),
                high=write_lift(best.interval.high, "rate", self.currency),
                gain=Money(gain, self.currency),
            ),
        ]
        first, second = (escape(write(line, self.lang)) for line in lines)
        self.told.value = f"<p><strong>{first}</strong></p><p>{second}</p>"

    def _stakes(self) -> Stakes:
        return Stakes(0.0, None, Decimal(str(self.sliders["worth"].value)), self.units_per_month)


def _draw(spec: Mapping[str, Any], name: str) -> str:
    return render_svg(spec, name=name, width=DESKTOP)
