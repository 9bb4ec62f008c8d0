"""What was planted can be found again by simple estimators."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow.compute as pc
import pytest

from saleslab.simulation import Company

FRAMES: dict[tuple[int, str], pd.DataFrame] = {}


def frame(company: Company, name: str) -> pd.DataFrame:
    """Return a table as a frame, converted once."""
    key = (company.scenario.n_deals, name)
    if key not in FRAMES:
        FRAMES[key] = company.frame(name)
    return FRAMES[key]


def calls_of(company: Company) -> pd.DataFrame:
    """Return the telephone calls, only the columns that are needed."""
    activities = company.tables["activities"]
    calls = activities.filter(pc.equal(activities["type"], "call"))
    return calls.select(["at", "connected", "subject", "lead_id", "opportunity_id"]).to_pandas()


def logit(p: float) -> float:
    return float(np.log(p / (1 - p)))


def fit_log_odds(columns: dict[str, np.ndarray], outcome: np.ndarray) -> dict[str, float]:
    """Plain logistic regression by Newton steps."""
    x = np.column_stack([np.ones(len(outcome)), *columns.values()])
    beta = np.zeros(x.shape[1])
    for _ in range(25):
        p = 1 / (1 + np.exp(-x @ beta))
        beta += np.linalg.solve((x * (p * (1 - p))[:, None]).T @ x + 1e-9 * np.eye(len(beta)), x.T @ (outcome - p))
    return dict(zip(["one", *columns], beta, strict=True))


def decided(company: Company, stage: int) -> pd.DataFrame:
    """Return the new deals that entered a stage and left it forwards or to lost."""
    events = frame(company, "stage_events")
    events = events[events["object_type"] == "opportunity"]
    order = [
        "sim:stage-new-1",
        "sim:stage-new-2",
        "sim:stage-new-3",
        "sim:stage-new-4",
        "sim:stage-new-5",
        "sim:stage-new-won",
    ]
    reached = {
        s: events[events["to_stage_id"] == s].drop_duplicates("object_id").set_index("object_id")["at"] for s in order
    }
    deals = frame(company, "opportunities").set_index("opportunity_id")
    entered = deals.loc[reached[order[stage]].index].copy()
    entered["entered_at"] = reached[order[stage]]
    entered["passed"] = entered.index.isin(reached[order[stage + 1]].index)
    return entered[entered["passed"] | entered["is_closed"]]


@pytest.mark.parametrize("stage", range(5))
def test_stage_rates_are_found(large: Company, stage: int) -> None:
    planted = large.truth.stages["mean_rate"][stage]
    deals = decided(large, stage)
    matured = deals[deals["entered_at"] < pd.Timestamp("2026-01-01")]
    assert matured["passed"].mean() == pytest.approx(planted, abs=4 * np.sqrt(planted * (1 - planted) / len(matured)))


def test_chances_of_deals_are_calibrated(large: Company) -> None:
    truth = large.truth.deals
    truth = truth[truth["opportunity_id"].isin(frame(large, "opportunities").query("type == 'new'")["opportunity_id"])]
    bins = pd.qcut(truth["chance_won"], 5)
    table = truth.groupby(bins, observed=True).agg(said=("chance_won", "mean"), was=("will_win", "mean"))
    assert (table["said"] - table["was"]).abs().max() < 0.025
    assert table["was"].iloc[-1] - table["was"].iloc[0] > 0.2


def test_closing_effects_of_people_are_found(large: Company) -> None:
    people = large.truth.people.set_index("user_id")
    deals = decided(large, 2)
    deals = deals[deals["closed_at"].notna()]
    rates = deals.groupby("closer_id").agg(n=("is_won", "size"), rate=("is_won", "mean"))
    rates = rates[rates["n"] >= 40]
    found = np.log(rates["rate"] / (1 - rates["rate"]))
    planted = people["closing_effect"].reindex(rates.index)
    assert len(rates) > 30
    assert found.corr(planted, method="spearman") > 0.7


def test_appointers_differ_in_calling_and_in_quality(large: Company) -> None:
    people = large.truth.people.set_index("user_id")
    leads = frame(large, "leads").dropna(subset=["first_touch_at"])
    calling = leads.groupby("owner_id")["qualified_at"].agg(lambda s: s.notna().mean())
    appointers = people.index[people["role"] == "appointer"].intersection(calling.index)
    assert calling[appointers].corr(people.loc[appointers, "calling_effect"], method="spearman") > 0.7
    early = decided(large, 0)
    early = early.dropna(subset=["appointer_id"])
    passed = early.assign(both=early.index.isin(decided(large, 2).index)).groupby("appointer_id")["both"].mean()
    assert passed.corr(people["quality_effect"].reindex(passed.index), method="spearman") > 0.6


def test_the_planted_specialists_shine_in_their_industry(large: Company) -> None:
    people = large.truth.people.dropna(subset=["specialty"])
    deals = decided(large, 2).merge(frame(large, "accounts")[["account_id", "industry"]], on="account_id")
    deals = deals[deals["closed_at"].notna()]
    mine = deals["closer_id"].isin(people["user_id"])
    fits = deals["industry"] == people["specialty"].iloc[0]
    rates = deals.groupby([mine, fits])["is_won"].agg(["mean", "size"])
    sides = {cell: logit(rates["mean"][cell]) for cell in rates.index}
    lift = sides[True, True] - sides[True, False] - sides[False, True] + sides[False, False]
    error = np.sqrt((1 / (rates["size"] * rates["mean"] * (1 - rates["mean"]))).sum())
    assert lift > 2 * error


def test_speed_of_the_first_call_is_found(large: Company) -> None:
    leads = frame(large, "leads").dropna(subset=["first_touch_at"])
    leads = leads[leads["created_at"] < pd.Timestamp("2026-06-01")]
    waits = ~leads["source"].isin(["紹介", "架電リスト"])
    leads = leads[waits]
    hours = (leads["first_touch_at"] - leads["created_at"]).dt.total_seconds() / 3_600
    columns = {"speed": np.log1p(hours.to_numpy())}
    for source in sorted(leads["source"].unique())[1:]:
        columns[source] = (leads["source"] == source).to_numpy(dtype=float)
    fit = fit_log_odds(columns, leads["qualified_at"].notna().to_numpy(dtype=float))
    assert fit["speed"] == pytest.approx(-large.scenario.leads.speed, abs=0.05)


def test_the_best_hour_to_call_is_found(large: Company) -> None:
    calls = calls_of(large)
    calls = calls[calls["lead_id"].notna()]
    by_hour = calls["connected"].astype(bool).groupby((calls["at"] + pd.Timedelta(hours=9)).dt.hour).mean()
    planted = large.truth.hours.set_index("hour")["chance_connected"]
    assert by_hour.idxmax() == planted.idxmax() == 16
    assert (by_hour - planted).abs().max() < 0.02


def test_the_season_of_decisions_is_found(large: Company) -> None:
    """Decisions per deal and business day in the last stage, by month, follow the planted multipliers."""
    deals = decided(large, 4)
    calendar = frame(large, "calendar")
    days = pd.to_datetime(calendar.loc[calendar["is_business_day"], "date"]).to_numpy()

    def number(at: pd.Series) -> np.ndarray:
        return np.searchsorted(days, (at + pd.Timedelta(hours=9)).to_numpy())

    entered = number(deals["entered_at"])
    ended = number(deals["closed_at"].fillna(pd.Timestamp("2100-01-01")))
    found, planted = [], []
    for _, row in large.truth.months.iterrows():
        first, last = np.searchsorted(days, [row["month"], row["month"] + pd.DateOffset(months=1)])
        exposure = np.clip(np.minimum(ended, last) - np.maximum(entered, first), 0, None).sum()
        if exposure > 1_000:
            found.append(((ended > first) & (ended <= last)).sum() / exposure)
            planted.append(row["closing"] * row["closing_shock"])
    assert len(found) > 24
    assert np.corrcoef(found, planted)[0, 1] > 0.8


def test_arrivals_of_leads_follow_season_and_shock(large: Company) -> None:
    leads = frame(large, "leads")
    n = (leads["created_at"] + pd.Timedelta(hours=9)).dt.to_period("M").value_counts().sort_index()
    months = large.truth.months
    trend = (1 + large.scenario.season.growth) ** (np.arange(len(months)) / 12)
    planted = (months["arrivals"] * months["arrival_shock"] * trend).to_numpy()
    calendar = frame(large, "calendar")
    per_month = pd.to_datetime(calendar["date"]).dt.to_period("M")
    weight = calendar["is_business_day"].where(calendar["is_business_day"], 0.12).astype(float)
    days = weight.groupby(per_month).sum().reindex(n.index)
    assert np.corrcoef(n / days, planted)[0, 1] > 0.98


def test_months_differ_more_than_chance_would(large: Company) -> None:
    """The spread of arrivals around their season is the planted overdispersion, not Poisson noise."""
    shocks = large.truth.months["arrival_shock"]
    leads = frame(large, "leads")
    n = (leads["created_at"] + pd.Timedelta(hours=9)).dt.to_period("M").value_counts().sort_index().to_numpy()
    assert shocks.var() == pytest.approx(large.scenario.overdispersion.arrivals, rel=0.6)
    assert n.var() / n.mean() > 10


def test_repeat_rates_of_piece_buyers_are_found(large: Company) -> None:
    """Orders over years as an active customer are the planted individual rates."""
    customers = large.truth.customers
    pieces = customers[~customers["is_contract"]].set_index("account_id")
    orders = frame(large, "orders")
    end = pd.Timestamp(large.scenario.end) + pd.Timedelta(days=1)
    local = orders["ordered_at"] + pd.Timedelta(hours=9)
    grouped = local.groupby(orders["account_id"])
    first, n = grouped.min().reindex(pieces.index), grouped.size().reindex(pieces.index) - 1
    years = (pieces["left_on"].fillna(end) - first).dt.days / 365.25
    assert n.sum() / (pieces["orders_a_year"] * years.clip(lower=0)).sum() == pytest.approx(1.0, abs=0.05)
    assert np.corrcoef(n, pieces["orders_a_year"] * years)[0, 1] > 0.85
    assert pieces["orders_a_year"].mean() == pytest.approx(large.scenario.loyalty.rate_a_year, rel=0.1)


def test_dropout_after_a_repeat_order_is_found(large: Company) -> None:
    customers = large.truth.customers
    pieces = customers[~customers["is_contract"]].set_index("account_id")
    n_repeats = frame(large, "orders").groupby("account_id").size().reindex(pieces.index) - 1
    expected = (pieces["chance_dropout"] * n_repeats).sum()
    left = pieces["left_on"].notna().sum()
    assert left / expected == pytest.approx(1.0, abs=0.12)


def test_contracts_leave_at_the_planted_rate(large: Company) -> None:
    deals = frame(large, "opportunities")
    renewals = deals[(deals["type"] == "renewal") & deals["is_closed"]]
    truth = large.truth.deals.set_index("opportunity_id")
    planted = 1 - truth.loc[renewals["opportunity_id"], "chance_won"].mean()
    assert 1 - renewals["is_won"].mean() == pytest.approx(planted, abs=0.025)


@pytest.mark.parametrize("number", [0, 1])
def test_the_lift_of_an_experiment_is_found(large: Company, number: int) -> None:
    planted = large.truth.experiments.iloc[number]
    arms = frame(large, "assignments")
    arms = arms[arms["experiment_id"] == planted["experiment_id"]].set_index("unit_id")["variant"]
    if number == 0:
        leads = frame(large, "leads").set_index("lead_id")
        success = leads["qualified_at"].notna()
    else:
        deals = decided(large, 4)
        success = deals[deals["is_closed"]].set_index("account_id")["is_won"]
    success = success.reindex(arms.index).dropna().astype(float)
    rates = success.groupby(arms.reindex(success.index)).agg(["mean", "size"])
    error = np.sqrt((rates["mean"] * (1 - rates["mean"]) / rates["size"]).sum())
    lift = rates["mean"]["treatment"] - rates["mean"]["control"]
    assert lift == pytest.approx(planted["treatment_rate"] - planted["control_rate"], abs=3.5 * error)
    assert lift > 2 * error


def test_arms_are_of_the_same_size_and_the_template_does_nothing(large: Company) -> None:
    arms = frame(large, "assignments")
    sizes = arms.groupby(["experiment_id", "variant"]).size().rename("n").reset_index()
    table = sizes.pivot_table(index="experiment_id", columns="variant", values="n")
    assert ((table["treatment"] / table.sum(axis=1) - 0.5).abs() < 0.05).all()
    assert large.truth.experiments["effect"].iloc[2] == 0


def test_discounts_look_harmful_in_records_and_help_in_the_experiment(large: Company) -> None:
    deals = decided(large, 4)
    lines = frame(large, "opportunity_lines").drop_duplicates("opportunity_id").set_index("opportunity_id")
    deals = deals.assign(points=100 * lines["discount_rate"].reindex(deals.index))
    arms = frame(large, "assignments")
    tried = set(arms.loc[arms["experiment_id"] == large.truth.experiments["experiment_id"][1], "unit_id"])
    inside = deals["account_id"].isin(tried)
    outcome = deals["is_won"].to_numpy(dtype=float)
    naive = fit_log_odds({"points": deals.loc[~inside, "points"].to_numpy()}, outcome[~inside])["points"]
    trial = fit_log_odds({"points": deals.loc[inside, "points"].to_numpy()}, outcome[inside])["points"]
    assert naive < 0
    assert trial == pytest.approx(large.scenario.pricing.sensitivity, abs=0.035)


def test_the_best_wait_between_quote_and_follow_up_is_three_days(large: Company) -> None:
    deals = decided(large, 3)
    calls = calls_of(large)
    calls = calls[calls["subject"] == "見積フォロー"].drop_duplicates("opportunity_id").set_index("opportunity_id")
    deals = deals.assign(called_at=calls["at"].reindex(deals.index)).dropna(subset=["called_at"])
    calendar = frame(large, "calendar")
    days = calendar.loc[calendar["is_business_day"], "date"].to_numpy(dtype="datetime64[D]")

    def number(at: pd.Series) -> np.ndarray:
        return np.searchsorted(days, (at + pd.Timedelta(hours=9)).to_numpy().astype("datetime64[D]"))

    wait = number(deals["called_at"]) - number(deals["entered_at"])
    fits = {
        best: fit_log_odds({"x": np.log((wait + 1) / (best + 1)) ** 2}, deals["passed"].to_numpy(dtype=float))
        for best in range(9)
    }
    likelihood = {}
    for best, fit in fits.items():
        p = 1 / (1 + np.exp(-(fit["one"] + fit["x"] * np.log((wait + 1) / (best + 1)) ** 2)))
        likelihood[best] = float(np.where(deals["passed"], np.log(p), np.log(1 - p)).sum())
    assert abs(max(likelihood, key=likelihood.__getitem__) - 3) <= 1
    assert fits[3]["x"] < -0.4


def test_unhappy_customers_leave_more_often(large: Company) -> None:
    customers = large.truth.customers
    risk = customers["chance_leave"].where(customers["is_contract"], customers["chance_dropout"])
    assert risk.corr(customers["satisfaction"], method="spearman") < -0.6
    feedback = frame(large, "feedback")
    score = feedback[feedback["kind"] == "nps"].groupby("account_id")["score"].mean()
    felt = customers.set_index("account_id")["satisfaction"].reindex(score.index)
    assert score.corr(felt) > 0.7


def test_rivals_cost_what_was_planted(large: Company) -> None:
    deals = decided(large, 4)
    deals = deals[deals["is_closed"]]
    names = ["アルファ業務クラウド", "ベータシステム販売", "ガンマ機器", "デルタソリューションズ"]
    columns = {name: (deals["competitor"] == name).to_numpy(dtype=float) for name in names}
    fit = fit_log_odds(columns, deals["is_won"].to_numpy(dtype=float))
    found = [fit[name] for name in names]
    assert np.corrcoef(found, large.scenario.pricing.competitors)[0, 1] > 0.9


def test_every_truth_is_keyed_by_ids_of_the_tables(company: Company) -> None:
    truth = company.truth
    assert set(truth.people["user_id"]) == set(frame(company, "users")["user_id"])
    assert set(truth.deals["opportunity_id"]) == set(frame(company, "opportunities")["opportunity_id"])
    assert set(truth.leads["lead_id"]) == set(frame(company, "leads")["lead_id"])
    assert set(truth.customers["account_id"]) == set(frame(company, "orders")["account_id"])
    assert set(truth.experiments["experiment_id"]) == set(frame(company, "experiments")["experiment_id"])
    assert truth.defects.empty


def test_open_deals_close_later_and_closed_ones_when_they_will(company: Company) -> None:
    deals = frame(company, "opportunities").set_index("opportunity_id")
    truth = company.truth.deals.set_index("opportunity_id").reindex(deals.index)
    closed = deals["is_closed"]
    assert (truth.loc[closed, "will_close_at"] == deals.loc[closed, "closed_at"]).all()
    assert (truth.loc[closed, "will_win"] == deals.loc[closed, "is_won"]).all()
    end = pd.Timestamp(company.scenario.end) + pd.Timedelta(hours=15)
    assert (truth.loc[~closed, "will_close_at"] >= end).all()
