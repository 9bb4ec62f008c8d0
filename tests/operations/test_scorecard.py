"""Sums are exact, few deals stay wide, and luck is not ranked."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from invented import AS_OF, lab_of, planted_deals

from saleslab import operations
from saleslab.errors import NotEnoughData
from saleslab.periods import FiscalCalendar


def reps_of(rows: dict[str | None, tuple[int, int]], amounts: list[str] | None = None) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "owner_id": list(rows),
            "n_won": [won for won, _ in rows.values()],
            "n_lost": [lost for _, lost in rows.values()],
            "won_amount": [Decimal(text) for text in amounts or ["0"] * len(rows)],
        }
    )


@pytest.mark.requirement("H04")
class TestAddingUp:
    def test_the_rows_add_up_to_won_and_ordered_totals_exactly(self):
        reps = reps_of({"u:1": (3, 4), None: (1, 0), "u:2": (2, 9)}, ["0.10", "0.20", "999999999.99"])
        ordered = pd.DataFrame({"owner_id": ["u:2", "u:3"], "ordered_amount": [Decimal("7.77"), Decimal("0.01")]})
        card = operations.score_reps(reps, ordered=ordered)
        assert card.won_amount == Decimal("1000000000.29") == sum(rep.won_amount for rep in card.reps)
        assert card.ordered_amount == Decimal("7.78") == sum(rep.ordered_amount for rep in card.reps)
        assert {rep.owner_id for rep in card.reps} == {"u:1", "u:2", "u:3", None}
        assert sum(rep.share for rep in card.reps) == pytest.approx(1)

    def test_the_scorecard_of_a_company_equals_its_revenue(self):
        lab, calendar = lab_of(planted_deals(23)), FiscalCalendar()
        period = calendar.quarter_of(AS_OF)
        card = operations.score_reps(operations.read_reps(lab, period=period, as_of=AS_OF))
        days = operations.read_closed_days(lab, as_of=AS_OF)
        revenue = operations.measure_revenue(days, period=period, as_of=AS_OF, calendar=calendar)
        assert card.won_amount == revenue.current.won_amount
        assert (card.n_won, card.n_lost) == (revenue.current.n_won, revenue.current.n_lost)


@pytest.mark.requirement("H04")
def test_three_decided_deals_leave_a_wider_interval_than_three_hundred():
    card = operations.score_reps(reps_of({"new": (2, 1), "a": (100, 200), "b": (90, 210), "c": (110, 190)}))
    width = {rep.owner_id: rep.win_rate.width for rep in card.reps}
    assert width["new"] > 2 * max(width["a"], width["b"], width["c"])


@pytest.mark.requirement("H04", "J14")
class TestBands:
    def test_people_whose_intervals_overlap_share_a_band(self):
        card = operations.score_reps(reps_of({f"u:{i}": (won, 300 - won) for i, won in enumerate((30, 35, 150, 160))}))
        band = {rep.owner_id: rep.band for rep in card.reps}
        assert band == {"u:0": 2, "u:1": 2, "u:2": 1, "u:3": 1}

    def test_a_person_with_few_deals_is_not_placed_and_does_not_join_the_bands_of_others(self):
        card = operations.score_reps(reps_of({"u:0": (30, 270), "u:1": (150, 150), "new": (1, 2)}))
        band = {rep.owner_id: rep.band for rep in card.reps}
        assert band == {"u:0": 2, "u:1": 1, "new": None}

    def test_luck_alone_sets_hardly_anybody_apart(self):
        rng = np.random.default_rng(5)
        apart = 0
        for _ in range(30):
            won = rng.binomial(40, 0.3, 10)
            card = operations.score_reps(reps_of({f"u:{i}": (int(n), 40 - int(n)) for i, n in enumerate(won)}))
            apart += len(card.standing("above")) + len(card.standing("below"))
        assert apart / 300 < 0.05

    def test_a_planted_strong_closer_stands_above(self):
        rng = np.random.default_rng(6)
        found = 0
        for _ in range(30):
            won = rng.binomial(120, [0.25] * 9 + [0.5])
            card = operations.score_reps(reps_of({f"u:{i}": (int(n), 120 - int(n)) for i, n in enumerate(won)}))
            found += "u:9" in [rep.owner_id for rep in card.standing("above")]
        assert found >= 27


class TestRefusals:
    def test_nobody_decided_a_deal(self):
        with pytest.raises(NotEnoughData, match="(?s)Nobody decided a deal.*Next: choose"):
            operations.score_reps(reps_of({}))

    def test_no_lost_deal_on_record(self):
        with pytest.raises(NotEnoughData, match="(?s)No lost deal.*Next: import lost deals"):
            operations.score_reps(reps_of({"u:1": (5, 0)}))
