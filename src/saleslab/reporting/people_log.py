"""What did earlier pages tell of the same people, and who could be had by subtracting one page from the other?

Within a page nothing gives a few people away; two pages can. Whatever pages told of people is noted in a log beside the
runs: tables, groups and how many people, and nothing else. A page on which a group has a few people more or fewer than
on an earlier one is published, since customers come and go every week, but whoever publishes it is told which groups
those are; a strict run is refused. The page itself does not say it: that would tell readers where to look.

Counts show a difference only where people came or went. A group that lost five and won five has the same number; and
pages with other settings, such as other segments, are not compared. `docs/privacy.md` says what follows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from saleslab.errors import GateClosed
from saleslab.reporting.blocks import Block, Headline, People
from saleslab.reporting.canonical import Json, digest
from saleslab.reporting.manifest import Inputs
from saleslab.warehouse import AppendLog
from saleslab.warehouse.append_log import Note

PEOPLE_LOG = "people.jsonl"
"""Name of the log, in the folder of all reports."""

_KIND = "people"
_SAME_CUT = ("as_of", "seed")
"""Parameters that do not change which groups a page tells of."""

_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class NearGroup:
    """A group that an earlier page told of with a few people more or fewer.

    Attributes
    ----------
    table, group
        Which one.
    n, n_before
        How many people now, and then.
    as_of_before
        Day of the earlier page.
    """

    table: str
    group: str
    n: int
    n_before: int
    as_of_before: str

    def __str__(self) -> str:
        return f"{self.table} {self.group} ({self.n}; {self.n_before} on {self.as_of_before})"


def find_near_groups(file: Path, inputs: Inputs, blocks: Sequence[Block]) -> tuple[NearGroup, ...]:
    """Return the groups of a page that differ from those of earlier pages by fewer people than the floor.

    Raises
    ------
    WarehouseError
        When the log was changed after it was written.
    """
    page = _find_page(blocks)
    if page is None:
        return ()
    found: dict[tuple[str, str], NearGroup] = {}
    for entry in AppendLog(file).read(kind=_KIND, subject=inputs.report):
        told = entry.content
        if told["cut"] != _cut(inputs):
            continue
        for table in page.tables:
            before = told["tables"].get(table.table, {})
            for group, n in table.groups:
                away = abs(n - before.get(group, n))
                if 0 < away < max(page.floor, told["floor"]):
                    near = NearGroup(table.table, group, n, before[group], told["as_of"])
                    nearest = found.setdefault((table.table, group), near)
                    if away < abs(nearest.n - nearest.n_before):
                        found[table.table, group] = near
    return tuple(found.values())


def note_people(file: Path, inputs: Inputs, blocks: Sequence[Block], *, at: datetime) -> None:
    """Note what a page tells of people: once for each run, and nothing of a page that tells of none."""
    page, log = _find_page(blocks), AppendLog(file)
    if page is None or any(
        entry.content["run_key"] == inputs.run_key for entry in log.read(kind=_KIND, subject=inputs.report)
    ):
        return
    head = next(block for block in blocks if isinstance(block, Headline))
    content: dict[str, Any] = {
        "run_key": inputs.run_key,
        "as_of": head.as_of.isoformat(),
        "cut": _cut(inputs),
        "floor": page.floor,
        "tables": {table.table: dict(table.groups) for table in page.tables},
    }
    log.append([Note(_KIND, inputs.report, content)], at=at)


def insist_on_distance(near: Sequence[NearGroup]) -> None:
    """Refuse a page from which, with an earlier one, a few people could be had.

    Examples
    --------
    >>> insist_on_distance([NearGroup("segments", "b", 31, 30, "2026-10-31")])
    Traceback (most recent call last):
    saleslab.errors.GateClosed: With an earlier page 1 groups give a few people away: segments b (31; 30 on 2026-10-31).
      Next: wait until more people have answered, or run without --strict and mind who has read the earlier page.
    """
    if near:
        more = f" and {len(near) - _MOST_NAMED} more" if len(near) > _MOST_NAMED else ""
        raise GateClosed(
            f"With an earlier page {len(near)} groups give a few people away: "
            f"{', '.join(map(str, near[:_MOST_NAMED]))}{more}.",
            "wait until more people have answered, or run without --strict and mind who has read the earlier page.",
        )


def write_near(near: Sequence[NearGroup]) -> list[Any]:
    """Return near groups as JSON."""
    return [asdict(one) for one in near]


def _find_page(blocks: Sequence[Block]) -> People | None:
    return next((block for block in blocks if isinstance(block, People)), None)


def _cut(inputs: Inputs) -> str:
    """Return what stands for the settings of a page that decide which groups it tells of."""
    settings: dict[str, Json] = {name: value for name, value in inputs.parameters.items() if name not in _SAME_CUT}
    return digest(settings)[:16]
