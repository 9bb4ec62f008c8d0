"""Invented buyers whose next purchases are known: are planted pairs offered, and do ranges hold what comes?"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from saleslab.customers import find_whitespace, read_family_matrix, read_item_histories, recommend_products
from saleslab.warehouse import connect

AS_OF, HORIZON, KNOWN = date(2026, 9, 30), 180, 720
FAMILIES = ("clean", "cut", "drill", "glue", "lift", "paint")
GROUPS = 10


def draw_lines(seed: int, n_accounts: int = 400) -> pd.DataFrame:
    """Return what accounts buy in 900 days.

    Each even product below p:12 brings the next odd one within months with a chance of .7; p:90 is bought every 60 days
    or so by some, p:91 every 150; the others once or twice, by lot.
    """
    lot, last = np.random.default_rng(seed), KNOWN + HORIZON
    rows: list[tuple[str, str, int]] = []
    for account in range(n_accounts):
        name, start = f"a:{account:04}", int(lot.integers(0, 300))
        for product in range(12, 20):
            if lot.random() < 0.12:
                rows += [
                    (name, f"p:{product:02}", int(day)) for day in lot.integers(start, last, 1 + (lot.random() < 0.3))
                ]
        for product in range(0, 12, 2):
            if lot.random() < 0.3:
                at = int(lot.integers(start, last))
                rows.append((name, f"p:{product:02}", at))
                if lot.random() < 0.7:
                    rows.append((name, f"p:{product + 1:02}", at + int(lot.integers(20, 200))))
        for product, every in (("p:90", 60), ("p:91", 150)):
            day = start + lot.uniform(0, every)
            while lot.random() < 0.97 and account % 5 == every % 4 and day < last:
                rows.append((name, product, int(day)))
                day += every * lot.uniform(0.8, 1.2)
    return pd.DataFrame(rows, columns=["account_id", "product_id", "day"])


def draw_noise(seed: int, n: int = 7_500) -> pd.DataFrame:
    """Return purchases by lot, each product once an account."""
    lot = np.random.default_rng(seed)
    account, product = lot.integers(0, 500, n), lot.integers(0, 15, n)
    rows = pd.DataFrame({"account_id": account, "product_id": product, "day": lot.integers(0, KNOWN + HORIZON, n)})
    rows = rows.drop_duplicates(["account_id", "product_id"])
    named = {"account_id": "a:" + rows["account_id"].astype(str), "product_id": "p:" + rows["product_id"].astype(str)}
    return rows.assign(**named)


def recommend(lines: pd.DataFrame) -> tuple[Any, pd.DataFrame]:
    """Return what is recommended on day 720, and whether each offer was bought within the 180 days after it."""
    known, coming = lines[lines["day"] < KNOWN], lines[lines["day"] >= KNOWN]
    with _open(known) as lab:
        told = recommend_products(read_item_histories(lab, as_of=AS_OF, horizon=HORIZON), as_of=AS_OF, horizon=HORIZON)
    bought = set(zip(coming["account_id"], coming["product_id"], strict=True))
    pairs = zip(told.offers["account_id"], told.offers["product_id"], strict=True)
    return told, told.offers.assign(came=[pair in bought for pair in pairs])


def find_planted(runs: int) -> pd.DataFrame:
    """Return, over seeds, the share of accounts with one product of a pair who are offered the other, and verdicts."""
    rows = []
    for seed in range(runs):
        lines = draw_lines(seed)
        told, offers = recommend(lines)
        held = lines[lines["day"] < KNOWN].groupby("account_id")["product_id"].agg(set)
        wanted = {(one, f"p:{n + 1:02}") for one, has in held.items() for n in range(0, 12, 2)
                  if f"p:{n:02}" in has and f"p:{n + 1:02}" not in has}  # fmt: skip
        new = offers[offers["kind"] == "new"]
        found = {
            one for one, product in zip(new["account_id"], new["product_id"], strict=True) if (one, product) in wanted
        }
        blind, _ = recommend(draw_noise(seed))
        checks = [told.checks[kind].verdict == "beats_simple" for kind in ("new", "again")]
        share = len(found) / len({one for one, _ in wanted})
        rows.append((share, *checks, blind.checks["new"].verdict == "no_better"))
    columns = ["planted_offered", "new_beats", "again_beats", "noise_no_better"]
    shares = pd.DataFrame(rows, columns=columns).astype(float)
    return pd.DataFrame({"what": columns, "mean": shares.mean().to_numpy(), "worst_seed": shares.min().to_numpy()})


def cover_offers(runs: int) -> pd.DataFrame:
    """Return, by kind, what offers promise and what came, and how many tenths of offers hold it in their range.

    A tenth holds it where the share bought, of offers of nearly the same chance, is not surely outside the mean range:
    the binomial 90 % interval of the share touches it.
    """
    rows = []
    for seed in range(runs):
        _, offers = recommend(draw_lines(seed))
        for kind, part in offers.groupby("kind"):
            tenth = pd.qcut(part["chance"].rank(method="first"), GROUPS, labels=False)
            told = part.groupby(tenth).agg(n=("came", "size"), came=("came", "mean"), chance=("chance", "mean"),
                                           low=("low", "mean"), high=("high", "mean"))  # fmt: skip
            luck = 1.645 * np.sqrt(told["chance"] * (1 - told["chance"]) / told["n"])
            inside = (told["came"] >= told["low"] - luck) & (told["came"] <= told["high"] + luck)
            rows.append((kind, len(part), part["chance"].mean(), part["came"].mean(), inside.mean()))
    found = pd.DataFrame(rows, columns=["kind", "offers", "promised", "came", "tenths_held"])
    return found.groupby("kind", as_index=False).mean()


def cover_whitespace(runs: int) -> pd.DataFrame:
    """Return how often the range of a cell's share holds the planted chance of its kind of accounts to buy."""
    rows = []
    for seed in range(runs):
        lot = np.random.default_rng(seed)
        for noise, own in ((0.1, 0.95), (0.3, 0.7), (0.4, 0.4)):
            is_own = np.array([[(number % 2 == 1) == (name in ("cut", "drill", "lift")) for name in FAMILIES]
                               for number in range(240)])  # fmt: skip
            chance = np.where(is_own, own, noise)
            account, family = np.nonzero(lot.random(chance.shape) < chance)
            lines = pd.DataFrame({"account_id": [f"a:{one:03}" for one in account],
                                  "product_id": [f"p:{FAMILIES[one]}" for one in family],
                                  "day": lot.integers(20, KNOWN, len(account))})  # fmt: skip
            products = pd.DataFrame({"product_id": [f"p:{one}" for one in FAMILIES], "name": "x", "family": FAMILIES})
            with _open(lines, products) as lab:
                cells = find_whitespace(read_family_matrix(lab, as_of=AS_OF), as_of=AS_OF).cells
            at = cells["account_id"].str[2:].astype(int), cells["family"].map(FAMILIES.index)
            truth = chance[at[0], at[1]]
            held = (cells["low"] <= truth) & (truth <= cells["high"])
            wrong = cells["is_gap"] & (truth <= chance.mean(axis=0)[at[1]] + 1e-9)
            rows.append((f"{own:g} against {noise:g}", held.mean(), cells["is_gap"].mean(), wrong.mean()))
    found = pd.DataFrame(rows, columns=["own_against_others", "held", "gaps", "wrong_gaps"])
    return found.groupby("own_against_others", as_index=False).mean()


def _open(lines: pd.DataFrame, products: pd.DataFrame | None = None) -> Any:
    """Return a warehouse in memory with one order a line."""
    lab, lines = connect("duckdb://"), lines.reset_index(drop=True)
    order = pd.Series([f"o:{n:06}" for n in range(len(lines))])
    at = pd.Timestamp(AS_OF) - pd.to_timedelta(KNOWN - 1 - lines["day"], unit="D") + timedelta(hours=3)
    heads = pd.DataFrame({"order_id": order, "account_id": lines["account_id"], "ordered_at": at, "total": 1_000})
    body = pd.DataFrame({"line_id": "l:" + order, "order_id": order, "product_id": lines["product_id"], "total": 1_000})
    for name, frame in {"orders": heads, "order_lines": body, "products": products}.items():
        if frame is not None:
            lab.write(name, frame, source_system="test", loaded_at=datetime(2026, 10, 1))
    return lab
