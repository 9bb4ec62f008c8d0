"""Free text of one account without people in it: who is meant stands in the columns, and nowhere else.

Whoever writes a note writes names, numbers and addresses into it, of people of other companies, too. The page shows the
account's own people once, in the table made for it, to whom it may show them; text never carries any.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pandas as pd

from saleslab.customers.feedback.rows import read_people_names
from saleslab.intake.personal_traces import mask_personal
from saleslab.warehouse import Warehouse

FREE_TEXT: Mapping[str, tuple[str, ...]] = {
    "deals": ("name", "next_step"), "tasks": ("subject",), "feedback": ("text",), "timeline": ("subject", "note"),
}  # fmt: skip
"""Columns of each part in which somebody wrote what they liked."""


def mask_parts(
    lab: Warehouse, parts: Mapping[str, pd.DataFrame], *, accounts: Collection[str]
) -> dict[str, pd.DataFrame]:
    """Return the parts of a view with people blacked out wherever somebody wrote freely.

    Names are those of all colleagues and of the people of the accounts; others are seen by what stands beside them
    (`mask_personal`). Nothing is read where nothing is written.
    """
    written = {part: [name for name in FREE_TEXT.get(part, ()) if name in frame] for part, frame in parts.items()}
    if not any(parts[part][name].notna().any() for part, names in written.items() for name in names):
        return dict(parts)
    people = read_people_names(lab, accounts=accounts)
    return {
        part: frame.assign(**{name: frame[name].map(lambda text: _mask(text, people)) for name in written[part]})
        for part, frame in parts.items()
    }


def _mask(text: object, people: frozenset[str]) -> object:
    return mask_personal(text, names=people) if isinstance(text, str) else text
