"""Accounts, products and baskets whose truth is known: who goes with what, who comes back when."""

from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd

from saleslab.warehouse import connect

AS_OF = date(2026, 9, 30)
LOADED = datetime(2026, 10, 1)


def draw_lines(*, n_accounts=400, seed=0, planted=0.7):
    """Lines of two years: each even product below p:12 brings the next odd one within months with a planted chance;
    p:90 is bought every 60 days or so by some, p:91 every 150; the others once or twice, by chance, here and there.
    """
    lot = np.random.default_rng(seed)
    first = np.datetime64(AS_OF) - np.timedelta64(720, "D")
    rows = []
    for account in range(n_accounts):
        name, start = f"a:{account:04}", int(lot.integers(0, 300))
        for product in range(12, 20):
            if lot.random() < 0.12:
                rows += [(name, f"p:{product:02}", day) for day in lot.integers(start, 720, 1 + (lot.random() < 0.3))]
        for product in range(0, 12, 2):
            if lot.random() < 0.25:
                at = int(lot.integers(start, 700))
                rows.append((name, f"p:{product:02}", at))
                at += int(lot.integers(20, 200))
                if lot.random() < planted and at < 720:
                    rows.append((name, f"p:{product + 1:02}", at))
        for product, every in (("p:90", 60), ("p:91", 150)):
            day = start + lot.uniform(0, every)
            while lot.random() < 0.97 and account % 5 == every % 4 and day < 720:
                rows.append((name, product, int(day)))
                day += every * lot.uniform(0.8, 1.2)
    lines = pd.DataFrame(rows, columns=["account_id", "product_id", "day"])
    return lines.assign(day=first + lines["day"].to_numpy().astype("timedelta64[D]"))


def write_company(lines, *, contacts=None, accounts=None, products=None):
    """A warehouse in memory with one order a line, or a basket where lines name one."""
    lab = connect("duckdb://")
    lines = lines.reset_index(drop=True)
    order = lines["order_id"] if "order_id" in lines else pd.Series([f"o:{n:06}" for n in range(len(lines))])
    at = pd.to_datetime(lines["day"]) + timedelta(hours=3)
    heads = pd.DataFrame({"order_id": order, "account_id": lines["account_id"], "ordered_at": at, "total": 1_000})
    heads = heads.drop_duplicates("order_id")
    body = pd.DataFrame(
        {
            "line_id": [f"l:{n:06}" for n in range(len(lines))],
            "order_id": order,
            "product_id": lines["product_id"],
            "total": lines.get("total", pd.Series(1_000, lines.index)),
        }
    )
    frames = {"orders": heads, "order_lines": body, "contacts": contacts, "accounts": accounts, "products": products}
    for name, frame in frames.items():
        if frame is not None:
            lab.write(name, frame, source_system="test", loaded_at=LOADED)
    return lab
