"""Speed of offers: product pairs beside mlxtend at 1 % support, next products, white space.

``python tests/bench/bench_offers.py [BASKETS]``. mlxtend is not among the project's libraries, so the bench makes an
environment for it in the folder of temporary files. Both begin with the same baskets; ours also tells a lower bound and
the survival of each pair.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from saleslab.customers import count_pairs, find_pairs, find_whitespace, recommend_products

FOLDER = Path(tempfile.gettempdir()) / "saleslab-bench"
PEER = ("mlxtend==0.25.0",)
BAR = 50


def make_peer() -> Path:
    """Return the Python of an environment that holds mlxtend; made once."""
    home = FOLDER / "mlxtend-0.25"
    python = home / "bin" / "python"
    if not (home / "ready").exists():
        venv.create(home, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PEER], check=True)
        (home / "ready").touch()
    return python


def invent(n: int, *, n_items: int = 500, mean: float = 10.0, seed: int = 0) -> pd.DataFrame:
    """Return baskets of ten products or so, bought by a power law: some 250 pairs reach 1 %."""
    rng = np.random.default_rng(seed)
    popularity = 1 / (np.arange(n_items) + 10.0)
    size = 1 + rng.poisson(mean - 1, n)
    basket = np.repeat(np.arange(n), size)
    item = rng.choice(n_items, size=len(basket), p=popularity / popularity.sum())
    return pd.DataFrame({"basket": basket, "item": item}).drop_duplicates().sort_values(["basket", "item"])


def clock(job: Callable[[], object], *, times: int = 3) -> float:
    """Return the fewest CPU seconds of a few runs."""
    seconds = []
    for _ in range(times):
        began = time.process_time()
        job()
        seconds.append(time.process_time() - began)
    return min(seconds)


def race_pairs(n: int, support: float = 0.01) -> None:
    """Print the CPU seconds of pairs at a support, ours and mlxtend's."""
    lines = invent(n)
    lines["is_later"] = lines["basket"] >= n // 2
    least = int(np.ceil(support * n))

    def mine() -> object:
        return find_pairs(count_pairs(lines, basket="basket", item="item", later="is_later", least=least), least=least)

    ours, found = clock(mine), mine()
    print(
        f"pairs in {n:,} baskets, {len(lines):,} lines, support {support:.0%}: {ours:.3f} s, {len(found.pairs):,} pairs"
    )
    file = FOLDER / "baskets.npz"
    np.savez(file, basket=lines["basket"].to_numpy(), item=lines["item"].to_numpy())
    script = Path(__file__).with_name("rival_mlxtend.py")
    run = subprocess.run([make_peer(), script, file, str(support)], capture_output=True, text=True, check=True)
    theirs, n_theirs = run.stdout.split()
    print(f"  mlxtend: {float(theirs):.2f} s, {int(n_theirs):,} pairs; {float(theirs) / ours:.0f} times (bar {BAR})")


def bench_offers(n_accounts: int = 20_000, n_items: int = 500) -> None:
    """Print the time of next products and white space."""
    rng = np.random.default_rng(1)
    n = n_accounts * 25
    as_of = date(2026, 9, 30)
    rows = pd.DataFrame({"account_id": rng.integers(0, n_accounts, n), "product_id": rng.integers(0, n_items, n)})
    rows = rows.drop_duplicates().astype(str)
    last = np.datetime64(as_of) - rng.integers(0, 1_000, len(rows)).astype("timedelta64[D]")
    first = last - rng.integers(0, 2, len(rows)) * 60
    table = rows.assign(first_on=first, amount=100.0, amount_ever=100.0)
    for moment in range(4):
        edge = np.datetime64(as_of) - np.timedelta64(180 * moment, "D")
        known_first, known_last = first <= edge, last <= edge
        table[f"n_{moment}"] = known_first.astype(int) + (known_last & (first < last))
        table[f"last_{moment}"] = pd.Series(np.where(known_last, last, first), table.index).where(known_first)
        table[f"log_gaps_{moment}"] = np.where(known_last & (first < last), np.log(60.0), 0.0)
    began = time.process_time()
    answer = recommend_products(table, as_of=as_of)
    spent = time.process_time() - began
    told = f"{n_accounts:,} accounts and {n_items} products"
    print(f"next products of {told}: {spent:.1f} s, {len(answer.offers):,} offers")
    families = table.assign(family="f" + (table["product_id"].astype(int) % 20).astype(str))
    families = families.drop_duplicates(["account_id", "family"]).assign(industry="x", region="y")
    began = time.process_time()
    space = find_whitespace(families, as_of=as_of)
    spent = time.process_time() - began
    print(f"white space of {n_accounts:,} accounts, 20 families: {spent:.1f} s, {len(space.gaps)} gaps")


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    race_pairs(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000)
    bench_offers()
