"""Offers: what was planted is found, what means nothing is said to mean nothing, and who said no is not reached."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from baskets import AS_OF, draw_lines, write_company
from hypothesis import given, settings
from hypothesis import strategies as st

from saleslab.customers import address_offers, read_item_histories, recommend_products, tabulate_offers
from saleslab.customers.offers.item_models import Ease, ItemItem, to_matrix
from saleslab.customers.offers.reorders import ItemPaces, fit_reorders
from saleslab.errors import BadArgument, NotEnoughData, TableError

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "adventureworks"


@pytest.fixture(scope="module")
def histories():
    with write_company(draw_lines()) as lab:
        return read_item_histories(lab, as_of=AS_OF)


@pytest.fixture(scope="module")
def told(histories):
    return recommend_products(histories, as_of=AS_OF)


def test_the_product_that_goes_with_another_is_offered_to_those_who_have_that_one(told, histories):
    has = histories.groupby("account_id")["product_id"].agg(set)
    new = told.offers[told.offers["kind"] == "new"]
    missing = {
        account: {f"p:{n + 1:02}" for n in range(0, 12, 2) if f"p:{n:02}" in held and f"p:{n + 1:02}" not in held}
        for account, held in has.items()
    }
    ripe = [account for account, wanted in missing.items() if wanted]
    assert len(ripe) > 100
    partner = [row.product_id in missing[row.account_id] for row in new.itertuples()]
    found = new[partner]
    assert len(set(found["account_id"]) & set(ripe)) > 0.8 * len(ripe)
    assert found.groupby("account_id")["place"].min().mean() < 1.5
    anchors = [f"p:{int(product[2:]) - 1:02}" for product in found["product_id"]]
    assert (found["anchor_id"] == anchors).mean() > 0.9
    assert told.checks["new"].verdict == "beats_simple"


def test_products_bought_at_a_steady_pace_are_seen_to_come_due(told):
    again = told.offers[told.offers["kind"] == "again"]
    for product, low, high in (("p:90", 50, 72), ("p:91", 120, 180)):
        due = again[again["product_id"] == product]
        assert due["days_usual"].between(low, high).mean() > 0.9
    steady = again[(again["product_id"] == "p:90") & (again["days_since"] < 40)]
    assert len(steady) > 20
    assert steady["because"].eq("soon").all()
    assert steady["chance"].mean() > 4 * again[~again["product_id"].isin(["p:90", "p:91"])]["chance"].mean()
    assert told.checks["again"].verdict == "beats_simple"


def test_each_kind_is_judged_apart_on_later_purchases_beside_all_simple_lists(told):
    ways = {(test.kind, test.way.partition(":")[0]) for test in told.tests}
    assert {("new", "ease"), ("new", "popular"), ("new", "recent")} <= ways
    assert {("again", "pace"), ("again", "own"), ("again", "popular")} <= ways
    assert {("any", "offers"), ("any", "own"), ("any", "recent")} <= ways
    for test in told.tests:
        assert 0 <= test.n_bought <= test.n_offers
        assert test.hit_rate.low <= test.n_bought / test.n_offers <= test.hit_rate.high
    for check in told.checks.values():
        assert abs(check.promised - check.came) < 0.1


def test_what_offers_promise_comes_although_accounts_own_more_from_one_half_year_to_the_next():
    lines, day = draw_lines(seed=1), AS_OF - timedelta(days=180)
    with write_company(lines) as lab:
        offers = recommend_products(read_item_histories(lab, as_of=day), as_of=day).offers
    coming = lines[lines["day"] > np.datetime64(day)]
    bought = set(zip(coming["account_id"], coming["product_id"], strict=True))
    came = [pair in bought for pair in zip(offers["account_id"], offers["product_id"], strict=True)]
    told = offers.assign(came=came).groupby("kind")[["chance", "low", "high", "came"]].mean()
    assert set(told.index) == {"new", "again"}
    assert (told["low"] <= told["came"]).all()
    assert (told["came"] <= told["high"]).all()
    assert (told["chance"] / told["came"] - 1).abs().max() < 0.2, "by scores as they are new products get twice of it"


def test_nobody_is_offered_as_new_what_it_has_nor_again_what_it_never_bought(told, histories):
    has = set(zip(histories["account_id"], histories["product_id"], strict=True))
    for kind, is_held in (("new", False), ("again", True)):
        rows = told.offers[told.offers["kind"] == kind]
        pairs = set(zip(rows["account_id"], rows["product_id"], strict=True))
        assert pairs
        assert all((pair in has) is is_held for pair in pairs)
    assert told.offers[["chance", "low", "high", "worth"]].notna().all(axis=None)
    assert ((told.offers["low"] <= told.offers["chance"]) & (told.offers["chance"] <= told.offers["high"])).all()


def test_the_order_of_rows_changes_nothing_and_equal_scores_go_by_id(told, histories):
    mixed = recommend_products(histories.sample(frac=1, random_state=5), as_of=AS_OF)
    pd.testing.assert_frame_equal(mixed.offers, told.offers)
    assert mixed.tests == told.tests


def test_where_purchases_are_pure_chance_the_list_says_it_knows_no_better(histories):
    lot = np.random.default_rng(1)
    n = 6_000
    rows = pd.DataFrame(
        {
            "account_id": [f"a:{number:04}" for number in lot.integers(0, 500, n)],
            "product_id": [f"p:{number:02}" for number in lot.integers(0, 15, n)],
            "day": np.datetime64(AS_OF) - lot.integers(0, 720, n).astype("timedelta64[D]"),
        }
    ).drop_duplicates(["account_id", "product_id"])
    with write_company(rows) as lab:
        blind = recommend_products(read_item_histories(lab, as_of=AS_OF), as_of=AS_OF)
    assert blind.checks["new"].verdict == "no_better"
    assert blind.checks["new"].way in {"popular", "recent"}
    assert blind.checks["again"].verdict == "too_little"
    assert set(blind.offers["kind"]) == {"new"}


def test_what_nobody_bought_lately_and_what_is_excluded_is_not_offered(histories):
    old = histories["product_id"] == "p:05"
    gone = histories.assign(**{f"n_{at}": histories[f"n_{at}"].mask(old, histories["n_3"]) for at in range(3)})
    answer = recommend_products(gone[gone["n_0"] > 0], as_of=AS_OF, excluded=["p:03"])
    assert not {"p:03", "p:05"} & set(answer.offers["product_id"])
    assert "p:04" in set(answer.offers["product_id"])


@pytest.mark.requirement("M04")
def test_every_suggestion_has_a_reason_in_both_languages_and_joins_by_account_and_product(told):
    for lang, word in (("en", "of"), ("ja", "社")):
        table = tabulate_offers(told, lang, names={"p:00": "Printer"})
        assert table["reason"].str.len().gt(5).all()
        assert not table.duplicated(["account_id", "product_id"]).any()
        assert table["reason"].str.contains(word).any()
        assert table["reason"].str.contains("Printer").any()
    assert {"account_id", "product_id", "chance", "reason"} <= set(table.columns)


@pytest.mark.requirement("M04")
def test_who_opted_out_is_suggested_nothing_whatever_record_it_was_said_under(told):
    one, two, three = told.offers["account_id"].unique()[:3]
    contacts = pd.DataFrame(
        {
            "contact_id": ["c:1", "c:2", "c:3", "c:4", "c:5"],
            "account_id": [one, one, two, three, None],
            "email": ["one@example.com", "two@example.com", "Three@example.com", None, "three@example.com"],
            "phone": None,
            "opt_out_email": [False, True, False, False, True],
            "opt_out_phone": False,
        }
    )
    sent = address_offers(told.offers, contacts, channel="email")
    assert set(sent.rows["contact_id"]) == {"c:1"}, "c:3 said no as c:5, c:4 has no address"
    assert sent.n_opted_out == 3
    assert sent.n_accounts_without == told.offers["account_id"].nunique() - 1
    assert set(sent.rows["account_id"]) == {one}
    with pytest.raises(TableError, match=r"(?s)contacts has no column 'opt_out_email'"):
        address_offers(told.offers, contacts.drop(columns="opt_out_email"), channel="email")
    with pytest.raises(BadArgument, match=r"(?s)'fax'.*Next: give channel='email'"):
        address_offers(told.offers, contacts, channel="fax")


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.sampled_from([0.5, 10.0, 300.0]))
def test_ease_gives_the_same_scores_from_the_side_of_accounts_and_from_that_of_products(seed, ridge):
    lot = np.random.default_rng(seed)
    dense = lot.random((12, 20)) < 0.3
    wide = to_matrix(*np.nonzero(dense), dense.shape)
    inverse = np.linalg.inv(dense.T @ dense.astype(float) + ridge * np.eye(20))
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0)
    np.testing.assert_allclose(Ease(wide, ridge).score(wide), dense @ weights, atol=1e-8)
    both = to_matrix(*np.nonzero(np.vstack([dense, dense])), (24, 20))
    doubled = np.linalg.inv(2 * (dense.T @ dense.astype(float)) + ridge * np.eye(20))
    weights = -doubled / np.diag(doubled)
    np.fill_diagonal(weights, 0)
    np.testing.assert_allclose(Ease(both, ridge).score(wide), dense @ weights, atol=1e-8)


def test_above_the_size_for_ease_products_are_compared_two_by_two():
    owned = to_matrix(np.array([0, 0, 1, 1, 2, 3]), np.array([0, 1, 0, 1, 2, 0]), (4, 3))
    scores = ItemItem(owned, shrink=0.0).score(owned)
    assert scores[3, 1] == pytest.approx(2 / np.sqrt(3 * 2))
    assert scores[3, 2] == 0


def test_the_planted_pace_is_found_and_who_stayed_away_too_long_is_given_up():
    lot = np.random.default_rng(3)
    n, k, again = 1_500, 4, 0.9
    pace = 50 * 5 / lot.gamma(6, 1, n)
    n_gaps, days, logs, away = (np.zeros(n) for _ in range(4))
    for row in range(n):
        end = lot.uniform(300, 700)
        at = 0.0
        while True:
            gap = pace[row] * lot.gamma(k, 1 / k)
            if lot.random() > again or at + gap > end:
                break
            at, n_gaps[row], logs[row] = at + gap, n_gaps[row] + 1, logs[row] + np.log(gap)
        days[row], away[row] = at, end - at
    rows = ItemPaces(np.zeros(n, dtype=np.int64), n_gaps, days, logs, away)
    model = fit_reorders(rows, n_items=1)
    assert model.k[0] == 4
    assert model.chance_again[0] == pytest.approx(again, abs=0.02)
    assert 3 < model.evenness[0] < 10
    away_long = ItemPaces(
        np.zeros(3, dtype=np.int64), np.full(3, 9.0), np.full(3, 450.0), np.full(3, 34.0), np.array([40.0, 70.0, 500.0])
    )
    chances = model.foresee(away_long, 30)
    assert chances[0] > 0.4
    assert chances[2] < 0.01
    assert model.expect_days(away_long)[0] == pytest.approx(50, rel=0.1)


def test_too_little_is_refused_with_what_to_do(histories):
    few = histories[histories["account_id"] < "a:0020"]
    with pytest.raises(
        NotEnoughData, match=r"(?s)accounts had bought anything 360 days ago.*Next: import older orders"
    ):
        recommend_products(few, as_of=AS_OF)
    with pytest.raises(NotEnoughData, match=r"(?s)and there are 2 products"):
        recommend_products(histories[histories["product_id"].isin(["p:00", "p:01"])], as_of=AS_OF)
    with pytest.raises(NotEnoughData, match=r"(?s)No account bought any product.*Next: import order_lines"):
        recommend_products(histories.head(0), as_of=AS_OF)
    once = histories.assign(n_1=histories["n_0"], n_2=histories["n_0"], n_3=histories["n_0"])
    with pytest.raises(NotEnoughData, match=r"(?s)fewer than 20 purchases.*Next: give a longer horizon"):
        recommend_products(once, as_of=AS_OF)


def test_impossible_histories_and_arguments_are_refused_all_at_once(histories):
    broken = pd.concat([histories, histories.head(2)]).assign(n_3=99)
    with pytest.raises(TableError, match=r"(?s)2 rows of histories name an account and product again; \d+ count"):
        recommend_products(broken, as_of=AS_OF)
    with pytest.raises(TableError, match=r"histories has no column 'amount_ever'"):
        recommend_products(histories.drop(columns="amount_ever"), as_of=AS_OF)
    with pytest.raises(BadArgument, match=r"(?s)0 offers an account.*Next: give 1 to 50"):
        recommend_products(histories, as_of=AS_OF, top=0)
    with pytest.raises(BadArgument, match=r"(?s)horizon of 0 days.*Next: give 1 to 1000 days"):
        recommend_products(histories, as_of=AS_OF, horizon=0)


@pytest.mark.real_data
@pytest.mark.skipif(not DATA.is_dir(), reason=f"the public sample is not at {DATA}")
def test_on_real_resellers_both_kinds_beat_every_simple_list():
    sales = pd.read_parquet(DATA / "FactResellerSales.parquet")
    lines = pd.DataFrame(
        {
            "account_id": "r:" + sales["ResellerKey"].astype(str),
            "product_id": "p:" + sales["ProductKey"].astype(str).str.zfill(4),
            "order_id": sales["SalesOrderNumber"],
            "day": sales["OrderDate"],
            "total": sales["SalesAmount"].astype(float).round(2),
        }
    )
    last = date(2013, 11, 29)
    with write_company(lines) as lab:
        answer = recommend_products(read_item_histories(lab, as_of=last), as_of=last)
    assert {check.verdict for check in answer.checks.values()} == {"beats_simple"}
    rates = {(test.kind, test.way.partition(":")[0]): test.hit_rate.estimate for test in answer.tests}
    assert rates["new", "ease"] > 3 * rates["new", "popular"]
    assert rates["any", "offers"] > rates["any", "own"] > rates["any", "recent"]
