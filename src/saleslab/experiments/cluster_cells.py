"""From rows of units to what was drawn: clusters, or clusters in periods."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from saleslab.errors import BadArgument
from saleslab.experiments.outcomes import check_units, name_arms, name_rows
from saleslab.tables.presence import require_columns

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]

_SHOWN = 10


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """What was drawn, one entry each: a cluster, or a cluster in a period.

    Attributes
    ----------
    clusters, arms
        Id of the cluster, and name of the arm.
    sizes, sums, means
        Units, and sum and mean of their outcomes.
    others
        Columns that are taken out: blocks, periods, and the time before, which comes last.
    has_before
        Whether it does.
    strata
        Number of the look and block within which the lot was drawn.
    is_binary
        Whether all outcomes are 0 or 1.
    """

    clusters: npt.NDArray[np.object_]
    arms: npt.NDArray[np.object_]
    sizes: npt.NDArray[np.int64]
    sums: Floats
    means: Floats
    others: Floats
    has_before: bool
    strata: npt.NDArray[np.int64]
    is_binary: bool


def gather_cells(
    outcomes: pd.DataFrame,
    *,
    cluster: str,
    arm: str,
    outcome: str,
    period: str | None,
    block: str | None,
    before: str | None,
    look: str | None,
) -> Cells:
    """Return what was drawn, or raise naming everything that cannot be used."""
    import pandas as pd

    optional = [name for name in (period, block, before, look) if name]
    require_columns(outcomes, cluster, arm, outcome, *optional, of="outcomes")
    keys = [cluster, period] if period else [cluster]
    numbers = {name: _read_numbers(outcomes[name]) for name in (outcome, before) if name}
    _check_rows(outcomes, keys, arm, numbers, [name for name in (block, look) if name])
    values = numbers[outcome]
    table = pd.DataFrame({"arm": name_arms(outcomes[arm]).to_numpy(), "value": values, **_copy(outcomes, optional)})
    table["cluster"] = outcomes[cluster].to_numpy()
    if before:
        table[f"column_{before}"] = numbers[before]
    group = table.groupby(["cluster", f"column_{period}"] if period else ["cluster"], sort=True)
    cells = group.agg(
        arm=("arm", "first"),
        n=("value", "size"),
        total=("value", "sum"),
        mean=("value", "mean"),
        **{
            f"column_{name}": (f"column_{name}", "mean" if name == before else "first")
            for name in optional
            if name != period
        },
    ).reset_index()
    blocks = [name for name in ("cluster" if period else None, f"column_{period}" if period else None) if name]
    blocks += [f"column_{block}"] if block and not period else []
    dummies = [pd.get_dummies(cells[name], drop_first=True, dtype=float).to_numpy() for name in blocks]
    pre = [_standardise(cells[f"column_{before}"].to_numpy(dtype=np.float64))[:, None]] if before else []
    within = [
        cells[name] for name in (f"column_{look}", f"column_{block}", "cluster" if period else "") if name in cells
    ]
    strata = (
        pd.DataFrame(dict(enumerate(within))).groupby(list(range(len(within)))).ngroup() if within else cells["n"] * 0
    )
    return Cells(
        cells["cluster"].to_numpy(dtype=object),
        cells["arm"].to_numpy(dtype=object),
        np.asarray(cells["n"], dtype=np.int64),
        cells["total"].to_numpy(dtype=np.float64),
        cells["mean"].to_numpy(dtype=np.float64),
        np.concatenate([np.empty((len(cells), 0)), *dummies, *pre], axis=1),
        bool(before),
        np.asarray(strata, dtype=np.int64),
        bool(np.isin(values, (0.0, 1.0)).all()),
    )


def _copy(outcomes: pd.DataFrame, names: list[str]) -> dict[str, npt.NDArray[np.object_]]:
    return {f"column_{name}": outcomes[name].to_numpy() for name in names}


def _read_numbers(column: pd.Series) -> Floats:
    import pandas as pd

    return pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)


def _standardise(values: Floats) -> Floats:
    sd = float(values.std())
    return (values - values.mean()) / sd if sd > 0 else np.zeros_like(values)


def _check_rows(
    outcomes: pd.DataFrame, keys: list[str], arm: str, numbers: dict[str, Floats], constant: list[str]
) -> None:
    """Raise naming rows without a value, and clusters that are in two arms, blocks or looks."""
    findings = check_units(outcomes, arm=arm, unit=None)
    for name in [*keys, *constant]:
        findings += name_rows(outcomes[name].isna().to_numpy(dtype=bool), f"no {name}")
    for name, values in numbers.items():
        missing = outcomes[name].isna().to_numpy(dtype=bool)
        findings += name_rows(missing, f"no {name}")
        findings += name_rows(~missing & ~np.isfinite(values), f"a {name} that is no number")
    drawn = outcomes.groupby(keys)
    torn = False
    for name in [arm, *constant]:
        split = drawn[name].nunique()
        ids = [str(one) for one in split.index[split > 1]]
        if ids:
            torn = torn or name == arm
            more = ", ..." if len(ids) > _SHOWN else ""
            findings.append(f"{len(ids)} {' x '.join(keys)} in two {name}: {', '.join(ids[:_SHOWN])}{more}")
    if findings:
        step = "leave out or correct these rows (not yet known is not 0)"
        if torn:
            step += (
                "; what was drawn must be in one arm: leave such clusters out, or give period= where each changed arms "
                "by lot"
                if len(keys) == 1
                else "; a cluster must be in one arm within a period"
            )
        raise BadArgument(f"Outcomes have {'; '.join(findings)}.", f"{step}.")
