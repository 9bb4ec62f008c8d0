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
from saleslab.widgets.look import Page, check_language, make_style
from saleslab.wording import Points, Text, say

_STEPS = 100
_LOWEST, _HIGHEST = 0.5, 1.6
_GRID = {
    "grid_template_columns": "minmax(5em, 10em) minmax(5em, 1fr) minmax(6em, 17em)",
    "grid_gap": "0.2em 1em",
    "align_items": "center",
    "max_width": "52em",
}
_TARGET = "target"
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
    readouts
        What each slider stands at, and where it stood, in words; that of the target is called ``target``.

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
        self.target = _slide(_word(_TARGET), lang, study.aim.level)
        self._sliders = {**self.levers, _TARGET: self.target}
        self._starts = {name: slider.value for name, slider in self._sliders.items()}
        self.readouts = {name: Page() for name in self._sliders}
        self.back = ipywidgets.Button(description=_word("reset").of(lang))
        self.back.on_click(lambda _: self.reset())
        self.told = Page()
        self._look()
        for slider in self._sliders.values():
            slider.observe(self._move, names="value")
        cells = [
            part
            for name, slider in self._sliders.items()
            for part in (Page(value=escape(self._name(name).of(lang))), slider, self.readouts[name])
        ]
        super().__init__([make_style(), self.told, ipywidgets.GridBox(cells, layout=_GRID), self.back])

    def reset(self) -> None:
        """Put every slider back to where the company stands."""
        for name, slider in self._sliders.items():
            slider.value = self._starts[name]

    def _make_lever(self, name: str, now: float) -> ipywidgets.FloatSlider:
        node = self.study.tree.nodes[name]
        return _slide(label_node(self.study, name), self.lang, now, bounds=node.bounds)

    def _name(self, name: str) -> Text:
        return _word("target") if name == _TARGET else label_node(self.study, name)

    def _move(self, change: Mapping[str, Any]) -> None:  # noqa: ARG002 - ipywidgets tells what changed
        self._look()

    def _look(self) -> None:
        draws = self.study.draw_goal({name: self.levers[name].value for name in self.levers if self._is_moved(name)})
        aim = Aim(self._aimed(), self.study.aim.direction)
        self.chance = aim.chance(draws)
        low, middle, high = (float(one) for one in np.quantile(draws, [0.1, 0.5, 0.9]))
        self.landing = (low, middle, high)
        self.told.value = self._tell()
        for name, slider in self._sliders.items():
            now, level = (self._write(name, one) for one in (self._starts[name], slider.value))
            if self._is_moved(name):
                self.readouts[name].value = f"<strong>{escape(self._say('moved', now=now, level=level))}</strong>"
            else:
                self.readouts[name].value = escape(now.of(self.lang))

    def _aimed(self) -> float:
        return float(self.target.value) if self._is_moved(_TARGET) else self.study.aim.level

    def _is_moved(self, name: str) -> bool:
        """Whether somebody moved it: a browser's own arithmetic is off by less than a billionth of a step."""
        slider = self._sliders[name]
        return bool(abs(slider.value - self._starts[name]) > slider.step / 2)

    def _write(self, name: str, level: float) -> Text:
        if name == _TARGET:
            return write_level(self.study, self.study.goal, level)
        return write_pace(self.study, name, level)

    def _tell(self) -> str:
        """As many lines whatever was moved, so that no slider slips away from under the pointer."""
        low, middle, high = (write_level(self.study, self.study.goal, one) for one in self.landing)
        goal, target = label_node(self.study, self.study.goal), self._write(_TARGET, self._aimed())
        mark = _MARKS[judge_status(self.chance).colour]
        told = self._say("chance", goal=goal, target=target, chance=write_chance(self.chance))
        is_moved = any(self._is_moved(name) for name in self._sliders)
        change = self._say("change", points=Points(self.chance - self.study.chance)) if is_moved else self._say("still")
        bar, start = (f"{100 * one:.1f}%" for one in (self.chance, self.study.chance))
        return (
            f"<h3>{mark} {escape(told)}</h3>"
            f'<div class="track" style="margin-bottom:.6em"><i style="left:0;width:{bar}"></i>'
            f'<b style="left:{start}"></b></div>'
            f"<p><strong>{escape(change)}</strong></p>"
            f"<p>{escape(self._say('landing', low=low, middle=middle, high=high))}</p>"
        )

    def _say(self, name: str, **values: object) -> str:
        return _word(name, **values).of(self.lang)


def _slide(name: Text, lang: str, now: float, *, bounds: tuple[float, float] | None = None) -> ipywidgets.FloatSlider:
    """A slider from half to well above where one stands, within the bounds.

    Where one stands is one of its steps: a browser would move it to the next one, and a dial that nobody touched would
    tell of another company.
    """
    low, high = bounds or (0.0, float("inf"))
    below, above = now - max(low, _LOWEST * now), min(high, _HIGHEST * now) - now
    step = max(below, above) / _STEPS or 1.0
    ends = {"min": now - step * int(below / step), "max": now + step * int(above / step)}
    look = {"continuous_update": True, "readout": False, "layout": {"width": "auto"}, "tooltip": name.of(lang)}
    return ipywidgets.FloatSlider(value=now, step=step, **ends, **look)


def _word(name: str, **values: object) -> Text:
    return say(f"kpi_targets.dial.{name}", **values)
