"""Duplicates: precision, recall, calibration of the chances and speed on planted companies and people.

``python tests/bench/bench_duplicates.py [SEEDS [RECORDS]]``; with a folder as third argument, the planted records of
each seed are written there, in the forms that they are compared in, for `rival_splink.py`.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from saleslab.intake import Duplicates, find_duplicate_companies, find_duplicate_people
from saleslab.intake.company_evidence import read_company_records
from saleslab.intake.contact_points import normal_email, normal_phone
from saleslab.intake.name_forms import read_person_name

sys.path.insert(0, str(Path(__file__).parents[1] / "intake"))
from planted import Planted, measure, plant_companies, plant_people

KINDS: dict[str, tuple[Callable[[int, int], Planted], Callable[..., Duplicates]]] = {
    "companies": (plant_companies, find_duplicate_companies),
    "people (ja)": (plant_people, find_duplicate_people),
    "people (en)": (lambda seed, n: plant_people(seed, n, language="en"), find_duplicate_people),
}
BANDS = ((0.2, 0.5), (0.5, 0.7), (0.7, 0.9), (0.9, 0.99), (0.99, 1.0))
FIRST_SEED = 1_000
"""The chances of the levels were chosen with other seeds."""


def to_forms(planted: Planted) -> pd.DataFrame:
    """Return planted records with the normal forms that saleslab compares, so that a rival starts from the same."""
    records = planted.records.copy()
    if "contact_id" in records:
        names = [read_person_name(name) for name in records["name"]]
        return records.assign(
            core=[name.core for name in names],
            first=[name.words[0] for name in names],
            last=[name.words[-1] for name in names],
            email=records["email"].map(normal_email, na_action="ignore"),
            phone=records["phone"].map(normal_phone, na_action="ignore"),
        )
    known = read_company_records(records, "account_id")
    parts = {
        part: [getattr(name, part) for name in known.names] for part in ("core", "stem", "legal", "unit", "numbers")
    }
    return records.assign(**parts, domain=known.domain, phone=known.phone, postal_code=known.postal)


def run(kind: str, n_seeds: int, n_records: int, folder: Path | None) -> None:
    """Print what is found on planted records of so many seeds."""
    plant, find = KINDS[kind]
    scores, chances, right, seconds = [], [], [], 0.0
    for seed in range(FIRST_SEED, FIRST_SEED + n_seeds):
        planted = plant(seed, n_records)
        if folder is not None:
            name = folder / f"{kind.replace(' ', '_')}_{seed}"
            to_forms(planted).to_parquet(f"{name}.parquet")
            pd.DataFrame(sorted(planted.same), columns=["left_id", "right_id"]).to_parquet(f"{name}.truth.parquet")
        began = time.process_time()
        pairs = find(planted.records, least_chance=0.2).pairs
        seconds += time.process_time() - began
        scores.append(measure(pairs[pairs["chance_same"] >= 0.5], planted.same))
        chances.append(pairs["chance_same"].to_numpy())
        right.append([pair in planted.same for pair in zip(pairs["left_id"], pairs["right_id"], strict=True)])
    precision, recall = np.array(scores).T
    print(f"{kind}: {n_seeds} seeds of {n_records:,} records, {seconds / n_seeds:.2f} CPU s each")
    print(f"  precision mean {precision.mean():.3f}, worst {precision.min():.3f}; "
          f"recall mean {recall.mean():.3f}, worst {recall.min():.3f}")  # fmt: skip
    said, was = np.concatenate(chances), np.concatenate(right)
    for low, high in BANDS:
        inside = (said >= low) & ((said < high) | (high == 1.0))
        if inside.any():
            print(f"  said {low:.2f}-{high:.2f}: {inside.sum():5d} pairs, mean chance {said[inside].mean():.3f}, "
                  f"right {was[inside].mean():.3f}")  # fmt: skip


def run_large(n_records: int) -> None:
    """Print time and memory of one search in many companies."""
    planted = plant_companies(FIRST_SEED, n_records)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    began = time.process_time()
    found = find_duplicate_companies(planted.records)
    seconds = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    precision, recall = measure(found.pairs, planted.same)
    print(f"{found.n_records:,} companies: {found.n_compared:,} pairs compared in {seconds:.1f} CPU s, "
          f"peak {peak:.0f} MB ({before:.0f} MB before); precision {precision:.3f}, recall {recall:.3f}")  # fmt: skip


if __name__ == "__main__":
    seeds, records = (int(argument) for argument in (sys.argv[1:3] + ["20", "2000"][len(sys.argv) - 1 :]))
    target = Path(sys.argv[3]) if len(sys.argv) > 3 else None
    if target is not None:
        target.mkdir(parents=True, exist_ok=True)
    for one in KINDS:
        run(one, seeds, records, target)
    run_large(100_000)
