"""Who gets a place, when each room has so many of them, some must have theirs in a room of their own, and a few are
left to chance?

Items are bound to one room or free to go into any. Without this freedom the best of each room would be taken; with it
the rule is: taken one by one from the best, an item gets a place while its own room and the house have one left. That
greedy rule is exactly optimal (the sets that fit are a laminar matroid; Edmonds 1971), whatever the merits.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from saleslab.errors import BadArgument

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

FREE = -1
"""The room of an item that may go into any."""


def take_places(room: npt.ArrayLike, places: npt.ArrayLike) -> Bools:
    """Return which items get a place, the best items first.

    Parameters
    ----------
    room
        Number of each item's room, -1 where it is free; the items in falling order of merit.
    places
        How many places each room has.

    Examples
    --------
    >>> take_places([0, 0, -1, 1, -1], [1, 2]).tolist()
    [True, False, True, True, False]
    """
    rooms, limits = _check(room, places)
    fits = np.zeros(len(rooms), dtype=bool)
    fits[rooms == FREE] = True
    for number, limit in enumerate(limits):
        fits[np.flatnonzero(rooms == number)[:limit]] = True
    return np.asarray(fits & (np.cumsum(fits) <= limits.sum()), dtype=bool)


def reserve_places(places: npt.ArrayLike, share: float) -> Integers:
    """Return how many places of each room are left to chance: a share of all, rounded up, spread by size.

    One place at least stays with the best.

    Examples
    --------
    >>> reserve_places([40, 40, 20], 0.05).tolist()
    [2, 2, 1]
    """
    if not 0 <= share < 1:
        raise BadArgument(f"A share of {share} cannot be left to chance.", "give a number from 0 to below 1.")
    limits = np.asarray(places, dtype=np.int64)
    total = int(limits.sum())
    n = max(min(int(np.ceil(share * total - 1e-9)), total - 1), 0)
    exact = limits * (n / max(total, 1))
    reserved: Integers = np.floor(exact + 1e-9).astype(np.int64)
    rest = np.argsort(-(exact - reserved), kind="stable")[: n - int(reserved.sum())]
    reserved[rest] += 1
    return reserved


def draw_places(room: npt.ArrayLike, places: npt.ArrayLike, rng: np.random.Generator) -> tuple[Bools, Floats]:
    """Draw items by lot, and return which were drawn and with what chance each could have been.

    The chance is the same for all, as far as the rooms allow; none has a chance of 0 unless its room has no place, so
    that a total over all is estimated without bias by the drawn ones, each divided by its chance (Horvitz & Thompson
    1952). Drawn systematically (Madow 1949), room by room, so that no room gets more than its places.

    Parameters
    ----------
    room, places
        As in `take_places`, the items in any order.
    rng
        Decides.

    Examples
    --------
    >>> drawn, chance = draw_places([-1] * 10, [2], np.random.default_rng(7))
    >>> int(drawn.sum()), chance.tolist() == [0.2] * 10
    (2, True)
    """
    rooms, limits = _check(room, places)
    order = rng.permutation(len(rooms))
    order = order[np.argsort(rooms[order], kind="stable")]
    chance = _share_chances(rooms, limits)
    reach = np.cumsum(chance[order])
    passed = np.floor(np.round(reach, 9) + rng.random())
    drawn = np.zeros(len(rooms), dtype=bool)
    drawn[order] = np.diff(np.concatenate([[0.0], passed])) > 0
    return drawn, chance


def _share_chances(rooms: Integers, limits: Integers) -> Floats:
    """Return the chance of each item: one level for all, less where a room's own items are more than its places."""
    sizes = np.bincount(rooms[rooms != FREE], minlength=len(limits))
    n_free = int((rooms == FREE).sum())
    full = np.zeros(len(limits), dtype=bool)
    while True:
        n_level = int(sizes[~full].sum()) + n_free
        level = min(float(limits.sum() - limits[full].sum()) / max(n_level, 1), 1.0)
        overfull = ~full & (sizes * level > limits * (1 + 1e-12))
        if not overfull.any():
            break
        full |= overfull
    by_room = np.where(full, limits / np.maximum(sizes, 1), level)
    return np.where(rooms == FREE, level, by_room[rooms])


def deal_places(room: npt.ArrayLike, places: npt.ArrayLike) -> Integers:
    """Return the room of every item: its own, or for the free the room that is emptiest when their turn comes.

    Parameters
    ----------
    room, places
        As in `take_places`; all of the items must fit.

    Examples
    --------
    >>> deal_places([-1, -1, 0, -1], [2, 2]).tolist()
    [0, 1, 0, 1]
    """
    rooms, limits = _check(room, places)
    bound = np.bincount(rooms[rooms != FREE], minlength=len(limits))
    if (bound > limits).any() or len(rooms) > limits.sum():
        raise BadArgument(f"{len(rooms)} items do not fit into {int(limits.sum())} places.", "take fewer.")
    left, used = (limits - bound).astype(np.int64), np.zeros(len(limits))
    dealt = rooms.copy()
    for place, own in enumerate(rooms):
        if own == FREE:
            fullness = np.where(left > 0, used / np.maximum(limits, 1), np.inf)
            dealt[place] = int(np.argmin(fullness))
            left[dealt[place]] -= 1
        used[dealt[place]] += 1
    return dealt


def _check(room: npt.ArrayLike, places: npt.ArrayLike | Sequence[int]) -> tuple[Integers, Integers]:
    rooms, limits = np.asarray(room, dtype=np.int64), np.asarray(places, dtype=np.int64)
    if rooms.ndim != 1 or limits.ndim != 1 or not len(limits) or (limits < 0).any():
        raise BadArgument("Rooms and places do not fit together.", "give the room of each item, and places from 0 up.")
    if ((rooms < FREE) | (rooms >= len(limits))).any():
        raise BadArgument(
            f"{int(((rooms < FREE) | (rooms >= len(limits))).sum())} items are bound to a room that does not exist.",
            f"give numbers from 0 to {len(limits) - 1}, or -1.",
        )
    return rooms, limits
