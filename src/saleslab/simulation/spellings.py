"""How one name gets written twice: short legal forms, half-width letters, stray spaces, slips of the finger."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np

_LEGAL = {
    "株式会社": "（株）",
    "有限会社": "（有）",
    "合同会社": "（同）",
    "Inc.": "Incorporated",
    "Ltd.": "Limited",
    "Corp.": "Corporation",
    "LLC": "L.L.C.",
}


def respell(rng: np.random.Generator, names: Sequence[str], *, company: bool) -> list[str]:
    """Return each name in another spelling.

    Parameters
    ----------
    rng
        Source of chance.
    names
        Names as they stand.
    company
        Whether they are companies, which have legal forms to shorten; people have not.

    Examples
    --------
    >>> respell(np.random.default_rng(0), ["株式会社ソラニワ製作所"], company=True) == ["株式会社ソラニワ製作所"]
    False
    """
    ways: list[Callable[[np.random.Generator, str], str]] = [_width, _space, _slip]
    if company:
        ways = [_legal_form, _legal_form, *ways]
    respelt = []
    for name, way in zip(names, rng.integers(0, len(ways), len(names)), strict=True):
        new = ways[way](rng, name)
        respelt.append(new if new != name else _slip(rng, name))
    return respelt


def _legal_form(_: np.random.Generator, name: str) -> str:
    for full, short in _LEGAL.items():
        if full in name:
            return name.replace(full, short)
    return name


def _space(rng: np.random.Generator, name: str) -> str:
    if " " in name:
        return name.replace(" ", "　" if rng.random() < 0.5 else "", 1)
    for full in _LEGAL:
        if name.startswith(full):
            return f"{full} {name[len(full) :]}"
        if name.endswith(full):
            return f"{name[: -len(full)]}　{full}"
    return f"{name} "


def _slip(rng: np.random.Generator, name: str) -> str:
    """Double or drop one letter away from the ends of the name's longest part."""
    place = int(rng.integers(len(name) // 2, max(len(name) - 1, len(name) // 2 + 1)))
    return name[:place] + name[place] + name[place:] if rng.random() < 0.5 else name[:place] + name[place + 1 :]


def _width(_: np.random.Generator, name: str) -> str:
    """Write katakana in half width, or Latin letters in full width."""
    half = "".join(_half_width().get(letter, letter) for letter in name)
    if half != name:
        return half
    return "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in name)


@lru_cache(maxsize=1)
def _half_width() -> dict[str, str]:
    """Map each full-width katakana to its half-width spelling, by turning NFKC around."""
    single = [chr(code) for code in range(0xFF66, 0xFF9E)]
    marked = [letter + mark for letter in single for mark in "ﾞﾟ"]
    pairs = {unicodedata.normalize("NFKC", spelling): spelling for spelling in [*marked, *single]}
    return {full: spelling for full, spelling in pairs.items() if len(full) == 1}
