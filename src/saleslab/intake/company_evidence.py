"""What two records of a company are compared by: name, domain, telephone, place, size, trade and kinship."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from saleslab.intake.blocking import Pairs, merge_pairs, pair_within, spell_keys
from saleslab.intake.contact_points import normal_address, normal_domain, normal_phone, normal_postal
from saleslab.intake.likeness import CompanyLevel, compare_companies
from saleslab.intake.name_forms import CompanyName, read_company_name
from saleslab.intake.sameness import Evidence, Field, Levels, count_by_chance, share_of_values

Words = NDArray[np.object_]

_LARGEST_BLOCK = 60

NAME = Field(
    "name",
    ("unknown", *(level.name.lower() for level in list(CompanyLevel)[1:])),
    same=(0.71, 0.015, 0.015, 0.15, 0.04, 0.01, 0.04, 0.02),
    related=(0.03, 0.03, 0.22, 0.01, 0.01, 0.40, 0.02, 0.28),
    unrelated=(1e-4, 1e-5, 1e-5, 2e-5, 1e-5, 2e-3, 2e-4, 0.99765),
)
DOMAIN = Field(
    "domain", ("unknown", "same", "differs"), same=(0.85, 0.15), related=(0.60, 0.40), unrelated=(0.001, 0.999)
)
PHONE = Field(
    "phone",
    ("unknown", "same", "shared", "differs"),
    same=(0.60, 0.05, 0.35),
    related=(0.15, 0.20, 0.65),
    unrelated=(0.001, 0.001, 0.998),
)
PLACE = Field(
    "place",
    ("unknown", "address", "postal_code", "region", "differs"),
    same=(0.40, 0.40, 0.15, 0.05),
    related=(0.08, 0.22, 0.25, 0.45),
    unrelated=(0.0005, 0.0035, 0.08, 0.916),
)
SIZE = Field(
    "size",
    ("unknown", "same", "near", "differs"),
    same=(0.45, 0.35, 0.20),
    related=(0.01, 0.14, 0.85),
    unrelated=(0.002, 0.078, 0.92),
)
INDUSTRY = Field(
    "industry", ("unknown", "same", "differs"), same=(0.85, 0.15), related=(0.55, 0.45), unrelated=(0.1, 0.9)
)
KINSHIP = Field(
    "kinship", ("unknown", "linked", "none"), same=(0.01, 0.99), related=(0.40, 0.60), unrelated=(0.001, 0.999)
)


@dataclass(frozen=True, slots=True)
class Companies:
    """Records of companies in comparable forms; every array has one entry a record, None where not known."""

    names: tuple[CompanyName, ...]
    domain: Words
    phone: Words
    postal: Words
    region: Words
    address: Words
    industry: Words
    sizes: NDArray[np.float64]
    ids: Words
    parent: Words


def read_company_records(records: pd.DataFrame, id_column: str) -> Companies:
    """Return records in comparable forms (see `saleslab.intake.find_duplicate_companies` for the columns)."""
    return Companies(
        names=tuple(read_company_name(name) for name in texts_of(records, "name")),
        domain=map_texts(records, "domain", normal_domain),
        phone=map_texts(records, "phone", normal_phone),
        postal=map_texts(records, "postal_code", normal_postal),
        region=texts_of(records, "region"),
        address=map_texts(records, "address", normal_address),
        industry=texts_of(records, "industry"),
        sizes=np.column_stack([_numbers(records, name) for name in ("employees", "annual_revenue")]),
        ids=texts_of(records, id_column),
        parent=texts_of(records, "parent_account_id"),
    )


def texts_of(records: pd.DataFrame, column: str) -> Words:
    """Return a column's values, None where there is none or no such column."""
    if column not in records.columns:
        return np.full(len(records), None, dtype=object)
    values = records[column].astype(object)
    return values.where(values.notna(), None).to_numpy(dtype=object)


def map_texts(records: pd.DataFrame, column: str, normal: Callable[[str], object]) -> Words:
    """Return a column's values in their normal form, None where there is none."""
    return np.array([None if text is None else normal(text) for text in texts_of(records, column)] or [], dtype=object)


def _numbers(records: pd.DataFrame, column: str) -> NDArray[np.float64]:
    if column not in records.columns:
        return np.full(len(records), np.nan)
    return pd.to_numeric(records[column], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)


