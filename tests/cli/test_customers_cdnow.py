"""CDNOW by the documented map: both reports are published in both languages, proved, and tell the known totals."""

import json
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from saleslab.customers import CustomerValue, read_purchase_counts
from saleslab.warehouse import connect

ROOT = Path(__file__).resolve().parents[2]
CDNOW = ROOT.parent / "shared" / "data" / "cdnow" / "CDNOW_sample.txt"
OPTIONS = {"customer_value": (), "customer_segments": ("-p", "visit_cost=5", "-p", "call_cost=1")}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.real_data,
    pytest.mark.skipif(not CDNOW.is_file(), reason="the public CDNOW purchases are not beside the project"),
]


def read_purchases():
    """Return what each customer bought each day, counted with pandas alone."""
    names = ["of", "customer", "day", "n", "amount"]
    rows = pd.read_csv(CDNOW, sep=r"\s+", header=None, names=names, dtype={"customer": str, "day": str})
    return rows.assign(order=range(1, len(rows) + 1), day=pd.to_datetime(rows["day"]))


def test_reports_on_cdnow_are_published_proved_and_tell_the_known_totals(type_in, tmp_path):
    rows = read_purchases()
    written = rows.assign(day=rows["day"].dt.date)[["order", "customer", "day", "amount"]]
    written.to_csv(tmp_path / "orders.csv", index=False)
    brought = type_in("import", "orders.csv", "--map", ROOT / "docs/examples/cdnow.toml", "--into", "cdnow.duckdb")
    assert "accounts: 2,357 new" in brought.output
    assert "orders: 6,919 new" in brought.output

    with connect(f"duckdb:///{tmp_path}/cdnow.duckdb", read_only=True) as lab:
        counts = read_purchase_counts(lab, as_of=date(1997, 9, 30))
    for model, known in (
        ("bgnbd", (0.24259, 4.41360, 0.79292, 2.42591)),
        ("pareto_nbd", (0.55328, 10.578, 0.60623, 11.668)),
    ):
        fitted = CustomerValue(model=model, prior=None, seed=1).fit(counts)
        assert list(fitted.params_.values()) == pytest.approx(known, abs=2e-3)

    later = rows[rows["day"] > "1997-09-30"]
    told = {
        "customer_value": ("2,357 customers", f"{later.drop_duplicates(['customer', 'day']).shape[0]:,} came"),
        "customer_segments": ("2,357", f"${later['amount'].sum() / 1e3:.1f} K"),
    }
    for report, options in OPTIONS.items():
        ran = type_in("report", "run", report, "--db", "cdnow.duckdb", "-p", "horizon=273", *options)
        assert ran.exit_code == 0, ran.output
        (folder,) = (tmp_path / "reports" / "runs" / report).iterdir()
        english, japanese = ((folder / f"{lang}.html").read_text(encoding="utf-8") for lang in ("en", "ja"))
        for words in told[report]:
            assert words in english, (report, words)
        assert "2,357" in japanese
        assert "nan" not in json.dumps(json.loads((folder / "blocks.json").read_text(encoding="utf-8"))).lower().split()
        proved = type_in("report", "verify", report)
        assert proved.exit_code == 0, proved.output
        assert f"Proved: {report}" in proved.output
