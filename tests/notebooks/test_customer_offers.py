"""The report on offers: planted pairs and gaps are told, persons are not, and thin data are told what they lack."""

import sys
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from cells import of_kind, run_cells, words_of

from saleslab.charts import customer_offers as charts
from saleslab.charts import render_svg
from saleslab.charts.theme import DESKTOP, PHONE
from saleslab.customers import open_offers
from saleslab.warehouse import connect

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "customers"))
from baskets import LOADED, draw_lines


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    """The address of a company in which each even product brings the next odd one."""
    lines = draw_lines(n_accounts=250)
    month = lines["day"].astype("datetime64[s]").dt.strftime("%Y%m")
    order = "o:" + lines["account_id"] + month
    ids = sorted(lines["account_id"].unique())
    products = sorted(lines["product_id"].unique())
    frames = {
        "orders": pd.DataFrame(
            {"order_id": order, "account_id": lines["account_id"], "ordered_at": lines["day"], "total": 1_000}
        ).drop_duplicates("order_id"),
        "order_lines": pd.DataFrame(
            {
                "line_id": [f"l:{n}" for n in range(len(lines))], "order_id": order, "product_id": lines["product_id"],
                "total": 50_000,
            }
        ),
        "products": pd.DataFrame(
            {
                "product_id": products, "name": [f"商品{one[2:]}" for one in products],
                "family": [f"家族{int(one[2:]) // 2}" for one in products],
            }
        ),
        "accounts": pd.DataFrame({"account_id": ids, "name": [f"会社{one[2:]}" for one in ids], "owner_id": "u:1"}),
        "contacts": pd.DataFrame(
            {
                "contact_id": [f"c:{one}" for one in ids], "account_id": ids, "name": "個人名", "phone": None,
                "email": [f"{one[2:]}@example.com" for one in ids], "opt_out_email": False, "opt_out_phone": False,
            }
        ),
    }  # fmt: skip
    address = f"duckdb:///{tmp_path_factory.mktemp('offers')}/offers.duckdb"
    with connect(address) as lab:
        for name, frame in frames.items():
            lab.write(name, frame, source_system="test", loaded_at=LOADED)
    return address


@pytest.fixture(scope="module")
def blocks(company):
    return run_cells("customer_offers", db=company, as_of="2026-09-30", most=8)


@pytest.mark.requirement("M04", "L06")
def test_the_report_offers_the_planted_products_and_says_why_in_both_languages(blocks):
    lists = {block.name: block for block in of_kind(blocks, "worklist")}
    assert set(lists) == {"offers_again", "offers_new"}
    assert all(task.pros and task.pros[0].ja != task.pros[0].en for one in lists.values() for task in one.tasks)
    assert any("商品90" in task.action.ja for task in lists["offers_again"].tasks)
    said = words_of(blocks)
    assert "the best simple list reaches" in said
    assert "単純なリストでは最高でも" in said
    assert {block.name for block in of_kind(blocks, "figure")} >= {"pairs"}


def test_no_person_is_named(blocks):
    said = words_of(blocks) + str([block.to_json() for block in blocks])
    assert "個人名" not in said
    assert "会社0" in said


def test_both_pictures_are_drawn_on_desktop_and_phone_and_ids_stand_for_accounts_where_wanted(company):
    with connect(company, read_only=True) as lab:
        book = open_offers(lab, as_of=date(2026, 9, 30), show_names=False)
    for lang in ("en", "ja"):
        for width in (DESKTOP, PHONE):
            assert "商品" in render_svg(charts.draw_pairs(book, lang=lang, width=width))
            assert "会社0" not in render_svg(charts.draw_whitespace(book, lang=lang, width=width))


def test_thin_data_are_told_what_lacks_and_what_to_do(tmp_path):
    address = f"duckdb:///{tmp_path}/thin.duckdb"
    with connect(address) as lab:
        orders = pd.DataFrame({"order_id": ["o:1"], "account_id": ["a:1"], "ordered_at": [pd.Timestamp("2026-09-01")]})
        lab.write("orders", orders.assign(total=1), source_system="test", loaded_at=LOADED)
    said = words_of(run_cells("customer_offers", db=address, as_of="2026-09-30"))
    assert "Offers cannot be made" in said
    assert "import order_lines or opportunity_lines" in said
    assert "まだ判断できません" in said
