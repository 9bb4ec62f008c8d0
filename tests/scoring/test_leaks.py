"""Columns that know the outcome are found and stopped; honest ones are let through."""

from datetime import date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from saleslab.errors import BadArgument, GateClosed, NotEnoughData
from saleslab.scoring import build_leads, find_leaks, label_outcomes, refuse_leaks
from saleslab.simulation import Scenario, load_company, simulate
from saleslab.warehouse import connect

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


def drawn(n=2_000, *, seed=7, rate=0.2):
    """Leads with two honest columns, and their outcome."""
    rng = np.random.default_rng(seed)
    visits, source = rng.poisson(3, n), rng.choice(["web", "fair", "list"], n)
    chance = 1 / (1 + np.exp(-(np.log(rate / (1 - rate)) + 0.25 * (visits - 3) + (source == "fair") * 0.5)))
    return pd.DataFrame({"visits": visits, "source": source}), rng.random(n) < chance


def judged(leads, y, **others):
    return find_leaks(leads, y, **others).set_index("column")


def verdict_of(values, y, *, name="extra", **others):
    leads, _ = drawn(len(y))
    return judged(leads.assign(**{name: values}), y, **others).loc[name]


# -- leaks that are planted, and real ones


def test_the_outcome_under_another_name_is_blocked():
    _, won = drawn()
    for copy in (won, ~won, won.astype(int) * 7, np.where(won, "sent", "none"), pd.Series(won).map({True: "x"})):
        row = verdict_of(copy, won)
        assert (row["verdict"], row["codes"]) == ("block", "copy")
        assert row["reason"] == "It is the outcome under another name."


def test_the_outcome_with_noise_or_as_an_amount_is_blocked():
    leads, won = drawn()
    rng = np.random.default_rng(3)
    noisy = np.where(rng.random(len(won)) < 0.03, ~won, won)
    amount = np.where(won, rng.lognormal(8, 1, len(won)), 0)
    found = judged(leads.assign(noisy=noisy, amount=amount), won)
    assert found.loc[["noisy", "amount"], "verdict"].tolist() == ["block", "block"]
    assert found.loc[["visits", "source"], "verdict"].tolist() == ["ok", "ok"]


def test_a_name_that_gives_half_of_the_wins_away_is_blocked_though_it_says_nothing_of_the_rest():
    rng = np.random.default_rng(5)
    _, won = drawn()
    tag = np.where(won & (rng.random(len(won)) < 0.7), "will revert", rng.choice(["a", "b", "c"], len(won)))
    row = verdict_of(tag, won)
    assert row["auc"] < 0.9
    assert (row["verdict"], row["codes"]) == ("block", "sure")


def test_cells_that_are_filled_for_the_won_only_are_found():
    rng = np.random.default_rng(5)
    _, won = drawn()
    filled = np.where(won, rng.random(len(won)) < 0.9, rng.random(len(won)) < 0.4)
    row = verdict_of(pd.Series(rng.normal(size=len(won))).where(filled), won)
    assert row["verdict"] == "warn"
    assert "gaps" in row["codes"].split(",")
    assert "of the won leads" in row["reason"]


def test_a_column_that_knows_the_account_is_found_with_groups():
    rng = np.random.default_rng(9)
    account = rng.integers(0, 200, 4_000)
    won = rng.random(4_000) < rng.beta(0.3, 0.9, 200)[account]
    row = verdict_of([f"a{number}" for number in account], won, groups=account)
    assert row["auc"] > 0.7
    assert row["auc_apart"] == pytest.approx(0.5, abs=0.05)
    assert "groups" in row["codes"].split(",")


def test_a_column_that_knows_the_period_is_found_with_time():
    rng = np.random.default_rng(11)
    week = np.sort(rng.integers(0, 40, 8_000))
    won = rng.random(8_000) < np.tile([0.05, 0.6], 20)[week]
    row = verdict_of(week + 0.5, won, time=week)
    assert row["auc"] > 0.75
    assert (row["verdict"], row["codes"]) == ("warn", "drift")


