"""The health of customers: what was planted is found, noise is called so, and a longer silence never looks better."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from contracts import invent_accounts, invent_groups
from hypothesis import given, settings
from hypothesis import strategies as st

from saleslab.customers import rate_health, read_health_accounts, read_health_groups
from saleslab.customers.health.model import learn_health
from saleslab.customers.health.rating import check_forward
from saleslab.customers.health.rows import FACTORS
from saleslab.errors import BadArgument, NotEnoughData, TableError
from saleslab.simulation import Scenario, load_company, simulate
from saleslab.stats import measure_auc, measure_calibration
from saleslab.warehouse import connect

DAY = date(2026, 9, 30)
PLANTED = {"recency": 0.35, "satisfaction": 0.8}


def rate(groups, accounts):
    return rate_health(groups, accounts, as_of=DAY, horizon=180)


@pytest.fixture(scope="module")
def found():
    return rate(invent_groups("contract", weights=PLANTED), invent_accounts("contract"))


@pytest.mark.requirement("L05")
def test_planted_reasons_are_found_on_later_customers_and_the_chances_come_true(found):
    judged = found.kinds["contract"]
    assert judged.withheld is None
    assert judged.test.auc.low > 0.65
    assert judged.test.gain.low > 0
    assert judged.test.log_loss < min(judged.test.base_loss, judged.test.recency_loss)
    assert judged.test.calibration.error < 2 * judged.test.calibration.error_by_luck + 0.02


@pytest.mark.requirement("L05")
def test_what_moved_a_chance_is_what_was_planted(found):
    worst = found.frame[(found.frame["satisfaction"] == 2) & (found.frame["recency"] == 5)]
    assert {name for reasons in worst["worse"] for name, _, _ in reasons} == {"recency", "satisfaction"}
    assert all(level == 2 for reasons in worst["worse"] for name, level, _ in reasons if name == "satisfaction")


@pytest.mark.requirement("L05")
def test_the_list_goes_by_what_is_at_stake(found):
    frame = found.frame
    assert frame["at_stake"].is_monotonic_decreasing
    assert np.allclose(frame["at_stake"], frame["chance_lost"] * frame["amount"])
    assert ((frame["low"] <= frame["chance_lost"]) & (frame["chance_lost"] <= frame["high"])).all()


def test_noise_is_called_no_usable_signal_and_nobody_is_told_apart():
    verdicts = [
        rate(invent_groups("contract", n=700, n_blocks=7, seed=seed), invent_accounts("contract"))
        .kinds["contract"]
        .withheld
        for seed in range(3)
    ]
    assert verdicts == ["no_signal"] * 3
    noise = rate(invent_groups("contract", n=700, n_blocks=7), invent_accounts("contract"))
    assert len(set(noise.frame["chance_lost"])) == 1
    assert not any(noise.frame["worse"])


def test_few_losses_are_too_few_to_judge_by():
    few = invent_groups("buyer", n=150, height=-3.0)
    judged = rate(few, invent_accounts("buyer")).kinds["buyer"]
    assert (judged.withheld, judged.test) == ("too_few", None)


@pytest.mark.requirement("K08")
@given(st.integers(0, 10_000), st.floats(-1.5, 1.5))
@settings(max_examples=8, deadline=None)
def test_a_longer_silence_never_lowers_the_chance_of_loss(seed, weight):
    model = learn_health(invent_groups("contract", n=500, weights={"recency": weight}, height=-1.0, seed=seed))
    silent = pd.DataFrame(dict.fromkeys(FACTORS, 0), index=range(6)).assign(recency=range(6))
    assert np.all(np.diff(model.log_odds(silent)) >= -1e-12)
    bought = silent.assign(recency=0, purchase_recency=[0, 1, 2, 3, 4, 4])
    assert np.all(np.diff(model.log_odds(bought)) >= -1e-12)


def test_the_order_of_groups_and_accounts_and_the_names_of_ids_change_nothing(found):
    groups, accounts = invent_groups("contract", weights=PLANTED), invent_accounts("contract")
    mixed = rate(groups.sample(frac=1, random_state=1), accounts.sample(frac=1, random_state=2))
    pd.testing.assert_frame_equal(mixed.frame, found.frame)
    other = rate(groups, accounts.assign(account_id=accounts["account_id"].str.replace("a", "z")))
    assert (other.frame["chance_lost"] == found.frame["chance_lost"]).all()


def test_no_block_is_tested_by_what_was_learned_from_it():
    groups = invent_groups("contract", weights=PLANTED)
    late = groups[groups["block"] >= 8]
    turned = late.assign(n_lost=late["n"] - late["n_lost"])
    test = check_forward(pd.concat([groups[groups["block"] < 8], turned]), gap=12)
    assert test is None  # every block lies within the gap


@pytest.mark.parametrize("missing", ["n_lost", "recency", "block"])
def test_a_missing_column_is_named(missing):
    with pytest.raises(TableError, match=rf"(?s)has no column '{missing}'.*Next: pass the frame as its inputs"):
        rate(invent_groups("contract", n=100).drop(columns=missing), invent_accounts("contract"))


def test_nobody_to_rate_is_refused_with_the_next_step():
    with pytest.raises(NotEnoughData, match=r"(?s)No customer can be rated.*Next: import at least a year of orders"):
        rate(invent_groups("buyer"), invent_accounts("contract"))


# -- where the rows are


@pytest.fixture(scope="module")
def company():
    return simulate(Scenario(seed=7, n_deals=300))


@pytest.fixture(scope="module")
def lab(company):
    with connect("duckdb://") as opened, opened.transaction():
        for name in ("accounts", "orders", "order_lines", "products", "activities", "feedback", "tasks"):
            opened.write(name, company.tables[name], source_system="test", loaded_at=pd.Timestamp("2026-10-01"))
        yield opened


@pytest.fixture(scope="module")
def read(lab):
    before = lab.rows_read
    groups = read_health_groups(lab, as_of=DAY)
    n_read = lab.rows_read - before
    return groups, read_health_accounts(lab, as_of=DAY), n_read


def test_no_more_rows_than_groups_reach_python(read):
    groups, _, n_read = read
    assert n_read <= len(groups) + 20
    assert groups["n"].sum() > len(groups)


def test_contracts_are_the_planted_ones_and_one_time_terms_are_not(read, company):
    _, accounts, _ = read
    truth = company.truth.customers.set_index("account_id")["is_contract"]
    kinds = accounts.set_index("account_id")["kind"]
    assert truth[kinds[kinds == "contract"].index].all()
    assert not truth[kinds[kinds == "buyer"].index].any()
    due = accounts.loc[accounts["kind"] == "contract", "due_on"]
    assert ((due > pd.Timestamp(DAY)) & (due <= pd.Timestamp(DAY) + pd.Timedelta(days=180))).all()


def test_a_horizon_that_tells_nothing_is_refused(lab):
    with pytest.raises(BadArgument, match=r"(?s)A horizon of 5 days.*Next: give 30 to 730 days"):
        read_health_groups(lab, as_of=DAY, horizon=5)


def test_a_company_without_orders_is_told_what_to_import(company):
    with connect("duckdb://") as opened:
        opened.write("accounts", company.tables["accounts"], source_system="test", loaded_at=pd.Timestamp("2026-10-01"))
        with pytest.raises(NotEnoughData, match=r"(?s)Next: map the account of orders or deals"):
            read_health_accounts(opened, as_of=DAY)


@pytest.mark.slow
@pytest.mark.requirement("L05")
def test_who_is_likely_to_leave_by_the_planted_chance_is_rated_so():
    large = simulate(Scenario(seed=7, n_deals=20_000))
    with connect("duckdb://") as opened:
        load_company(large, opened, loaded_at=pd.Timestamp("2026-10-01"))
        health = rate(read_health_groups(opened, as_of=DAY), read_health_accounts(opened, as_of=DAY))
    assert {kind: one.withheld for kind, one in health.kinds.items()} == {"contract": None, "buyer": None}
    truth = large.truth.customers.set_index("account_id")
    rated = health.frame[health.frame["kind"] == "contract"].set_index("account_id")
    planted = truth.loc[rated.index, "chance_leave"]
    assert measure_auc(planted > planted.median(), rated["chance_lost"]).low > 0.6
    rng = np.random.default_rng(1)
    drawn = rng.random(len(planted)) < planted.to_numpy()
    curve = measure_calibration(drawn, rated["chance_lost"].to_numpy())
    assert abs(curve.mean_chance - planted.mean()) < 0.02
    assert curve.error < 2 * curve.error_by_luck + 0.02
