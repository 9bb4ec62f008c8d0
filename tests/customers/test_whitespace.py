"""White space: the family that accounts alike buy is the gap, for those who are alike and for nobody else."""

import numpy as np
import pandas as pd
import pytest
from baskets import AS_OF, write_company

from saleslab.customers import find_whitespace
from saleslab.customers.offers.rows import read_family_matrix
from saleslab.errors import BadArgument, NotEnoughData

FAMILIES = ("clean", "cut", "drill", "glue", "lift", "paint")


def draw_matrix(*, n=240, seed=0, noise=0.1, late=0.15):
    """Half of the accounts are makers (cut, drill, lift), half painters (paint, glue, clean); one maker lacks lift."""
    lot = np.random.default_rng(seed)
    rows = []
    for account in range(n):
        name = f"a:{account:03}"
        own = {"cut", "drill", "lift"} if account % 2 else {"clean", "glue", "paint"}
        for family in FAMILIES:
            has = lot.random() < (0.95 if family in own else noise)
            if name == "a:001":
                has = family in own - {"lift"}
            if has:
                ago = int(lot.integers(1, 170)) if lot.random() < late else int(lot.integers(400, 700))
                spend = 9_000 if family == "lift" else 1_000
                rows.append((name, f"p:{family}", family, np.datetime64(AS_OF) - np.timedelta64(ago, "D"), spend))
                rows.append(
                    (name, f"p:{family}", family, np.datetime64(AS_OF) - np.timedelta64(min(ago, 100), "D"), spend)
                )
    return pd.DataFrame(rows, columns=["account_id", "product_id", "family", "day", "total"])


@pytest.fixture(scope="module")
def histories():
    lines = draw_matrix()
    accounts = pd.DataFrame({"account_id": sorted(lines["account_id"].unique())})
    number = accounts["account_id"].str[2:].astype(int)
    accounts = accounts.assign(name="x", industry=np.where(number % 2, "maker", "painter"), region="Kanto")
    products = lines[["product_id", "family"]].drop_duplicates().assign(name="x")
    with write_company(lines, accounts=accounts, products=products) as lab:
        return read_family_matrix(lab, as_of=AS_OF)


@pytest.mark.requirement("L06")
def test_the_planted_gap_is_the_first(histories):
    told = find_whitespace(histories, as_of=AS_OF)
    mine = told.gaps[told.gaps["account_id"] == "a:001"]
    assert mine["family"].tolist() == ["lift"]
    row = mine.iloc[0]
    assert row["n_alike_buying"] > 0.85 * row["n_alike"] >= 0.85 * 30
    assert row["low"] < row["share"] < row["high"]
    first = told.gaps.iloc[0]
    assert first["family"] == "lift"
    makers = told.gaps[told.gaps["family"].isin(["cut", "drill", "lift"])]["account_id"].str[2:].astype(int)
    assert (makers % 2 == 1).mean() > 0.9


def test_a_gap_is_worth_what_accounts_alike_spend_times_their_share(histories):
    told = find_whitespace(histories, as_of=AS_OF)
    np.testing.assert_allclose(told.cells["worth"], told.cells["share"] * told.cells["spend"])
    assert ((told.cells["worth_low"] < told.cells["worth"]) & (told.cells["worth"] < told.cells["worth_high"])).all()
    by_family = told.cells.groupby("family")["spend"].first()
    assert by_family["lift"] > 5 * by_family["paint"]
    assert not told.gaps["is_bought"].any()


def test_gaps_of_the_past_are_looked_at_again(histories):
    told = find_whitespace(histories, as_of=AS_OF)
    assert told.came_true is not None
    assert told.came_true.estimate > 1.5 * told.usual.estimate


def test_the_order_of_rows_changes_nothing(histories):
    mixed = find_whitespace(histories.sample(frac=1, random_state=2), as_of=AS_OF)
    told = find_whitespace(histories, as_of=AS_OF)
    pd.testing.assert_frame_equal(mixed.gaps, told.gaps)
    assert mixed.families == told.families


def test_where_families_are_bought_by_lot_hardly_any_cell_is_called_a_gap():
    lot = np.random.default_rng(4)
    held = lot.random((300, 6)) < 0.4
    account, family = np.nonzero(held)
    lines = pd.DataFrame(
        {
            "account_id": [f"a:{number:03}" for number in account],
            "product_id": [f"p:{number}" for number in family],
            "day": np.datetime64(AS_OF) - lot.integers(1, 700, len(account)).astype("timedelta64[D]"),
        }
    )
    products = pd.DataFrame(
        {"product_id": [f"p:{n}" for n in range(6)], "name": "x", "family": [f"f{n}" for n in range(6)]}
    )
    with write_company(lines, products=products) as lab:
        told = find_whitespace(read_family_matrix(lab, as_of=AS_OF), as_of=AS_OF)
    empty = (~told.cells["is_bought"]).sum()
    assert empty > 900
    assert len(told.gaps) < 0.12 * empty


def test_a_family_below_the_support_is_hidden_and_counted(histories):
    told = find_whitespace(histories, as_of=AS_OF, least=125)
    assert told.n_hidden > 0
    assert set(told.gaps["family"]) < set(FAMILIES)


def test_too_little_is_refused_with_what_to_do(histories):
    with pytest.raises(NotEnoughData, match=r"(?s)30 accounts and 3 families are needed.*Next: import older orders"):
        find_whitespace(histories[histories["account_id"] < "a:020"], as_of=AS_OF)
    with pytest.raises(NotEnoughData, match=r"(?s)No family is bought by 5000 accounts.*Next: ask for a smaller least"):
        find_whitespace(histories, as_of=AS_OF, least=5_000)
    with pytest.raises(BadArgument, match=r"(?s)bought by 1 accounts.*Next: give least=2"):
        find_whitespace(histories, as_of=AS_OF, least=1)
