"""Who gets which arm: drawn by a lot that anybody can draw again.

The lot is the SHA-256 of the experiment's salt and the unit's id. It needs no list of who was drawn, gives the same arm
on every machine and every day, and is independent of the lots of all other experiments, whose salts differ.

What stays as it is when units are added:

- a plain lot: every arm, always;
- blocks: every arm of the rows that came before, since blocks are filled in the order of the rows;
- strata: only with ``assigned``, the arms drawn so far; they are kept, and new units even them out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from saleslab.errors import BadArgument, NotEnoughData, TableError
from saleslab.experiments.plans import ExperimentPlan, Unit
from saleslab.tables.presence import require_columns

if TYPE_CHECKING:
    import pandas as pd

UNIT_COLUMNS: Mapping[Unit, tuple[str, ...]] = {
    "lead": ("lead_id",),
    "account": ("account_id",),
    "rep": ("user_id",),
    "rep_week": ("user_id", "week"),
}
"""Columns that name a unit; ``week`` is the first day of a person's week."""

_RANGE = float(2**64)


@dataclass(frozen=True, slots=True)
class Assignments:
    """Arms by lot.

    Attributes
    ----------
    rows
        The units given, without those that opted out, with ``experiment_id``, ``unit_type``, ``unit_id`` and ``arm``.
    n_opted_out
        Units that were left out because somebody said no.
    counts
        Units of each arm.
    """

    rows: pd.DataFrame
    n_opted_out: int
    counts: tuple[tuple[str, int], ...]


def assign_arms(
    units: pd.DataFrame,
    *,
    plan: ExperimentPlan | None = None,
    salt: str | None = None,
    shares: Mapping[str, float] | None = None,
    unit: Unit | None = None,
    cluster: str | None = None,
    strata: Sequence[str] | None = None,
    block: int | None = None,
    opted_out: Collection[str] | pd.DataFrame = (),
    assigned: pd.DataFrame | None = None,
) -> Assignments:
    """Return the arm of each unit.

    Parameters
    ----------
    units
        One row a unit, with its id (`UNIT_COLUMNS`) and the columns of strata and cluster.
    plan
        Gives salt, shares, unit, cluster and strata; any of them may be given instead.
    salt
        Name of the lot; two experiments with different salts are independent.
    shares
        Share of each arm; they add up to 1.
    unit
        ``lead``, ``account``, ``rep`` or ``rep_week``.
    cluster
        Column that is drawn instead of the unit: all units of a cluster get one arm.
    strata
        Columns within which arms are evened out: in each stratum an arm has its share, give or take one.
    block
        Size of blocks, filled in the order of the rows (within strata): in each whole block an arm has its share, give
        or take one, so that arms stay even over time.
    opted_out
        Units that must be left out: their ids, or a frame, whose rows are found by every id column that it shares with
        ``units`` (`contact_id` finds a person under each lead). `saleslab.intake.keep_reachable` says who may
        still be reached, also under another id.
    assigned
        Rows of an earlier call; units in it keep their arm.

    Raises
    ------
    BadArgument
        When salt, shares or unit are missing, shares do not add up to 1, or blocks and earlier arms are both given.
    TableError
        When a column is missing, an id is missing or repeated, or a unit was assigned to an arm that has no share.
    NotEnoughData
        When nobody is left.

    Examples
    --------
    >>> import pandas as pd
    >>> leads = pd.DataFrame({"lead_id": [f"l:{i}" for i in range(8)], "source": ["fair", "web"] * 4})
    >>> drawn = assign_arms(leads, salt="script-2026", shares={"old": 0.5, "new": 0.5}, unit="lead", strata=["source"])
    >>> sorted(n for _, n in drawn.counts), drawn.n_opted_out
    ([4, 4], 0)
    """
    salt, share_of, unit, cluster, strata = _settle(
        plan, salt=salt, shares=shares, unit=unit, cluster=cluster, strata=strata
    )
    if block is not None and (assigned is not None or block < len(share_of)):
        raise BadArgument(
            f"Blocks of {block} with {'earlier' if assigned is not None else len(share_of)} arms cannot be drawn.",
            "give a block at least as large as the number of arms, without earlier assignments: blocks keep them.",
        )
    require_columns(units, *UNIT_COLUMNS[unit], *strata, *([cluster] if cluster else []), of="units")
    rows = units.assign(unit_type=unit, unit_id=_name_units(units, unit)).reset_index(drop=True)
    kept = rows[~_find_opted_out(rows, opted_out)].reset_index(drop=True)
    if kept.empty:
        raise NotEnoughData(f"None of {len(rows)} units may be assigned.", "widen the group, or check the opt-outs.")
    drawn = kept.drop_duplicates(cluster) if cluster else kept
    names = drawn[cluster].astype(str) if cluster else drawn["unit_id"]
    arms = _draw(
        names.tolist(),
        [tuple(map(str, row)) for row in drawn[list(strata)].itertuples(index=False)] if strata else None,
        salt=salt,
        share_of=share_of,
        block=block,
        earlier=_read_earlier(assigned, cluster or "unit_id", share_of),
    )
    arm_of = dict(zip(names, arms, strict=True))
    kept.insert(0, "experiment_id", plan.experiment_id if plan else salt)
    kept["arm"] = (kept[cluster].astype(str) if cluster else kept["unit_id"]).map(arm_of)
    counts = kept["arm"].value_counts()
    return Assignments(kept, len(rows) - len(kept), tuple((arm, int(counts.get(arm, 0))) for arm in share_of))


