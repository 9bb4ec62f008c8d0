"""Which records are the same company or the same person? Proposed with a chance each, never merged.

Records are paired where they share a key (`blocking`), compared field by field (`company_evidence`,
`people_evidence`) and weighed by `sameness`. Answers hold ids and numbers; names appear only in the review file that
a person asks for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from saleslab.errors import BadArgument, NotEnoughData, TableError
from saleslab.intake.blocking import Pairs, cluster_pairs
from saleslab.intake.company_evidence import compare_company_pairs, pair_companies, read_company_records, texts_of
from saleslab.intake.name_forms import CompanyName, PersonName, read_company_name, read_person_name
from saleslab.intake.people_evidence import compare_people_pairs, pair_people, read_people_records
from saleslab.intake.safe_files import write_safe_csv
from saleslab.intake.sameness import Evidence, find_chances

Kind = Literal["company", "person"]

_RANDOM_PAIRS = 100_000
_SEED = 20_261_124
_RELATED_AHEAD: dict[Kind, float] = {"company": 0.03, "person": 1.0}
"""Related pairs expected for each record: few companies have a sister in the table, most people a colleague."""


@dataclass(frozen=True, slots=True)
class DuplicateCluster:
    """Records that are linked by pairs which are likely the same.

    Attributes
    ----------
    ids
        The records, sorted.
    weakest
        Smallest chance of the pairs that link them.
    is_doubtful
        Whether two of its records were compared and are more likely not the same: look before merging all.
    """

    ids: tuple[str, ...]
    weakest: float
    is_doubtful: bool


@dataclass(frozen=True, slots=True, eq=False)
class Duplicates:
    """Proposals of what may be one thing entered several times. Holds ids and numbers, no personal value.

    Attributes
    ----------
    kind
        ``company`` or ``person``.
    pairs
        ``left_id, right_id, chance_same`` and one column of words for each field compared, the likeliest first.
    clusters
        The pairs joined, largest first.
    n_records, n_compared
        How many records there were, and how many pairs were worth comparing.
    least_chance
        Pairs below this chance are not proposed.
    """

    kind: Kind
    pairs: pd.DataFrame
    clusters: tuple[DuplicateCluster, ...]
    n_records: int
    n_compared: int
    least_chance: float

    @property
    def surplus_ids(self) -> tuple[str, ...]:
        """Records that would go if every cluster were merged into its first record, sorted."""
        return tuple(sorted(record for cluster in self.clusters for record in cluster.ids[1:]))


def find_duplicate_companies(
    records: pd.DataFrame, *, id_column: str = "account_id", least_chance: float = 0.5
) -> Duplicates:
    """Return companies that were probably entered more than once.

    Use it before counting customers or adding up what a customer bought; for people, use `find_duplicate_people`. It
    changes nothing: a person decides what is merged, in the source system.

    Parameters
    ----------
    records
        One row a record: ``name`` and the id; compared too where present: ``domain`` (or web address), ``phone``,
        ``postal_code``, ``region``, ``address``, ``industry``, ``employees``, ``annual_revenue``,
        ``parent_account_id``.
    id_column
        Column of ids, unique.
    least_chance
        Pairs below this chance are not proposed.

    Raises
    ------
    TableError
        When the id or the name is missing as a column, or an id stands twice.
    NotEnoughData
        With fewer than two records.

    Examples
    --------
    >>> records = pd.DataFrame({
    ...     "account_id": ["a", "b", "c"],
    ...     "name": ["（株）ソラニワ製作所", "ｿﾗﾆﾜ製作所 株式会社", "ソラニワ製作所サービス株式会社"],
    ...     "phone": ["03-1234-5678", "+81 3-1234-5678", "03-1234-9999"],
    ... })
    >>> find_duplicate_companies(records).clusters[0].ids
    ('a', 'b')
    """
    ordered = _order_records(records, id_column, least_chance, read_company_name)
    companies = read_company_records(ordered, id_column)
    pairs = pair_companies(companies)
    evidence = compare_company_pairs(companies, pairs, _draw_pairs(len(ordered)))
    return _propose("company", ordered[id_column].tolist(), pairs, evidence, least_chance)


def find_duplicate_people(
    records: pd.DataFrame, *, id_column: str = "contact_id", least_chance: float = 0.5
) -> Duplicates:
    """Return people who were probably entered more than once.

    Parameters
    ----------
    records
        One row a record: ``name`` and the id; compared too where present: ``email``, ``phone``, and what tells the
        company: ``account_id``, else ``company`` (its name), else the domain of the address.
    id_column
        Column of ids, unique.
    least_chance
        Pairs below this chance are not proposed.

    Raises
    ------
    TableError
        When the id or the name is missing as a column, or an id stands twice.
    NotEnoughData
        With fewer than two records.

    Examples
    --------
    >>> records = pd.DataFrame({
    ...     "contact_id": ["1", "2", "3"],
    ...     "name": ["佐藤 花子", "佐藤　花子", "佐藤 一郎"],
    ...     "email": ["hana@example.jp", None, "ichiro@example.jp"],
    ...     "phone": ["090-1234-5678", "09012345678", None],
    ...     "account_id": ["a", "a", "a"],
    ... })
    >>> [cluster.ids for cluster in find_duplicate_people(records).clusters]
    [('1', '2')]
    """
    ordered = _order_records(records, id_column, least_chance, read_person_name)
    people = read_people_records(ordered)
    pairs = pair_people(people)
    evidence = compare_people_pairs(people, pairs, _draw_pairs(len(ordered)))
    return _propose("person", ordered[id_column].tolist(), pairs, evidence, least_chance)


def _order_records(
    records: pd.DataFrame,
    id_column: str,
    least_chance: float,
    read_name: Callable[[str | None], CompanyName | PersonName],
) -> pd.DataFrame:
    """Return the records in the order of their names, then ids, so that the order they came in changes nothing."""
    if not 0 < least_chance < 1:
        raise BadArgument(f"least_chance is {least_chance}.", "give a chance between 0 and 1, such as 0.5.")
    missing = [name for name in (id_column, "name") if name not in records.columns]
    if missing:
        raise TableError(
            f"The records have no column {', '.join(map(repr, missing))}.", "rename the columns, or name id_column."
        )
    if len(records) < 2:
        raise NotEnoughData(
            f"Records to compare: {len(records)}; two are needed.", "import more than one record first."
        )
    if n_nameless := int(records[id_column].isna().sum()):
        raise TableError(f"'{id_column}' is empty in {n_nameless} rows.", "give every record an id and try again.")
    ids = records[id_column].astype(str)
    if n_repeated := int(ids.duplicated().sum()):
        raise TableError(
            f"'{id_column}' is not unique: {n_repeated} rows repeat an id.", "keep one row for each id and try again."
        )
    names = pd.Series([read_name(name).core for name in texts_of(records, "name")], index=records.index)
    order = pd.DataFrame({"name": names, "id": ids}).reset_index(drop=True).sort_values(["name", "id"]).index
    return records.assign(**{id_column: ids}).iloc[order]


def _propose(kind: Kind, ids: list[str], pairs: Pairs, evidence: list[Evidence], least_chance: float) -> Duplicates:
    chances = find_chances(evidence, n_records=len(ids), n_related=_RELATED_AHEAD[kind] * len(ids))
    likely = chances >= least_chance
    frame = _tabulate(ids, pairs[likely], chances[likely], [_words(seen, likely) for seen in evidence])
    clusters = _cluster(ids, pairs, chances, least_chance)
    return Duplicates(kind, frame, clusters, len(ids), len(pairs), least_chance)


def _draw_pairs(n_records: int) -> Pairs:
    """Return all pairs of few records, or a draw of many, the same one each time: they tell what agrees by chance."""
    if n_records * (n_records - 1) // 2 <= _RANDOM_PAIRS:
        return np.column_stack(np.triu_indices(n_records, k=1))
    draws: Pairs = np.random.default_rng(_SEED).integers(0, n_records, (_RANDOM_PAIRS, 2))
    different: Pairs = draws[draws[:, 0] != draws[:, 1]]
    return different


def _words(seen: Evidence, chosen: np.ndarray) -> tuple[str, list[str]]:
    return seen.field.name, [seen.field.levels[level] for level in seen.levels[chosen]]


def _tabulate(ids: list[str], pairs: Pairs, chances: np.ndarray, columns: list[tuple[str, list[str]]]) -> pd.DataFrame:
    sorted_ids = [sorted((ids[left], ids[right])) for left, right in pairs.tolist()]
    frame = pd.DataFrame(
        {
            "left_id": pd.Series([left for left, _ in sorted_ids], dtype="str"),
            "right_id": pd.Series([right for _, right in sorted_ids], dtype="str"),
            "chance_same": chances.round(6),
            **{name: pd.Series(words, dtype="str") for name, words in columns},
        }
    )
    order = ["chance_same", "left_id", "right_id"]
    return frame.sort_values(order, ascending=[False, True, True], ignore_index=True)


def _cluster(ids: list[str], pairs: Pairs, chances: np.ndarray, least_chance: float) -> tuple[DuplicateCluster, ...]:
    likely = chances >= least_chance
    root = cluster_pairs(pairs[likely], len(ids))
    inside = root[pairs[:, 0]] == root[pairs[:, 1]]
    members: dict[int, list[str]] = {}
    for row in np.unique(pairs[likely]).tolist():
        members.setdefault(int(root[row]), []).append(ids[row])
    weakest: dict[int, float] = {}
    doubtful: set[int] = set()
    for (left, _), chance in zip(pairs[inside].tolist(), chances[inside].tolist(), strict=True):
        key = int(root[left])
        if chance >= least_chance:
            weakest[key] = min(weakest.get(key, 1.0), chance)
        else:
            doubtful.add(key)
    found = [
        DuplicateCluster(tuple(sorted(rows)), round(weakest[key], 6), key in doubtful) for key, rows in members.items()
    ]
    return tuple(sorted(found, key=lambda cluster: (-len(cluster.ids), cluster.ids)))


def write_review(duplicates: Duplicates, records: pd.DataFrame, file: Path, *, id_column: str) -> Path:
    """Write the proposals with the records' own values side by side, for the person who decides.

    The file holds names: keep it in the data folder and delete it when it is done. Cells that a spreadsheet would take
    for a formula are made plain text.

    Parameters
    ----------
    duplicates
        What was proposed.
    records
        The records that were compared, with all columns that the reader needs.
    file
        Where to write; CSV in UTF-8 with a byte-order mark, as Excel opens it.
    id_column
        Column of ids.

    Returns
    -------
    Path
        The file.
    """
    known = records.set_index(records[id_column].astype(str), drop=False)
    rows = []
    for number, cluster in enumerate(duplicates.clusters, start=1):
        part = known.loc[list(cluster.ids)].copy()
        part.insert(0, "cluster", number)
        part.insert(1, "weakest_chance", cluster.weakest)
        part.insert(2, "is_doubtful", cluster.is_doubtful)
        rows.append(part)
    table = pd.concat(rows, ignore_index=True) if rows else pd.DataFrame({"cluster": [], id_column: []})
    return write_safe_csv(table, file)
