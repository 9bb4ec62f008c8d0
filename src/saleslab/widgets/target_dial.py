"""What if? Move a measure or the target and see the chance of the goal follow, with the same luck all the time."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import ipywidgets
import numpy as np

from saleslab.errors import NotEnoughData
from saleslab.kpi import TargetStudy, judge_status, write_chance
from saleslab.kpi.targets.pictures import label_node, write_level, write_pace
from saleslab.kpi.targets.required import Aim
from saleslab.widgets.look import Page, check_language, make_slider, make_style
from saleslab.wording import Points, Text, say

_STEPS = 100
_LOWEST, _HIGHEST = 0.5, 1.6
_MARKS = {"green": "●", "amber": "▲", "red": "■", "withheld": "?"}


class TargetDial(ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """Drag a measure or the target: the chance of the goal and where it lands move at once.

    Parameters
    ----------
    study
        From `study_target`, of a period that is not over.
    lang
        Language of the words.

    Attributes
    ----------
    levers
        A slider for every measure that the goal is made of, by its id.
    target
        The slider of the target.
    chance
        Of the goal, as the sliders stand.
    landing
        Low end, middle and high end (eight times out of ten).

    Notes
    -----
    A measure that was not moved keeps its doubt; one that was moved is taken to be known. `reset` puts all back.
    """

    def __init__(self, study: TargetStudy, *, lang: str = "en") -> None:
        check_language(lang)
        if not study.reaches:
            raise NotEnoughData("The period of the study is over.", "study a period that still lies ahead.")
        self.study, self.lang = study, lang
        self.levers = {reach.name: self._make_lever(reach.name, reach.now) for reach in study.reaches}
        self._starts = {name: slider.value for name, slider in self.levers.items()}
        self.target = _slide(_word("target"), lang, study.aim.level, study.aim.level)
        self.back = ipywidgets.Button(description=_word("reset").of(lang))
        self.back.on_click(lambda _: self.reset())
        self.told = Page()
        self._look()
        for slider in (*self.levers.values(), self.target):
            slider.observe(self._move, names="value")
        super().__init__([make_style(), self.told, *self.levers.values(), self.target, self.back])

    def reset(self) -> None:
        """Put every slider back to where the company stands."""
        for name, slider in self.levers.items():
            slider.value = self._starts[name]
        self.target.value = self.study.aim.level

    def _make_lever(self, name: str, now: float) -> ipywidgets.FloatSlider:
        node = self.study.tree.nodes[name]
        return _slide(label_node(self.study, name), self.lang, now, now, bounds=node.bounds)

    def _move(self, change: Mapping[str, Any]) -> None:  # noqa: ARG002 - ipywidgets tells what changed
        self._look()

    def _look(self) -> None:
        moved = {name: slider.value for name, slider in self.levers.items() if slider.value != self._starts[name]}
        draws = self.study.draw_goal(moved)
        aim = Aim(self.target.value, self.study.aim.direction)
        self.chance = aim.chance(draws)
        low, middle, high = (float(one) for one in np.quantile(draws, [0.1, 0.5, 0.9]))
        self.landing = (low, middle, high)
        self.told.value = self._tell(moved)

    def _tell(self, moved: Mapping[str, float]) -> str:
        low, middle, high = (write_level(self.study, self.study.goal, one) for one in self.landing)
        goal = label_node(self.study, self.study.goal)
        target = write_level(self.study, self.study.goal, self.target.value)
        mark = _MARKS[judge_status(self.chance).colour]
        told = self._say("chance", goal=goal, target=target, chance=write_chance(self.chance))
        lines = [
            f"<h3>{mark} {escape(told)}</h3>",
            f'<div class="track"><i style="left:0;width:{100 * self.chance:.1f}%"></i></div>',
            f"<p>{escape(self._say('landing', low=low, middle=middle, high=high))}</p>",
        ]
        for name, level in moved.items():
            stands = {"now": self._starts[name], "level": level}
            words = {place: write_pace(self.study, name, one) for place, one in stands.items()}
            told = self._say("moved", measure=label_node(self.study, name), **words)
            lines.append(f'<p class="soft">{escape(told)}</p>')
        if moved or self.target.value != self.study.aim.level:
            told = self._say("change", points=Points(self.chance - self.study.chance))
            lines.append(f"<p><strong>{escape(told)}</strong></p>")
        return "".join(lines)

    def _say(self, name: str, **values: object) -> str:
        return _word(name, **values).of(self.lang)


def _slide(
    name: Text, lang: str, now: float, value: float, *, bounds: tuple[float, float] | None = None
) -> ipywidgets.FloatSlider:
    """A slider from half to well above where one stands, within the bounds; its value is exactly where one stands."""
    low, high = bounds or (0.0, float("inf"))
    first, last = max(low, _LOWEST * now), min(high, _HIGHEST * now)
    step = (last - first) / _STEPS if last > first else 1.0
    form = ",.0f" if now >= 100 else ".3f"
    return make_slider(name, lang, value, min=min(first, now), max=max(last, now), step=step, readout_format=form)


def _word(name: str, **values: object) -> Text:
    return say(f"kpi_targets.dial.{name}", **values)