def test_dates_of_the_decision_are_blocked_and_plans_are_looked_at():
    rng = np.random.default_rng(13)
    leads, won = drawn(1_000)
    created = pd.Timestamp("2026-01-01") + pd.to_timedelta(rng.integers(0, 90, 1_000), unit="D")
    closed = pd.Series(created + pd.to_timedelta(rng.integers(1, 60, 1_000), unit="D"))
    leads = leads.assign(
        stamp=closed.dt.strftime("%Y-%m-%d"),
        last_call=closed + pd.to_timedelta(rng.integers(-9, 9, 1_000), unit="D"),
        expected_close_date=closed + pd.to_timedelta(rng.integers(-20, 20, 1_000), unit="D"),
        born=created - pd.Timedelta(days=9),
    )
    found = judged(leads, won, time=created, closed_at=closed)
    assert found.loc[["stamp", "last_call"], "codes"].tolist() == ["closing_day", "after"]
    assert found.loc[["stamp", "last_call"], "verdict"].tolist() == ["block", "block"]
    assert found.loc["expected_close_date", ["verdict", "codes"]].tolist() == ["warn", "later"]
    assert found.loc["born", "verdict"] == "ok"


def test_values_written_after_the_decision_are_blocked():
    leads, won = drawn(600)
    closed = pd.Series(pd.Timestamp("2026-05-01"), index=range(600))
    written = pd.DataFrame({"source": closed + pd.Timedelta(days=2), "visits": closed - pd.Timedelta(days=2)})
    written.loc[3, "visits"] = pd.Timestamp("2026-06-01")
    found = judged(leads, won, closed_at=closed, changed_at=written)
    assert found.loc["source", ["verdict", "codes"]].tolist() == ["block", "changed"]
    assert found.loc["visits", ["verdict", "codes"]].tolist() == ["warn", "some_changed"]


@pytest.mark.real_data
@pytest.mark.skipif(not DATA.is_dir(), reason="needs ../shared/data")
def test_on_real_calls_duration_is_flagged_and_no_honest_column_is_blocked():
    calls = pd.read_csv(next((DATA / "uci_bank_marketing").glob("*.csv.gz")), sep=";")
    found = judged(calls.drop(columns="y"), calls["y"], time=np.arange(len(calls)))
    assert found.loc["duration", "verdict"] == "warn"
    assert found.loc["duration", "auc"] == pytest.approx(0.82, abs=0.01)  # 0.82 in an independent five-fold run
    assert "high_auc" in found.loc["duration", "codes"].split(",")
    assert (found["verdict"] != "block").all()
    period = {"euribor3m", "emp.var.rate", "cons.price.idx", "cons.conf.idx", "nr.employed"}
    assert set(found.index[found["verdict"] == "warn"]) == {"duration"} | period
    assert set(found.loc[list(period), "codes"]) == {"drift"}


@pytest.mark.real_data
@pytest.mark.skipif(not DATA.is_dir(), reason="needs ../shared/data")
def test_on_a_real_pipeline_what_is_written_at_closing_is_blocked_and_nothing_else():
    deals = pd.read_csv(DATA / "maven_crm" / "sales_pipeline.csv")
    deals = deals[deals["deal_stage"].isin(["Won", "Lost"])]
    leads, won = deals.drop(columns="deal_stage"), deals["deal_stage"] == "Won"
    for others in ({}, {"time": deals["engage_date"], "groups": deals["account"]}):
        found = judged(leads, won, **others)
        assert set(found.index[found["verdict"] == "block"]) == {"close_value", "close_date"}
        assert found.loc["opportunity_id", "codes"] == "key"
    renamed = judged(leads.rename(columns={"close_date": "d", "close_value": "v"}), won, closed_at=deals["close_date"])
    assert renamed.loc[["d", "v"], "verdict"].tolist() == ["block", "block"]


def load(*, seed, n_deals, language="en"):
    lab = connect("duckdb://")
    company = simulate(Scenario(seed=seed, n_deals=n_deals, language=language))
    load_company(company, lab, loaded_at=datetime(2026, 10, 1))
    return lab


def judged_company(lab, *, known_at, goal="qualified"):
    """Judge every feature of the leads whose outcome is known."""
    leads = build_leads(lab, as_of=date(2026, 9, 30), known_at=known_at, goal=goal)
    outcomes = label_outcomes(leads.frame, as_of=date(2026, 9, 30))
    known = outcomes.is_known
    return judged(
        leads.inputs[known],
        outcomes.frame.loc[known, "is_won"],
        time=leads.time[known],
        groups=leads.groups[known],
        closed_at=leads.frame.loc[known, "closed_at"],
    )


