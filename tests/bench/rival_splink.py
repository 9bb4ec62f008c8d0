"""The same planted records, matched by splink 4: is our own weighing of evidence worth its lines?

Run in an environment of its own (``pip install "splink>=4,<5" pandas pyarrow``), after
``bench_duplicates.py SEEDS RECORDS FOLDER`` has written the records there: ``python rival_splink.py FOLDER``.
splink gets our normal forms, blocks on the same keys but for slips of a letter, and is trained as its manual says.
"""

from __future__ import annotations

import logging
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import splink.comparison_level_library as levels
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

SAME_UNIT = "coalesce(unit_l, '') = coalesce(unit_r, '') and coalesce(numbers_l, '') = coalesce(numbers_r, '')"
COMPANIES = SettingsCreator(
    link_type="dedupe_only",
    unique_id_column_name="account_id",
    comparisons=[
        cl.CustomComparison(
            [
                levels.NullLevel("core"),
                levels.CustomLevel(f"{SAME_UNIT} and core_l = core_r"),
                levels.CustomLevel(f"{SAME_UNIT} and jaro_winkler_similarity(core_l, core_r) >= 0.92"),
                levels.ExactMatchLevel("stem"),
                levels.ElseLevel(),
            ],
            output_column_name="core",
        ),
        cl.ExactMatch("domain"),
        cl.ExactMatch("phone"),
        cl.ExactMatch("postal_code"),
        cl.ExactMatch("industry"),
        cl.CustomComparison(
            [
                levels.NullLevel("employees"),
                levels.PercentageDifferenceLevel("employees", 0.001),
                levels.PercentageDifferenceLevel("employees", 0.2),
                levels.ElseLevel(),
            ],
            output_column_name="employees",
        ),
    ],
    blocking_rules_to_generate_predictions=[
        block_on("domain"),
        block_on("phone"),
        block_on("core"),
        block_on("stem"),
        block_on("substr(core, 1, 3)", "region"),
        block_on("postal_code"),
    ],
)
PEOPLE = SettingsCreator(
    link_type="dedupe_only",
    unique_id_column_name="contact_id",
    comparisons=[
        cl.JaroWinklerAtThresholds("core", [0.95, 0.88]).configure(term_frequency_adjustments=True),
        cl.ExactMatch("email").configure(term_frequency_adjustments=True),
        cl.ExactMatch("phone").configure(term_frequency_adjustments=True),
        cl.ExactMatch("account_id").configure(term_frequency_adjustments=True),
    ],
    blocking_rules_to_generate_predictions=[
        block_on("email"),
        block_on("phone"),
        block_on("core"),
        block_on("account_id"),
    ],
)
TRAINING = {"companies": [block_on("domain"), block_on("core")], "people": [block_on("account_id"), block_on("core")]}
SURE = {"companies": ["l.domain = r.domain and l.core = r.core"], "people": ["l.email = r.email and l.core = r.core"]}


def match(records: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Return splink's pairs with their chances."""
    settings, id_column = (COMPANIES, "account_id") if kind == "companies" else (PEOPLE, "contact_id")
    linker = Linker(records, settings, db_api=DuckDBAPI(), set_up_basic_logging=False)
    linker.training.estimate_probability_two_random_records_match(SURE[kind], recall=0.4)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for rule in TRAINING[kind]:
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    found = linker.inference.predict(threshold_match_probability=0.2).as_pandas_dataframe()
    pairs = np.sort(found[[f"{id_column}_l", f"{id_column}_r"]].to_numpy(dtype=object), axis=1)
    return pd.DataFrame({"left_id": pairs[:, 0], "right_id": pairs[:, 1], "chance": found["match_probability"]})


def main(folder: Path) -> None:
    """Print what splink finds for each kind of records, at its best threshold of five."""
    for kind in ("companies", "people_(ja)", "people_(en)"):
        parts, seconds = [], 0.0
        files = sorted(path for path in folder.glob(f"{kind}_*.parquet") if "truth" not in path.name)
        for file in files:
            records = pd.read_parquet(file).replace({"": None})
            truth = pd.read_parquet(file.with_suffix(".truth.parquet"))
            same = set(truth.itertuples(index=False, name=None))
            began = time.process_time()
            pairs = match(records, kind.partition("_")[0])
            seconds += time.process_time() - began
            hit = [pair in same for pair in zip(pairs["left_id"], pairs["right_id"], strict=True)]
            parts.append((pairs["chance"].to_numpy(), np.array(hit, dtype=bool), len(same)))
        print(f"{kind}: {len(files)} seeds, {seconds / len(files):.2f} CPU s each")
        for threshold in (0.5, 0.9, 0.99, 0.999, 0.9999):
            scores = [((hit & (chance >= threshold)).sum(), (chance >= threshold).sum(), n) for chance, hit, n in parts]
            precision = np.mean([hits / max(shown, 1) for hits, shown, _ in scores])
            recall = np.mean([hits / n for hits, _, n in scores])
            print(f"  from {threshold}: precision {precision:.3f}, recall {recall:.3f}")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    main(Path(sys.argv[1]))
