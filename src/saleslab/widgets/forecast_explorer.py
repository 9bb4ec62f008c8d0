"""What will this series come to, and what would reach the target? Other series, horizons and readings of gaps."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from decimal import Decimal
from html import escape
from typing import Any

import ipywidgets
import numpy as np
import pandas as pd

from saleslab.charts import render_svg
from saleslab.charts.forecasting import draw_fan
from saleslab.charts.theme import DESKTOP
from saleslab.errors import NotEnoughData, SaleslabError
from saleslab.forecasting import PanelCheck, SeriesFutures, check_panel, draw_futures, tell_remark, write_chance
from saleslab.widgets.look import Page, check_language, make_choice, make_style
from saleslab.wording import Money, Number, Text, say
from saleslab.wording.values import Value

_GAPS = ("auto", "zero", "between")
_SHOWN = 36
_WIDE: Mapping[str, Any] = {
    "style": {"description_width": "15em"},
    "layout": {"width": "auto", "max_width": "44em"},
    "continuous_update": False,
}


class ForecastExplorer(ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """Look at one series after another: its forecast, what it comes to in all, and the chance to reach a target.

    Parameters
    ----------
    panel
        Columns ``series_id, period, value``, as `read_won_series` gives them.
    horizon
        Periods ahead, at first.
    target
        What the periods ahead are to come to together; 0 for none.
    currency
        Of the values; None for plain numbers.
    lang, seed
        Language of the words; same controls and seed, same answer.

    Attributes
    ----------
    check
        The `PanelCheck`: what was repaired.
    futures
        The `SeriesFutures` that are shown; None where they cannot be had.
    table
        The forecast of the chosen series.
    total
        Low end, median and high end (four in five) of the sum of the periods ahead.
    chance_hit
        Chance to reach the target; None without one.

    Examples
    --------
    >>> months = pd.date_range("2023-01-01", periods=36, freq="MS")
    >>> panel = pd.DataFrame({"series_id": "tokyo", "period": months, "value": 100 + 10 * np.sin(np.arange(36.0))})
    >>> explorer = ForecastExplorer(panel, horizon=3, target=100.0)
    >>> explorer.chance_hit
    1.0
    >>> explorer.horizon.value = 6
    >>> len(explorer.table)
    6
    """

    def __init__(
        self,
        panel: pd.DataFrame,
        *,
        horizon: int = 3,
        target: float = 0.0,
        currency: str | None = "JPY",
        lang: str = "en",
        seed: int = 1,
    ) -> None:
        check_language(lang)
        self.panel, self.currency, self.lang, self.seed = panel, currency, lang, seed
        ids = sorted(panel["series_id"].unique(), key=str)
        if not ids:
            raise NotEnoughData("panel has no row.", "give at least one period of one series.")
        self.series = make_choice(_word("series"), lang, {one: Text.same(str(one)) for one in ids})
        self.gaps = make_choice(_word("gaps"), lang, {code: _word(f"gaps_{code}") for code in _GAPS})
        self.horizon = ipywidgets.IntSlider(
            value=horizon, min=1, max=24, description=_word("horizon").of(lang), **_WIDE
        )
        self.target = ipywidgets.FloatText(
            value=target, description=_word("target").of(lang), style=_WIDE["style"], layout=_WIDE["layout"]
        )
        self.told, self.picture = Page(), Page()
        self._seen: dict[tuple[int, str], tuple[PanelCheck, SeriesFutures]] = {}
        self._look()
        for control in (self.series, self.horizon, self.gaps, self.target):
            control.observe(self._move, names="value")
        controls = [self.series, self.horizon, self.gaps, self.target]
        super().__init__([make_style(), *controls, self.told, self.picture])

    def _move(self, change: Mapping[str, Any]) -> None:  # noqa: ARG002 - ipywidgets tells what changed
        self._look()

    def _look(self) -> None:
        """Foresee what the controls say; what cannot be foreseen is said, and the controls lead back."""
        self.check: PanelCheck | None = None
        self.futures: SeriesFutures | None = None
        self.total: tuple[float, float, float] | None = None
        self.chance_hit: float | None = None
        try:
            self.check, self.futures = self._foresee()
        except SaleslabError as error:
            told = _word("cannot", why=f"{error.what} Next: {error.next_step}")
            self.told.value, self.picture.value = f'<p class="warn">{escape(told.of(self.lang))}</p>', ""
            return
        sums = self.futures.sum_up(self._chosen)
        low, middle, high = np.quantile(sums, [0.1, 0.5, 0.9])
        self.total = (float(low), float(middle), float(high))
        if self.target.value > 0:
            self.chance_hit = float((sums >= self.target.value).mean())
        self._show()

    @property
    def _chosen(self) -> Hashable:
        chosen: Hashable = self.series.value
        return chosen

    def _foresee(self) -> tuple[PanelCheck, SeriesFutures]:
        asked = (self.horizon.value, self.gaps.value)
        if asked not in self._seen:
            check = check_panel(self.panel, gaps=self.gaps.value)
            futures = draw_futures(self.panel, horizon=asked[0], gaps=self.gaps.value, seed=self.seed)
            self._seen[asked] = (check, futures)
        return self._seen[asked]

    @property
    def table(self) -> pd.DataFrame:
        """The forecast of the chosen series, a row a period."""
        if self.futures is None:
            return pd.DataFrame(columns=["series_id", "period", "mean", "median"])
        said = self.futures.forecast
        return said[said["series_id"] == self._chosen].reset_index(drop=True)

    def _show(self) -> None:
        assert self.check is not None
        assert self.total is not None
        ends = {name: self._tell(value) for name, value in zip(("low", "total", "high"), self.total, strict=True)}
        told = [_word("told", n=self.horizon.value, **ends)]
        if self.chance_hit is not None:
            told.append(_word("chance", chance=write_chance(self.chance_hit), target=self._tell(self.target.value)))
        touched = [one for one in self.check.remarks if self._chosen in one.series_ids]
        words = "".join(f"<p><strong>{escape(text.of(self.lang))}</strong></p>" for text in told)
        notes = "".join(f'<p class="soft">{escape(tell_remark(one).of(self.lang))}</p>' for one in touched)
        self.told.value, self.picture.value = words + notes, self._draw()

    def _draw(self) -> str:
        assert self.check is not None
        past = self.check.panel[self.check.panel["series_id"] == self._chosen].tail(_SHOWN)
        spec = draw_fan(past, self.table, lang=self.lang, width=DESKTOP, currency=self.currency)
        title = _word("picture", series=str(self._chosen)).of(self.lang)
        return render_svg(spec, name="fan", width=DESKTOP, title=title)

    def _tell(self, value: float) -> Value:
        return Money(Decimal(round(value)), self.currency) if self.currency else Number(value, 0)


def _word(name: str, **values: object) -> Text:
    return say(f"forecast_pages.widget.{name}", **values)