def _settle(
    plan: ExperimentPlan | None,
    *,
    salt: str | None,
    shares: Mapping[str, float] | None,
    unit: Unit | None,
    cluster: str | None,
    strata: Sequence[str] | None,
) -> tuple[str, dict[str, float], Unit, str | None, tuple[str, ...]]:
    """Return what was given, or else what the plan says."""
    salt = salt or (plan.salt if plan else None)
    share_of = dict(shares) if shares is not None else (plan.share_of if plan else {})
    unit = unit or (plan.unit if plan else None)
    if not salt or not share_of or unit is None or unit not in UNIT_COLUMNS:
        raise BadArgument(
            f"Arms cannot be drawn with salt '{salt}', {len(share_of)} shares and unit '{unit}'.",
            f"give a plan, or salt, shares and a unit of {', '.join(UNIT_COLUMNS)}.",
        )
    if any(share < 0 for share in share_of.values()) or abs(sum(share_of.values()) - 1) > 1e-9:
        raise BadArgument(
            f"The shares of {', '.join(share_of)} add up to {sum(share_of.values()):g}.",
            "give shares of at least 0 that add up to 1.",
        )
    cluster = cluster or (plan.cluster if plan else None)
    return salt, share_of, unit, cluster, tuple(strata if strata is not None else (plan.strata if plan else ()))


def _name_units(units: pd.DataFrame, unit: Unit) -> pd.Series:
    """Return one id for each unit; raise where one is missing or repeated."""
    import pandas as pd

    columns = list(UNIT_COLUMNS[unit])
    missing = int(units[columns].isna().any(axis=1).sum())
    if missing:
        raise TableError(
            f"{missing} of {len(units)} units have no {' or '.join(columns)}.", "fill the id, or leave the rows out."
        )
    if unit == "rep_week":
        weeks = pd.to_datetime(units["week"]).dt.strftime("%G-W%V")
        ids = units["user_id"].astype(str) + "@" + weeks
    else:
        ids = units[columns[0]].astype(str)
    repeated = ids[ids.duplicated()].unique()
    if len(repeated):
        raise TableError(
            f"{len(repeated)} units stand on several rows, such as {', '.join(map(str, repeated[:5]))}.",
            "give one row a unit.",
        )
    return ids


