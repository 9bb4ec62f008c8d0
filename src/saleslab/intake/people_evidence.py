"""What two records of a person are compared by: name, e-mail, telephone and company."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from saleslab.intake.blocking import Pairs, merge_pairs, pair_within, spell_keys
from saleslab.intake.company_evidence import (
    Words,
    compare_exact,
    compare_shared,
    exact_evidence,
    map_texts,
    texts_of,
    weigh_agreement,
)
from saleslab.intake.contact_points import domain_of, is_shared_box, normal_email, normal_phone
from saleslab.intake.likeness import PersonLevel, compare_people
from saleslab.intake.name_forms import PersonName, read_company_name, read_person_name
from saleslab.intake.sameness import Evidence, Field, Levels, count_by_chance

_LARGEST_BLOCK = 60
_SAME_BOX = 3
_BOX_SPELLS_NAME = 0.5
"""Chance that two unrelated people who got here have the same box elsewhere: namesakes do, since boxes spell names."""

NAME = Field(
    "name",
    ("unknown", *(level.name.lower() for level in list(PersonLevel)[1:])),
    same=(0.72, 0.18, 0.05, 0.03, 0.02),
    related=(None, None, None, None, None),
    unrelated=(5e-4, 3e-4, 5e-4, 0.03, 0.9687),
)
EMAIL = Field(
    "email",
    ("unknown", "same", "same_desk", "same_box", "same_domain", "differs"),
    same=(0.60, 0.02, 0.13, 0.15, 0.10),
    related=(0.004, 0.03, 0.006, 0.90, 0.06),
    unrelated=(1e-4, 1e-4, 1e-3, 3e-3, 0.9958),
)
PHONE = Field(
    "phone",
    ("unknown", "same", "shared", "differs"),
    same=(0.62, 0.06, 0.32),
    related=(0.03, 0.27, 0.70),
    unrelated=(5e-4, 5e-4, 0.999),
)
FIRM = Field("firm", ("unknown", "same", "differs"), same=(0.88, 0.12), related=(0.97, 0.03), unrelated=(0.003, 0.997))


@dataclass(frozen=True, slots=True)
class People:
    """Records of people in comparable forms; every array has one entry a record, None where not known."""

    names: tuple[PersonName, ...]
    n_uses: Mapping[str, int]
    email: Words
    phone: Words
    firm: Words


def read_people_records(records: pd.DataFrame) -> People:
    """Return records in comparable forms (see `saleslab.intake.find_duplicate_people` for the columns)."""
    names = tuple(read_person_name(name) for name in texts_of(records, "name"))
    email = map_texts(records, "email", normal_email)
    firm = texts_of(records, "account_id")
    if "company" in records.columns:
        cores = [read_company_name(name).core or None for name in texts_of(records, "company")]
        firm = np.array([known or core for known, core in zip(firm, cores, strict=True)], dtype=object)
    firm = np.array([known or domain_of(mail) for known, mail in zip(firm, email, strict=True)], dtype=object)
    uses = Counter(word for name in names for word in _words_of(name))
    return People(names, uses, email, map_texts(records, "phone", normal_phone), firm)


def _words_of(name: PersonName) -> tuple[str, ...]:
    if len(name.words) == 1 and not name.core.isascii() and len(name.core) > 2:
        return (name.core, name.core[:2], name.core[2:])
    return name.words


def pair_people(people: People) -> Pairs:
    """Return the pairs of people that share a key: mail, box, telephone and a letter, company and part of name."""
    cores = np.array([name.core or None for name in people.names], dtype=object)
    box = [None if mail is None or is_shared_box(mail) else mail.partition("@")[0] for mail in people.email]
    boxes = [name if name is not None and len(name) >= 6 else None for name in box]
    keys, owners = spell_keys([core or "" for core in cores], shortest=3)
    at_firm = [
        f"{firm}|{key}" if (firm := people.firm[owner]) else None for key, owner in zip(keys, owners, strict=True)
    ]
    parts = [
        pair_within(values, most=_LARGEST_BLOCK)
        for values in (people.email, people.phone, np.array(boxes, dtype=object))
    ]
    parts.append(pair_within(np.array(at_firm, dtype=object), owners=owners, most=_LARGEST_BLOCK))
    words = [(f"{firm}|{word}", place) for place, (name, firm) in enumerate(zip(people.names, people.firm, strict=True))
             if firm for word in _words_of(name)]  # fmt: skip
    if words:
        word_keys, word_owners = zip(*words, strict=True)
        owners_array = np.array(word_owners, dtype=np.int64)
        parts.append(pair_within(np.array(word_keys, dtype=object), owners=owners_array, most=_LARGEST_BLOCK))
    parts.append(pair_within(cores, most=_LARGEST_BLOCK // 4))
    return merge_pairs(parts)


def compare_people_pairs(people: People, pairs: Pairs, random_pairs: Pairs) -> list[Evidence]:
    """Return how each pair compares, field by field; ``random_pairs`` tell how unrelated people do."""
    cores = np.array([name.core or None for name in people.names], dtype=object)
    email, at_random = _email_levels(people, pairs), _email_levels(people, random_pairs)
    phone, phone_at_random = compare_shared(people.phone, pairs), compare_shared(people.phone, random_pairs)
    email_chances = count_by_chance(EMAIL, at_random, n_records=len(people.names))[email]
    exact = weigh_agreement(EMAIL, email, at_random, people.email, pairs, exact=[1, 2])
    email_chances = np.where(email == _SAME_BOX, _BOX_SPELLS_NAME, email_chances)
    return [
        weigh_agreement(NAME, _name_levels(people, pairs), _name_levels(people, random_pairs), cores, pairs, exact=[1]),
        Evidence(EMAIL, email, np.where(np.isin(email, [1, 2]), exact.by_chance, email_chances)),
        weigh_agreement(PHONE, phone, phone_at_random, people.phone, pairs, exact=[1, 2]),
        exact_evidence(FIRM, people.firm, pairs, random_pairs),
    ]


def _name_levels(people: People, pairs: Pairs) -> Levels:
    names = people.names
    return np.array(
        [compare_people(names[i], names[j], n_uses=people.n_uses) for i, j in pairs.tolist()], dtype=np.int8
    )


def _email_levels(people: People, pairs: Pairs) -> Levels:
    """Return 1 same address, 2 same desk (info@), 3 same box elsewhere, 4 same domain, 5 differs, 0 unknown."""
    box = np.array(
        [None if mail is None or is_shared_box(mail) else mail.partition("@")[0] for mail in people.email], dtype=object
    )
    domain = np.array([domain_of(mail) for mail in people.email], dtype=object)
    desk = np.array([is_shared_box(mail) for mail in people.email], dtype=bool)
    exact = compare_exact(people.email, pairs)
    levels = np.where(compare_exact(domain, pairs) == 1, 4, 5)
    levels = np.where(compare_exact(box, pairs) == 1, 3, levels)
    levels = np.where(exact == 1, np.where(desk[pairs[:, 0]], 2, 1), levels)
    return np.where(exact == 0, 0, levels).astype(np.int8)
