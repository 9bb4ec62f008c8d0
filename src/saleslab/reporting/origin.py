"""Where do the numbers come from?

The last cell of every notebook emits it: which tables were read and what they held, which versions computed, with which
seed and settings. No clock, no path and no name of a machine, so that two machines with the same data and versions say
the same; wall-clock facts are in ``timing.json``.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import saleslab
from saleslab.reporting.blocks import Provenance, TableRead

if TYPE_CHECKING:
    from saleslab.warehouse import Warehouse

LIBRARIES = (
    "altair",
    "duckdb",
    "ibis-framework",
    "lightgbm",
    "numpy",
    "pandas",
    "pyarrow",
    "pymc",
    "scikit-learn",
    "scipy",
    "vl-convert-python",
)
"""Libraries whose version can change a number or a picture."""


def provenance(lab: Warehouse, *, seed: int | None = None) -> Provenance:
    """Say where the numbers of a notebook come from; call it in the last cell.

    Parameters
    ----------
    lab
        The warehouse that the notebook read; every table asked for since it was opened is named with its rows and
        the digest of its content.
    seed
        The seed of whatever was drawn by chance, or None.

    Examples
    --------
    >>> from saleslab.warehouse import connect
    >>> with connect("duckdb://") as lab:
    ...     dict(provenance(lab, seed=7).settings)["currency"]
    'JPY'
    """
    read = (lab.fingerprint(name) for name in lab.tables_used())
    tables = tuple(TableRead(found.table, found.n_rows, found.digest) for found in read)
    settings = {"engine": lab.engine} | {name: str(value) for name, value in asdict(lab.settings).items()}
    return Provenance("provenance", tables, tuple(versions().items()), tuple(settings.items()), seed)


def versions() -> dict[str, str]:
    """Return the versions of Python (its minor one), saleslab and `LIBRARIES`; one that is not installed is left out.

    Examples
    --------
    >>> list(versions())[:2]
    ['python', 'saleslab']
    """
    found = {"python": f"{sys.version_info.major}.{sys.version_info.minor}", "saleslab": saleslab.__version__}
    for library in LIBRARIES:
        try:
            found[library] = metadata.version(library)
        except metadata.PackageNotFoundError:
            continue
    return found


@cache
def code_digest() -> str:
    """Return the SHA-256 over every file of the installed package: two equal ones run the same code.

    It stands in the manifest instead of the commit, which says nothing of changes that are not committed, and which an
    installed package does not know; the commit is in ``timing.json``.
    """
    root = Path(saleslab.__file__).parent
    return digest_of_files(
        {
            path.relative_to(root).as_posix(): path
            for path in root.rglob("*")
            if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
        }
    )


def digest_of_files(files: Mapping[str, Path]) -> str:
    """Return the SHA-256 over names and contents of files, whatever their order."""
    total = hashlib.sha256()
    for name in sorted(files):
        content = hashlib.sha256(files[name].read_bytes()).hexdigest()
        total.update(f"{name}:{content}\n".encode())
    return total.hexdigest()
