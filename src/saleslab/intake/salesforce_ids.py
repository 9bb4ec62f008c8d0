"""Ids of Salesforce come with 15 letters (reports) or 18 (the API): brought to one form, so that exports join."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_SHORT = r"^[0a][A-Za-z0-9]{14}$"
_DIGITS = r"\d.*\d"
_CHECK = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345", dtype=np.uint8)


def to_long_ids(ids: pa.Array) -> pa.Array:
    """Return ids with those of 15 characters brought to 18; all else stays.

    The last three characters tell which of the first fifteen are capitals, five to a character, so that an id survives
    programs that do not tell capitals from small letters.

    Examples
    --------
    >>> to_long_ids(pa.array(["0061G00000N38JZ", "Acme"])).to_pylist()
    ['0061G00000N38JZQAZ', 'Acme']
    """
    short = pc.fill_null(
        pc.and_(pc.match_substring_regex(ids, _SHORT), pc.match_substring_regex(ids, _DIGITS)), fill_value=False
    )
    if not pc.any(short).as_py():
        return ids
    text = ids.filter(short)
    letters = np.frombuffer("".join(text.to_pylist()).encode(), dtype=np.uint8).reshape(-1, 15)
    capital = ((letters >= ord("A")) & (letters <= ord("Z"))).reshape(-1, 3, 5)
    check = _CHECK[(capital << np.arange(5)).sum(axis=2)]
    long = np.concatenate([letters, check], axis=1)
    return pc.replace_with_mask(ids, short, pa.array([row.tobytes().decode() for row in long], pa.string()))
