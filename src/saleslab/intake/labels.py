"""Names of columns, files and values, brought to one form before they are compared.

``StageName``, ``stage_name``, ``Stage Name`` and full-width ``Ｓｔａｇｅ　Ｎａｍｅ`` are the same name; so are
``商談 所有者`` and ``商談所有者``.
"""

from __future__ import annotations

import re
import unicodedata
from fnmatch import fnmatchcase
from functools import lru_cache

_SEPARATORS = re.compile(r"[\s_\-./:：・()（）\[\]{}#*'\"]+")
_SYNC_PREFIX = re.compile(r"^property_", re.IGNORECASE)
_TRAILING_DATE = re.compile(r"[_\- ]*\(?\d[\d_\- ]*\)?$")


@lru_cache(maxsize=50_000)
def normal_name(name: str) -> str:
    """Return the form in which two names of columns are compared.

    Examples
    --------
    >>> normal_name("Stage Name") == normal_name("stage_name") == normal_name("ＳｔａｇｅＮａｍｅ")
    True
    >>> normal_name("property_dealname"), normal_name("確度 (%)")
    ('dealname', '確度%')
    """
    folded = unicodedata.normalize("NFKC", name).strip().casefold()
    return _SEPARATORS.sub("", _SYNC_PREFIX.sub("", folded))


@lru_cache(maxsize=10_000)
def normal_file(stem: str) -> str:
    """Return the form in which a file's name, without its ending, is compared; a date at its end is left out.

    Examples
    --------
    >>> normal_file("Opportunity Export 2026-11-24"), normal_file("商談（3）")
    ('opportunity_export', '商談')
    """
    folded = unicodedata.normalize("NFKC", stem).strip().casefold()
    undated = _TRAILING_DATE.sub("", folded) or folded
    return re.sub(r"[\s\-]+", "_", undated).strip("_")


def file_fits(stem: str, patterns: tuple[str, ...]) -> bool:
    """Say whether a file's name, without its ending, fits one of the patterns of a map (``*`` stands for anything).

    Examples
    --------
    >>> file_fits("sf_opportunity_data", ("opportunity", "sf_opportunity_data"))
    True
    """
    name = normal_file(stem)
    return any(fnmatchcase(name, normal_file(pattern) or pattern) for pattern in patterns)


@lru_cache(maxsize=50_000)
def normal_value(text: str) -> str:
    """Return the form in which a cell is compared with the words of a map.

    Examples
    --------
    >>> normal_value(" Closed　Won ")
    'closed won'
    """
    return " ".join(unicodedata.normalize("NFKC", text).split()).casefold()
