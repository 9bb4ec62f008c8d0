"""A play as a file: when it applies, what to do, and why one may believe that it works."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from saleslab.kpi.declared_files import read_declared, refuse_file
from saleslab.kpi.yaml_files import YamlFile
from saleslab.wording import Text

Direction = Literal["up", "down"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Evidence(_Part):
    """What a play changed, and where that was found.

    Attributes
    ----------
    source_id
        The experiment, initiative or analysis; new numbers of it replace those of the card.
    metric_id, direction
        What was to move, and in which direction it is good.
    estimate, low, high, mass
        The effect, with its range and the chance that it holds the truth.
    n
        Of how many cases.
    as_of
        The day on which that was known.
    """

    source_id: Annotated[str, Field(min_length=1)]
    metric_id: Annotated[str, Field(min_length=1)]
    direction: Direction = "up"
    estimate: float
    low: float
    high: float
    mass: Annotated[float, Field(gt=0, lt=1)] = 0.9
    n: Annotated[int, Field(ge=1)]
    as_of: date

    @model_validator(mode="after")
    def _refuse_disorder(self) -> Evidence:
        if not self.low <= self.estimate <= self.high:
            raise ValueError("the estimate does not lie between low and high")
        return self


class Card(_Part):
    """One play.

    Attributes
    ----------
    card
        Its id.
    title, move
        What people call it, and what to do, in both languages.
    segment, stage
        Where it applies; None is everywhere.
    evidence
        What speaks for it; none makes it an anecdote.
    links
        Files beside the card, or https addresses, where more is said.
    expires_on
        The day from which it must be looked at again.
    owner_id
        Who keeps it up to date.
    """

    card: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
    title: Text
    move: Text
    segment: str | None = None
    stage: str | None = None
    evidence: Annotated[tuple[Evidence, ...], Field(max_length=50)] = ()
    links: Annotated[tuple[str, ...], Field(max_length=50)] = ()
    expires_on: date
    owner_id: str | None = None


def read_card(path: Path | str, *, root: Path | str | None = None) -> Card:
    """Return the play that a YAML file holds.

    Parameters
    ----------
    path
        The file.
    root
        Folder that links must not leave; the file's own unless told.

    Raises
    ------
    FileProblem
        If the file cannot be read, is no card, or has a link to a file that is not there; all at once, with lines.
    """
    card, file = read_declared(path, Card)
    if broken := _find_broken_links(card, file, Path(root) if root is not None else file.path.parent):
        raise refuse_file(file, broken)
    return card


def _find_broken_links(card: Card, file: YamlFile, root: Path) -> list[str]:
    faults = []
    for at, link in enumerate(card.links):
        if link.startswith("https://"):
            continue
        target = (file.path.parent / link.partition("#")[0]).resolve()
        place = file.locate(("links", at))
        if not target.is_relative_to(root.resolve()):
            faults.append(f"{place}: link {at + 1} leaves the playbook")
        elif not target.is_file():
            faults.append(f"{place}: link {at + 1} is broken")
    return faults