@pytest.fixture(scope="module")
def invented():
    return load(seed=8, n_deals=150)


def test_no_honest_column_of_the_invented_company_is_blocked(invented):
    found = judged_company(invented, known_at="contacted")
    assert found.index[found["verdict"] == "block"].tolist() == []
    assert refuse_leaks(found.reset_index()) == ()


@pytest.mark.slow
@pytest.mark.parametrize("n_deals", [300, 1_500])
@pytest.mark.parametrize("seed", [3, 4, 5, 6])
def test_no_honest_column_is_blocked_on_many_companies(seed, n_deals):
    lab = load(seed=seed, n_deals=n_deals, language=("ja", "en")[seed % 2])
    for known_at, goal in (("created", "won"), ("created", "qualified"), ("contacted", "won")):
        found = judged_company(lab, known_at=known_at, goal=goal)
        assert found.index[found["verdict"] == "block"].tolist() == []


def test_what_is_written_at_conversion_is_blocked_on_the_invented_company(invented):
    found = judged_company(invented, known_at="closed")
    assert found.loc["annual_revenue", "verdict"] == "block"
    assert found.loc["disqualify_reason", "verdict"] in {"block", "warn"}


# -- luck, and columns that say nothing


def test_luck_accuses_no_column():
    rng = np.random.default_rng(17)
    for n_won, n in ((6, 12), (20, 40), (40, 4_000)):
        won = rng.permutation(np.arange(n) < n_won)
        leads = pd.DataFrame(rng.normal(size=(n, 60)), columns=[f"c{at}" for at in range(60)])
        leads = leads.assign(**{f"n{at}": rng.choice(list("abcdefgh"), n) for at in range(40)})
        assert (find_leaks(leads, won)["verdict"] == "ok").all()


def test_keys_are_found_and_amounts_are_no_keys():
    leads, won = drawn()
    rng = np.random.default_rng(19)
    leads = leads.assign(
        serial=np.arange(len(won)) + 5_000,
        code=[f"k{at}" for at in range(len(won))],
        account_id=rng.integers(0, 10**9, len(won)),
        revenue=rng.integers(0, 10**9, len(won)),
        weight=rng.normal(size=len(won)),
    )
    found = judged(leads, won)
    assert set(found.index[found["codes"] == "key"]) == {"serial", "code", "account_id"}
    assert set(found.index[found["verdict"] == "ok"]) == {"visits", "source", "revenue", "weight"}


def test_leads_entered_twice_do_not_make_their_names_look_powerful():
    leads, won = drawn(1_000)
    leads = leads.assign(email=[f"p{at // 2 * 2}" for at in range(1_000)])
    twice = np.arange(1_000) // 2 * 2
    leads, won = leads.iloc[twice].reset_index(drop=True), won[twice]
    found = judged(leads.assign(noise=np.random.default_rng(5).normal(size=1_000)[twice]), won)
    assert found.loc["email", "auc"] == pytest.approx(0.5, abs=0.05)


