"""The open pipeline: chances found, adding up, blind to the future, and refusals."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from saleslab.errors import BadArgument, NotEnoughData, TableError
from saleslab.forecasting import forecast_pipeline, read_deal_history, read_open_deals
from saleslab.simulation import Scenario, load_company, simulate
from saleslab.warehouse import connect

AS_OF, UNTIL = date(2026, 5, 20), date(2026, 6, 30)


@pytest.fixture(scope="module")
def company():
    return simulate(Scenario(seed=31, n_deals=1_600))


@pytest.fixture(scope="module")
def lab(company):
    with connect("duckdb://") as lab:
        load_company(company, lab, loaded_at=datetime(2026, 10, 1))
        yield lab


@pytest.fixture(scope="module")
def deals(lab):
    return read_open_deals(lab, as_of=AS_OF)


@pytest.fixture(scope="module")
def history(lab):
    return read_deal_history(lab, as_of=AS_OF, until=UNTIL)


@pytest.fixture(scope="module")
def said(deals, history):
    return forecast_pipeline(deals, as_of=AS_OF, until=UNTIL, history=history, seed=1, n_draws=1_000)


@pytest.fixture(scope="module")
def came(lab):
    rows = lab.read(lab.table("opportunities")).set_index("opportunity_id")
    over = pd.Timestamp(UNTIL) + timedelta(hours=15)
    return rows.assign(is_won_in_time=rows["is_won"] & (rows["closed_at"] < over))


def make_closed(n, *, start="2025-01-01", **more):
    made = pd.Timestamp(start) + pd.to_timedelta(np.arange(n) * 3, unit="D")
    closed = made + pd.to_timedelta(20 + np.arange(n) % 30, unit="D")
    rows = pd.DataFrame(
        {
            "opportunity_id": [f"d{at:03}" for at in range(n)],
            "stage_id": "s1",
            "amount": 100.0 + np.arange(n) % 7,
            "created_at": made,
            "closed_at": closed,
            "is_closed": True,
            "is_won": np.arange(n) % 2 == 0,
        }
    )
    return rows.assign(**more)


def make_lab(rows):
    lab = connect("duckdb://")
    stages = pd.DataFrame(
        {"pipeline_id": "p", "stage_id": ["s1"], "label": "one", "position": 1, "is_closed": False, "is_won": False}
    )
    loaded = datetime(2026, 10, 1)
    lab.write("stages", stages, source_system="test", loaded_at=loaded)
    lab.write("opportunities", rows, source_system="test", loaded_at=loaded)
    return lab


class TestWhatIsSaid:
    def test_chances_of_won_lost_and_slipped_add_up(self, said):
        parts = said.deals[["chance_won", "chance_lost", "chance_slips"]]
        np.testing.assert_allclose(parts.sum(axis=1), 1.0, atol=1e-9)
        assert (parts >= 0).to_numpy().all()

    def test_deals_that_were_won_had_higher_chances(self, said, came):
        won = came["is_won_in_time"].reindex(said.deals["opportunity_id"]).to_numpy()
        chance = said.deals["chance_won"].to_numpy()
        assert chance[won].mean() > chance[~won].mean() + 0.15
        assert abs(chance.sum() - won.sum()) < 3 * np.sqrt((chance * (1 - chance)).sum()) + 0.2 * won.sum()

    def test_later_stages_have_higher_chances(self, said):
        mean = said.deals.groupby("category")["chance_won"].mean()
        assert mean["A"] > mean["B"] > mean["C"]

    def test_what_deals_are_expected_to_bring_is_the_mean_of_the_draws(self, said):
        expected = said.deals["amount_expected"].sum() * np.exp(said.bias)
        assert abs(said.draws["open_amount"].mean() / expected - 1) < 0.06
        new = said.new["amount_expected"].sum() * np.exp(said.bias)
        assert abs(said.draws["new_amount"].mean() / new - 1) < 0.08

    def test_new_deals_come_from_arrivals_and_few_of_them_are_won_in_time(self, said, came):
        made = pd.Timestamp(AS_OF) + timedelta(hours=15)
        over = pd.Timestamp(UNTIL) + timedelta(hours=15)
        later = came[(came["created_at"] >= made) & (came["created_at"] < over)]
        assert abs(said.new["n_created"].sum() / len(later) - 1) < 0.35
        assert (said.new["n_won"] < said.new["n_created"]).all()

    def test_past_days_were_forecast_again_and_gave_a_shock(self, said):
        assert len(said.trials) >= 8
        total = said.trials["open_said"] + said.trials["new_said"]
        actual = said.trials["open_came"] + said.trials["new_came"]
        assert abs(np.log(actual / total).mean()) < 0.2
        assert 0.02 < said.shock_sd < 0.4

    def test_nothing_is_missing_or_infinite(self, said):
        numbers = said.deals.select_dtypes("number").to_numpy(dtype=float)
        assert np.isfinite(numbers).all()
        assert np.isfinite(said.draws.to_numpy()).all()
        assert said.doubts == {}


class TestLaws:
    def test_the_sequence_of_deals_does_not_matter(self, said, deals, history):
        mixed = deals.sample(frac=1, random_state=2)
        again = forecast_pipeline(mixed, as_of=AS_OF, until=UNTIL, history=history, seed=1, n_draws=1_000)
        pd.testing.assert_frame_equal(said.deals, again.deals)
        pd.testing.assert_frame_equal(said.draws, again.draws)

    def test_what_happens_later_changes_nothing(self, company, said):
        over = pd.Timestamp(AS_OF) + timedelta(hours=15)
        with connect("duckdb://") as later:
            for name in ("stages", "users", "products", "opportunity_lines"):
                later.write(name, company.tables[name], source_system="test", loaded_at=datetime(2026, 10, 1))
            rows = company.frame("opportunities")
            rows = rows[rows["created_at"] < over].reset_index(drop=True)
            ends = rows["closed_at"] >= over
            rows["closed_at"] = rows["closed_at"].mask(ends, pd.Timestamp("2026-09-29"))
            rows["is_won"] = rows["is_won"].mask(ends, other=True)
            later.write("opportunities", rows, source_system="test", loaded_at=datetime(2026, 10, 1))
            moves = company.frame("stage_events")
            late = moves["at"] >= over
            moves.loc[late, "to_stage_id"] = "sim:stage-new-5"
            later.write("stage_events", moves, source_system="test", loaded_at=datetime(2026, 10, 1))
            changes = company.frame("field_events")
            changes.loc[changes["at"] >= over, "new"] = "1"
            later.write("field_events", changes, source_system="test", loaded_at=datetime(2026, 10, 1))
            poisoned = forecast_pipeline(
                read_open_deals(later, as_of=AS_OF),
                as_of=AS_OF,
                until=UNTIL,
                history=read_deal_history(later, as_of=AS_OF, until=UNTIL),
                seed=1,
                n_draws=1_000,
            )
        pd.testing.assert_frame_equal(said.deals, poisoned.deals)
        pd.testing.assert_frame_equal(said.draws, poisoned.draws)

    def test_past_deals_reach_python_as_counts(self, history, lab):
        n_deals = int(lab.read(lab.table("opportunities").aggregate(n=lab.table("opportunities").count()))["n"].iloc[0])
        assert len(history.cohorts) < n_deals
        assert "opportunity_id" not in {*history.stood.columns, *history.cohorts.columns, *history.sizes.columns}


class TestEnds:
    @pytest.mark.parametrize(
        ("as_of", "until"),
        [
            (date(2026, 4, 30), date(2026, 6, 30)),  # from the end of a month
            pytest.param(date(2026, 6, 29), date(2026, 6, 30), marks=pytest.mark.slow),  # a single day
            pytest.param(date(2026, 5, 20), date(2026, 7, 17), marks=pytest.mark.slow),  # to the middle of a month
            (date(2026, 5, 20), date(2027, 3, 31)),  # nearly a year
        ],
    )
    def test_the_further_the_end_the_more_is_won_and_nothing_explodes(self, lab, as_of, until):
        said = forecast_pipeline(
            read_open_deals(lab, as_of=as_of),
            as_of=as_of,
            until=until,
            history=read_deal_history(lab, as_of=as_of, until=until),
            n_draws=500,
        )
        days = (until - as_of).days
        share = said.deals["chance_won"].mean()
        assert share < 0.05 if days == 1 else 0.2 < share < 0.7
        total = said.draws[["open_amount", "new_amount"]].sum(axis=1)
        assert total.max() < 6 * total.median() or days == 1
        assert np.isfinite(said.draws.to_numpy()).all()

    def test_without_open_deals_new_ones_remain(self, deals, history):
        said = forecast_pipeline(deals.head(0), as_of=AS_OF, until=UNTIL, history=history, n_draws=200)
        assert (said.draws["open_amount"] == 0).all()
        assert said.draws["new_amount"].mean() > 0


class TestPoorData:
    def test_created_and_closed_dates_are_enough_and_the_answer_says_what_is_missing(self):
        rows = make_closed(180).drop(columns=["stage_id"]).assign(stage_id="s1")
        rows.loc[rows["closed_at"] > "2026-05-20", ["is_closed", "is_won"]] = False
        rows["closed_at"] = rows["closed_at"].where(rows["is_closed"])
        with make_lab(rows[rows["created_at"] < "2026-05-20"].reset_index(drop=True)) as lab:
            opened = read_open_deals(lab, as_of=AS_OF)
            history = read_deal_history(lab, as_of=AS_OF, until=UNTIL)
            said = forecast_pipeline(opened, as_of=AS_OF, until=UNTIL, history=history)
        assert {"no_stage_history", "no_expected_close"} <= set(said.doubts)
        assert said.deals["chance_won"].between(0.05, 0.95).all()

    def test_deals_without_dates_and_those_closed_before_they_were_made_are_left_out_and_counted(self):
        rows = make_closed(120)
        rows.loc[:4, "created_at"] = pd.NaT
        rows.loc[5:7, "closed_at"] = rows.loc[5:7, "created_at"] - timedelta(days=9)
        rows.loc[8:9, "closed_at"] = pd.NaT
        with make_lab(rows) as lab:
            history = read_deal_history(lab, as_of=AS_OF, until=UNTIL)
        assert history.left_out == {"no_creation_date": 5, "closed_before_created": 3, "no_close_date": 2}

    def test_foreign_amounts_without_a_base_amount_are_counted_and_not_added(self):
        rows = make_closed(120, currency="JPY")
        rows.loc[:9, "currency"] = "USD"
        with make_lab(rows) as lab:
            history = read_deal_history(lab, as_of=AS_OF, until=UNTIL)
        assert history.left_out == {"foreign_currency": 10}
        won = rows[rows["is_won"] & (rows["currency"] == "JPY")]
        assert history.sizes["amount"].sum() == pytest.approx(won["amount"].sum())

    def test_an_amount_beyond_all_measure_is_named_and_moves_no_range(self, said, deals, history):
        slipped = deals.assign(
            amount=deals["amount"].where(deals["opportunity_id"] != deals["opportunity_id"][0], 1e15)
        )
        told = forecast_pipeline(slipped, as_of=AS_OF, until=UNTIL, history=history, seed=1, n_draws=1_000)
        assert told.doubts == said.doubts | {"amounts_beyond_measure": 1}
        assert told.draws["open_amount"].max() < 1.5 * said.draws["open_amount"].max()

    @pytest.mark.parametrize("zone", [None, "Asia/Tokyo"])
    def test_days_and_amounts_may_be_written_in_any_form(self, said, deals, history, zone):
        days = ["created_on", "expected_close_date"]
        written = deals.assign(amount=deals["amount"].map(lambda amount: Decimal(str(amount))))
        for name in days:
            written[name] = written[name].dt.date if zone is None else written[name].dt.tz_localize(zone)
        told = forecast_pipeline(written, as_of=AS_OF, until=UNTIL, history=history, seed=1, n_draws=1_000)
        assert told.draws.to_numpy() == pytest.approx(said.draws.to_numpy())

    def test_five_deals_are_too_few(self, deals):
        with make_lab(make_closed(5)) as lab:
            history = read_deal_history(lab, as_of=AS_OF, until=UNTIL)
        with pytest.raises(NotEnoughData, match=r"5 deals were closed(.|\n)*Next: import older closed deals"):
            forecast_pipeline(deals, as_of=AS_OF, until=UNTIL, history=history)

    def test_closings_of_less_than_a_month_are_too_few(self, deals):
        rows = make_closed(40, start="2026-03-01").assign(
            created_at=pd.Timestamp("2026-04-20"), closed_at=pd.date_range("2026-05-01", periods=40, freq="8h")
        )
        with make_lab(rows) as lab:
            history = read_deal_history(lab, as_of=AS_OF, until=UNTIL)
        with pytest.raises(NotEnoughData, match=r"less than a month(.|\n)*Next: import older closed deals"):
            forecast_pipeline(deals, as_of=AS_OF, until=UNTIL, history=history)

    def test_a_past_in_which_all_was_lost_leaves_little_hope(self):
        rows = make_closed(160, is_won=False)
        rows.loc[150:, ["is_closed"]] = False
        rows["closed_at"] = rows["closed_at"].where(rows["is_closed"])
        with make_lab(rows) as lab:
            said = forecast_pipeline(
                read_open_deals(lab, as_of=AS_OF), as_of=AS_OF, until=UNTIL,
                history=read_deal_history(lab, as_of=AS_OF, until=UNTIL),
            )  # fmt: skip
        assert said.deals["chance_won"].max() < 0.1
        assert np.isfinite(said.draws.to_numpy()).all()

    def test_no_closed_deal_is_no_history(self):
        rows = make_closed(5, is_closed=False, is_won=False).assign(closed_at=pd.NaT)
        with make_lab(rows) as lab, pytest.raises(NotEnoughData, match="Next: import closed deals"):
            read_deal_history(lab, as_of=AS_OF, until=UNTIL)


class TestRefusals:
    def test_without_history(self, deals):
        with pytest.raises(NotEnoughData, match="Next: give history=read_deal_history"):
            forecast_pipeline(deals, as_of=AS_OF, until=UNTIL)

    def test_an_end_that_is_over(self, deals, history, lab):
        with pytest.raises(BadArgument, match="Next: forecast a day that is still to come"):
            forecast_pipeline(deals, as_of=AS_OF, until=AS_OF, history=history)
        with pytest.raises(BadArgument, match="Next: forecast a day that is still to come"):
            read_deal_history(lab, as_of=AS_OF, until=AS_OF)

    def test_a_history_of_other_days(self, deals, history):
        with pytest.raises(BadArgument, match="Next: read the history for the same days"):
            forecast_pipeline(deals, as_of=AS_OF, until=date(2026, 9, 30), history=history)

    def test_all_faults_of_the_deals_are_told_at_once(self, deals, history):
        bad = pd.concat([deals, deals.head(2)], ignore_index=True)
        bad = bad.assign(currency=["JPY", "USD"] * (len(bad) // 2) + ["JPY"] * (len(bad) % 2))
        bad.loc[5, "amount"] = np.inf
        with pytest.raises(
            TableError, match=r"2 deals stand twice; amounts are of 2 currencies; 1 amounts are negative"
        ):
            forecast_pipeline(bad, as_of=AS_OF, until=UNTIL, history=history)

    def test_what_no_open_deal_of_that_day_can_be(self, deals, history):
        strange = {
            "1 deals have no opportunity_id": {"opportunity_id": None},
            "1 amounts are no numbers": {"amount": "much"},
            "1 deals were created after 2026-05-20": {"created_on": pd.Timestamp("2026-05-21")},
            "1 values of expected_close_date are no dates": {"expected_close_date": "soon"},
        }
        bad = deals.astype(object)
        for at, change in enumerate(strange.values()):
            bad.loc[at, list(change)] = list(change.values())
        with pytest.raises(TableError) as refused:
            forecast_pipeline(bad, as_of=AS_OF, until=UNTIL, history=history)
        for fault in strange:
            assert fault in str(refused.value)

    def test_a_missing_column(self, deals, history):
        with pytest.raises(TableError, match="no column 'amount'"):
            forecast_pipeline(deals.drop(columns="amount"), as_of=AS_OF, until=UNTIL, history=history)
