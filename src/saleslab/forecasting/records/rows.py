"""Between frames of forecasts and the plain values that a log can hold."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from saleslab.errors import NotEnoughData
from saleslab.forecasting.backtests.answers import list_masses, name_bounds, read_answer
from saleslab.forecasting.backtests.period_ends import find_period_ends

Row = dict[str, Any]


def tell_rows(forecast: pd.DataFrame, *, as_of: date, model: str) -> list[Row]:
    """Return a forecast as plain rows, sorted by node and period.

    A row says ``node, period, period_end, mean, quantiles`` and as far as known ``chance_hit`` and ``target``.
    """
    if forecast.empty:
        raise NotEnoughData(f"The forecast '{model}' of {as_of} has no row.", "write down only what was forecast.")
    named = forecast.rename(columns={"node": "series_id"})
    has_ends = "period_end" in named.columns
    told = read_answer(named, method=model, as_of=as_of, with_ends=has_ends)
    if not has_ends:
        told["period_end"] = find_period_ends(told["period"], told["series_id"]).to_numpy()
    if "target" in named.columns:
        told["target"] = named["target"].to_numpy(dtype=np.float64)
    columns = {0.5: "median"} | {
        round(edge, 10): name
        for mass in list_masses(told.columns)
        for edge, name in zip(((1 - mass) / 2, (1 + mass) / 2), name_bounds(mass), strict=True)
    }
    rows = [_tell(row, columns) for row in told.to_dict("records")]
    return sorted(rows, key=lambda row: (row["node"], row["period"], row["period_end"]))


def _tell(row: Mapping[Any, Any], columns: Mapping[float, str]) -> Row:
    told: Row = {
        "node": str(row["series_id"]),
        "period": row["period"].date().isoformat(),
        "period_end": row["period_end"].date().isoformat(),
        "mean": float(row["mean"]),
        "quantiles": {f"{chance:.10g}": float(row[name]) for chance, name in sorted(columns.items())},
    }
    return told | {
        name: float(row[name]) for name in ("chance_hit", "target") if name in row and np.isfinite(row[name])
    }


def tell_came(came: pd.DataFrame) -> list[Row]:
    """Return what came (``node, period, period_end, value``) as plain rows, in their order."""
    days = {name: came[name].dt.date.map(date.isoformat) for name in ("period", "period_end")}
    plain = came.assign(**days, value=came["value"].astype("float64"))
    rows: list[Row] = plain[["node", "period", "period_end", "value"]].to_dict("records")  # type: ignore[assignment]
    return rows


def digest_rows(rows: list[Row]) -> str:
    """Return the SHA-256 of what was said, whatever the order of its rows was."""
    return hashlib.sha256(json.dumps(rows, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def widen(rows: list[Row]) -> pd.DataFrame:
    """Return plain rows as a frame with ``median`` and bounds in columns, as `measure_forecasts` takes them."""
    wide = []
    for row in rows:
        told = {name: value for name, value in row.items() if name != "quantiles"}
        for chance, value in row["quantiles"].items():
            told[_name_quantile(float(chance))] = value
        wide.append(told)
    return pd.DataFrame(wide)


def _name_quantile(chance: float) -> str:
    low, high = name_bounds(round(abs(2 * chance - 1), 10))
    return "median" if chance == 0.5 else low if chance < 0.5 else high
