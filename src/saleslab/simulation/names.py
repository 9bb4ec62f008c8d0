"""Who they are called: invented companies and people, no two companies alike, reachable only at reserved addresses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from saleslab.simulation.columns import pick
from saleslab.simulation.streams import Ints
from saleslab.simulation.words import Words


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """Names, e-mail addresses and telephone numbers as Arrow text."""

    names: pa.Array
    emails: pa.Array
    phones: pa.Array


@dataclass(frozen=True, slots=True, eq=False)
class Companies:
    """Names of companies and the Internet domains that go with them."""

    names: pa.Array
    domains: pa.Array


def name_companies(rng: np.random.Generator, words: Words, industry: Ints) -> Companies:
    """Return one name per company, all different.

    The first companies of the list differ in their two stems; when those are used up a word is put before them, and
    when all those are used up a number behind.
    """
    n, first, second = len(industry), words.pairs("stems_first"), words.pairs("stems_second")
    n_stems, prefixes = len(first) * len(second), [("", ""), *words.pairs("prefixes")]
    order = np.concatenate([rng.permutation(n_stems) for _ in range(n // n_stems + 1)])[:n]
    lap = np.arange(n, dtype=np.int64) // n_stems
    prefix, series = lap % len(prefixes), lap // len(prefixes)
    groups = words.groups("industry_words")
    flat = [word for group in groups for word in group]
    sizes = np.array([len(g) for g in groups])
    starts = np.cumsum(sizes) - sizes
    word = starts[industry] + (order + lap) % sizes[industry]
    stems = _join(pick([p for p, _ in prefixes], prefix), pick([a + b for a, _ in first for b, _ in second], order))
    latin = _join(pick([p for _, p in prefixes], prefix), pick([a + b for _, a in first for _, b in second], order))
    number = pc.if_else(pa.array(series > 0), pc.cast(pa.array(series + 1), pa.string()), "")
    names = _with_legal_form(rng, words, stems, pick(flat, word), number)
    domains = _join(latin, number, ".", words.text("email_domain"))
    return Companies(names, domains)


def _with_legal_form(
    rng: np.random.Generator, words: Words, stems: pa.Array, trade: pa.Array, number: pa.Array
) -> pa.Array:
    before, after = words.several("legal_before"), words.several("legal_after")
    forms = [(form, "") for form in before] + [("", form) for form in after]
    weights = np.array([6.0, 1.0, 1.0, 4.0] if before else [4.0, 3.0, 2.0, 1.0])
    form = np.searchsorted(np.cumsum(weights) / weights.sum(), rng.random(len(stems)), side="right")
    gap = "" if before else " "
    body = _join(stems, gap, trade, number)
    heads = pick([head for head, _ in forms], form)
    tails = pick([f"{gap}{tail}" if tail else "" for _, tail in forms], form)
    return _join(heads, body, tails)


def name_people(
    rng: np.random.Generator, words: Words, domains: pa.Array, region: Ints, *, own: bool = False
) -> People:
    """Return one person per row at the given domains; ``own`` staff differ in surname as long as there are enough."""
    n = len(domains)
    surnames, given = words.pairs("surnames"), words.pairs("given_names")
    last, first = rng.integers(0, len(surnames), n), rng.integers(0, len(given), n)
    if own:
        last = np.concatenate([rng.permutation(len(surnames)) for _ in range(n // len(surnames) + 1)])[:n]
    last_name, first_name = pick([s for s, _ in surnames], last), pick([g for g, _ in given], first)
    japanese = bool(words.several("legal_before"))
    names = _join(last_name, " ", first_name) if japanese else _join(first_name, " ", last_name)
    lap = pa.array(np.arange(n) // len(surnames))
    number = pc.if_else(pc.equal(lap, 0), "", pc.cast(lap, pa.string())) if own else ""
    latin_first, latin_last = pick([g for _, g in given], first), pick([s for _, s in surnames], last)
    emails = _join(latin_first, ".", latin_last, number, "@", domains)
    line = pc.utf8_lpad(pc.cast(pa.array(rng.integers(0, 10_000, n)), pa.string()), 4, "0")
    return People(names, emails, _join(pick(words.several("area_codes"), region), "-", line))


def _join(*parts: pa.Array | str) -> pa.Array:
    return pc.binary_join_element_wise(*parts, "")