def _find_opted_out(rows: pd.DataFrame, opted_out: Collection[str] | pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Say which rows are among those who said no."""
    import pandas as pd

    if not isinstance(opted_out, pd.DataFrame):
        return np.asarray(rows["unit_id"].isin(list(opted_out)), dtype=np.bool_)
    shared = [name for name in opted_out.columns if name in rows.columns and str(name).endswith("_id")]
    if not shared:
        raise TableError(
            f"Opt-outs have no id column of the units; they have {', '.join(map(str, opted_out.columns))}.",
            "give lead_id, contact_id or account_id in both.",
        )
    found = np.zeros(len(rows), dtype=np.bool_)
    for name in shared:
        found |= np.asarray(rows[name].notna() & rows[name].isin(opted_out[name].dropna()), dtype=np.bool_)
    return found


def _read_earlier(assigned: pd.DataFrame | None, key: str, share_of: Mapping[str, float]) -> dict[str, str]:
    if assigned is None:
        return {}
    require_columns(assigned, key, "arm", of="assigned")
    strange = sorted(set(assigned["arm"]) - set(share_of))
    if strange:
        raise TableError(
            f"Earlier units are in arm {', '.join(strange)}, which has no share now.",
            "give every earlier arm a share; 0 closes it to new units.",
        )
    return dict(zip(assigned[key].astype(str), assigned["arm"], strict=True))


def draw_lot(salt: str, *names: str) -> float:
    """Return a number from 0 up to 1 that looks random and is the same for the same names.

    Examples
    --------
    >>> draw_lot("script-2026", "l:1") == draw_lot("script-2026", "l:1") != draw_lot("price-2026", "l:1")
    True
    """
    told = hashlib.sha256("\0".join((salt, *names)).encode()).digest()
    return int.from_bytes(told[:8], "big") / _RANGE


def _draw(
    names: list[str],
    strata: list[tuple[str, ...]] | None,
    *,
    salt: str,
    share_of: Mapping[str, float],
    block: int | None,
    earlier: Mapping[str, str],
) -> list[str]:
    """Return an arm for each name."""
    lots = np.array([draw_lot(salt, name) for name in names])
    arms = list(share_of)
    if strata is None and block is None:
        edges = np.cumsum(list(share_of.values()))
        places = np.minimum(np.searchsorted(edges, lots, side="right"), len(arms) - 1)
        return [earlier.get(name, arms[place]) for name, place in zip(names, places, strict=True)]
    members: dict[tuple[str, ...], list[int]] = {}
    for i, stratum in enumerate(strata or [()] * len(names)):
        members.setdefault(stratum, []).append(i)
    drawn = [""] * len(names)
    for stratum, inside in members.items():
        groups = [inside] if block is None else [inside[at : at + block] for at in range(0, len(inside), block)]
        for number, group in enumerate(groups):
            label = "\0".join((*stratum, str(number)))
            if block is None:
                dealt = _even_out(
                    group, names, lots, share_of=share_of, earlier=earlier, start=draw_lot(salt, "stratum", label)
                )
            else:
                dealt = _fill_block(group, block, share_of, salt, label)
            for i, arm in dealt.items():
                drawn[i] = arm
    return drawn


def _even_out(
    group: list[int],
    names: list[str],
    lots: npt.NDArray[np.float64],
    *,
    share_of: Mapping[str, float],
    earlier: Mapping[str, str],
    start: float,
) -> dict[int, str]:
    """Deal arms to the new units of a stratum, in the order of their lots, so that its shares come out even."""
    kept = {i: earlier[names[i]] for i in group if names[i] in earlier}
    new = sorted((i for i in group if i not in kept), key=lambda i: lots[i])
    held = np.array([sum(arm == other for other in kept.values()) for arm in share_of])
    lacking = np.maximum(np.array(list(share_of.values())) * len(group) - held, 0.0)
    quota = lacking * len(new) / lacking.sum() if lacking.sum() > 0 else np.zeros(len(held))
    return {**kept, **dict(zip(new, _spread(quota, list(share_of), len(new), start), strict=True))}


def _fill_block(group: list[int], size: int, share_of: Mapping[str, float], salt: str, label: str) -> dict[int, str]:
    """Deal one block's arms in an order drawn by lot; the last block may be unfinished."""
    quota = np.array(list(share_of.values())) * size
    dealt = _spread(quota, list(share_of), size, draw_lot(salt, "block", label))
    order = sorted(range(size), key=lambda place: draw_lot(salt, "place", label, str(place)))
    return {i: dealt[order[place]] for place, i in enumerate(group)}


def _spread(quota: npt.NDArray[np.float64], arms: list[str], n: int, start: float) -> list[str]:
    """Return n arms, each as often as its quota says, rounded up or down by one lot (systematic sampling)."""
    edges = np.cumsum(quota)
    places = np.searchsorted(edges, start + np.arange(n), side="right")
    return [arms[min(int(place), len(arms) - 1)] for place in places]