def test_empty_constant_infinite_and_odd_columns_are_judged_too():
    leads, won = drawn()
    n = len(won)
    rng = np.random.default_rng(23)
    leads = leads.assign(
        empty=np.nan,
        same="x",
        endless=np.where(rng.random(n) < 0.1, np.inf, rng.normal(size=n)),
        lists=pd.Series([[1, 2]] * n),
        mixed=pd.Series([1, "a", None, 2.5] * (n // 4), dtype=object),
        many=rng.integers(0, 10_000, n).astype(str),
        days=pd.to_timedelta(rng.integers(0, 9, n), unit="D"),
        period=pd.Series(pd.period_range("2026-01", periods=12, freq="M").take(rng.integers(0, 12, n))),
        sorted=pd.Categorical(rng.choice(["a", "b"], n)),
        nullable=pd.array(rng.integers(0, 5, n), dtype="Int64"),
    )
    found = judged(leads, won)
    assert not (set(found["verdict"]) - {"ok"})
    assert found.loc["empty", "reason"] == "It is empty in every row."
    assert found.loc["same", "reason_ja"] == "全行が同じ値です。"
    assert found[["auc", "share_sure", "share_missing"]].notna().all().all()


# -- laws


def test_the_sequence_of_columns_and_the_name_of_the_outcome_change_nothing():
    leads, won = drawn()
    leads = leads.assign(close_value=np.where(won, 5, 0))
    one, other = find_leaks(leads, won), find_leaks(leads[leads.columns[::-1]], np.where(won, "yes", "no"))
    pd.testing.assert_frame_equal(
        one.sort_values("column", ignore_index=True), other.sort_values("column", ignore_index=True)
    )


def test_arrow_and_arrays_are_read_like_pandas():
    import pyarrow as pa

    leads, won = drawn()
    pd.testing.assert_frame_equal(find_leaks(leads, won), find_leaks(pa.Table.from_pandas(leads), won))
    assert (
        find_leaks(leads[["visits"]].to_numpy(), won)["auc"].tolist()
        == find_leaks(leads[["visits"]], won)["auc"].tolist()
    )


def test_blocked_columns_come_first():
    leads, won = drawn()
    found = find_leaks(
        leads.assign(close_date="2026-01-01", code=[f"k{at}" for at in range(len(won))], copied=won), won
    )
    assert found["verdict"].tolist() == ["block", "block", "warn", "ok", "ok"]
    assert list(found.columns[:4]) == ["column", "verdict", "reason", "auc"]


# -- what stops training


@pytest.fixture
def found():
    leads, won = drawn(200)
    return find_leaks(leads.assign(close_value=np.where(won, 9, 0), close_date="2026-01-01"), won)


def test_every_blocked_column_is_named_with_the_next_step(found):
    with pytest.raises(GateClosed, match=r"2 columns know the outcome(.|\n)*Next: leave them out") as refusal:
        refuse_leaks(found)
    assert "'close_value'" in str(refusal.value)
    assert "'close_date'" in str(refusal.value)


def test_a_reason_lets_a_column_through_and_is_kept_for_the_card(found):
    with pytest.raises(GateClosed, match="1 column knows the outcome: 'close_value'"):
        refuse_leaks(found, allowed={"close_date": "is the planned date here"})
    allowed = refuse_leaks(found, allowed={"close_date": "is the planned date here", "close_value": "a test "})
    assert {one.column: one.because for one in allowed} == {
        "close_date": "is the planned date here",
        "close_value": "a test",
    }
    assert all("decided" in one.found.en and "決着" in one.found.ja for one in allowed)


def test_a_missing_reason_or_a_misspelt_column_is_refused(found):
    with pytest.raises(
        BadArgument, match=r"no column is called 'closedate'; 'close_value' would be let through without"
    ):
        refuse_leaks(found, allowed={"closedate": "x", "close_value": " "})


# -- refusals


@pytest.mark.parametrize(
    ("y", "error", "said"),
    [
        ([True] * 40, NotEnoughData, r"All 40 leads ended in the same way(.|\n)*Next: take a longer period"),
        ([0] * 37 + [1] * 3, NotEnoughData, r"3 of 40 leads were won(.|\n)*Next: wait for more outcomes"),
        (["a", "b"] * 19 + ["c"] * 2, BadArgument, "has 3 values instead of won and not won"),
        ([True, None] * 20, BadArgument, r"20 of 40 outcomes are not known yet(.|\n)*label_outcomes"),
        ([True] * 39, BadArgument, "X has 40 rows, y has 39"),
    ],
)
def test_outcomes_that_cannot_be_learned_from_are_refused(y, error, said):
    with pytest.raises(error, match=said):
        find_leaks(pd.DataFrame({"a": range(40)}), y)


@pytest.mark.parametrize(
    ("others", "said"),
    [
        ({"time": range(9)}, "time has 9"),
        ({"groups": range(9)}, "groups has 9"),
        ({"closed_at": range(9)}, "closed_at has 9"),
        ({"time": ["soon"] * 40}, "Some times cannot be read"),
        ({"changed_at": pd.DataFrame({"a": ["2026-01-01"] * 40})}, "pass closed_at and changed_at"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(others, said):
    with pytest.raises(BadArgument, match=said):
        find_leaks(pd.DataFrame({"a": range(40)}), [True, False] * 20, **others)


def test_a_frame_without_columns_is_refused():
    with pytest.raises(BadArgument, match="X has no column"):
        find_leaks(pd.DataFrame(index=range(40)), [True, False] * 20)