def pair_companies(companies: Companies) -> Pairs:
    """Return the pairs of companies that share a key: name but for a letter, its start, domain, telephone, address."""
    cores = [name.core for name in companies.names]
    stems = [name.stem for name in companies.names]
    keys, owners = spell_keys(cores, shortest=4)
    start = [
        f"{core[:3]}|{postal or region}" if core and (postal or region) else None
        for core, postal, region in zip(cores, companies.postal, companies.region, strict=True)
    ]
    initials = [
        "".join(word[0] for word in name.words) if len(name.words) >= 3 else name.core for name in companies.names
    ]
    parts = [pair_within(keys, owners=owners, most=_LARGEST_BLOCK)]
    parts += [
        pair_within(np.array(values, dtype=object), most=_LARGEST_BLOCK)
        for values in (
            companies.domain,
            companies.phone,
            companies.address,
            start,
            [s or None for s in stems],
            initials,
        )
    ]
    stem_keys, stem_owners = spell_keys(stems, shortest=4)
    parts.append(pair_within(stem_keys, owners=stem_owners, most=_LARGEST_BLOCK // 2))
    return merge_pairs(parts)


def compare_company_pairs(companies: Companies, pairs: Pairs, random_pairs: Pairs) -> list[Evidence]:
    """Return how each pair compares, field by field; ``random_pairs`` tell how unrelated companies do."""
    n = len(companies.names)
    name_levels = _name_levels(companies, pairs)
    cores = np.array([name.core or None for name in companies.names], dtype=object)
    name = weigh_agreement(
        NAME, name_levels, _name_levels(companies, random_pairs), cores, pairs, exact=[CompanyLevel.SAME]
    )
    phone = compare_shared(companies.phone, pairs)
    place = _place_levels(companies, pairs)
    postal = Evidence(PLACE, place, _place_chances(companies, pairs, place, random_pairs))
    size_levels, size_random = _size_levels(companies, pairs), _size_levels(companies, random_pairs)
    kin = _kin_levels(companies, pairs)
    return [
        name,
        exact_evidence(DOMAIN, companies.domain, pairs, random_pairs),
        weigh_agreement(
            PHONE, phone, compare_shared(companies.phone, random_pairs), companies.phone, pairs, exact=[1, 2]
        ),
        postal,
        Evidence(SIZE, size_levels, count_by_chance(SIZE, size_random, n_records=n)[size_levels]),
        exact_evidence(INDUSTRY, companies.industry, pairs, random_pairs),
        Evidence(KINSHIP, kin, count_by_chance(KINSHIP, _kin_levels(companies, random_pairs), n_records=n)[kin]),
    ]


def weigh_agreement(
    field: Field, levels: Levels, at_random: Levels, values: Words, pairs: Pairs, *, exact: list[int]
) -> Evidence:
    """Return evidence whose levels of agreement are weighed by how rare the common value is."""
    by_chance = count_by_chance(field, at_random, n_records=len(values))[levels]
    agreed = np.isin(levels, exact)
    by_chance[agreed] = share_of_values(values)[pairs[agreed, 0]]
    return Evidence(field, levels, by_chance)


def exact_evidence(field: Field, values: Words, pairs: Pairs, random_pairs: Pairs) -> Evidence:
    """Return the evidence of a field that is the same or not."""
    levels, at_random = compare_exact(values, pairs), compare_exact(values, random_pairs)
    return weigh_agreement(field, levels, at_random, values, pairs, exact=[1])


def compare_exact(values: Words, pairs: Pairs) -> Levels:
    """Return 1 where both records have the same value, 2 where they differ, 0 where one has none."""
    codes, _ = pd.factorize(values, use_na_sentinel=True)
    left, right = codes[pairs[:, 0]], codes[pairs[:, 1]]
    levels: Levels = np.where((left < 0) | (right < 0), 0, np.where(left == right, 1, 2)).astype(np.int8)
    return levels


def compare_shared(values: Words, pairs: Pairs) -> Levels:
    """Return 1 where only these two have the value, 2 where more do, 3 where they differ, 0 where one has none."""
    codes, _ = pd.factorize(values, use_na_sentinel=True)
    levels = compare_exact(values, pairs)
    counts = np.bincount(codes[codes >= 0], minlength=1)
    n_uses = counts[np.maximum(codes[pairs[:, 0]], 0)]
    shared: Levels = np.where(levels == 2, 3, np.where((levels == 1) & (n_uses > 2), 2, levels)).astype(np.int8)
    return shared


def _name_levels(companies: Companies, pairs: Pairs) -> Levels:
    names = companies.names
    return np.array([compare_companies(names[i], names[j]) for i, j in pairs.tolist()], dtype=np.int8)


def _place_levels(companies: Companies, pairs: Pairs) -> Levels:
    address, postal, region = (
        compare_exact(values, pairs) for values in (companies.address, companies.postal, companies.region)
    )
    levels = np.where(region == 1, 3, np.where(region == 2, 4, 0))
    levels = np.where(postal == 1, 2, np.where((postal == 2) & (levels == 0), 4, levels))
    return np.where(address == 1, 1, levels).astype(np.int8)


def _place_chances(companies: Companies, pairs: Pairs, levels: Levels, random_pairs: Pairs) -> NDArray[np.float64]:
    chances = count_by_chance(PLACE, _place_levels(companies, random_pairs), n_records=len(companies.names))[levels]
    for level, values in ((1, companies.address), (2, companies.postal), (3, companies.region)):
        agreed = levels == level
        chances[agreed] = share_of_values(values)[pairs[agreed, 0]]
    return chances


def _size_levels(companies: Companies, pairs: Pairs) -> Levels:
    """Return 1 where all known sizes are equal, 2 where they are within a fifth, 3 where not."""
    left, right = companies.sizes[pairs[:, 0]], companies.sizes[pairs[:, 1]]
    known = ~np.isnan(left) & ~np.isnan(right)
    gap = np.where(known, np.abs(left - right) / np.maximum(np.maximum(left, right), 1), 0.0).max(axis=1, initial=0.0)
    levels = np.where(gap == 0, 1, np.where(gap <= 0.2, 2, 3))
    return np.where(known.any(axis=1), levels, 0).astype(np.int8)


def _kin_levels(companies: Companies, pairs: Pairs) -> Levels:
    left, right = pairs[:, 0], pairs[:, 1]
    is_child = companies.parent[left] == companies.ids[right]
    is_parent = companies.parent[right] == companies.ids[left]
    siblings = compare_exact(companies.parent, pairs) == 1
    return np.where(is_child.astype(bool) | is_parent.astype(bool), 1, np.where(siblings, 0, 2)).astype(np.int8)
