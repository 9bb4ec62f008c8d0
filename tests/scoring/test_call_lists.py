"""What a success is worth, and when people answer, read from a company of which everything is known by heart."""

from datetime import date
from decimal import Decimal

import hand_made
import pandas as pd
import pytest

from saleslab.errors import NotEnoughData
from saleslab.scoring import read_contact_times, read_win_value


@pytest.fixture(scope="module")
def lab():
    """The company with two deals won, one of them of a lead, and three appointments, one of them long ago."""
    deals = hand_made.tables()["opportunities"]
    amounts = [Decimal(900), Decimal(5), Decimal(300)]
    leads = hand_made.leads()
    met = [hand_made.at(2, 9), hand_made.at(3, 1), None, None, pd.Timestamp("2024-01-01")]
    return hand_made.lab_of(
        opportunities=deals.assign(is_won=[True, False, True], amount_base=amounts),
        leads=leads.assign(qualified_at=met),
    )


def test_a_win_is_worth_what_wins_of_the_last_year_brought_on_average(lab):
    assert read_win_value(lab, as_of=hand_made.AS_OF) == 600
    assert read_win_value(lab, as_of=date(2026, 4, 30)) == 900, "the second was won later"


def test_an_appointment_is_worth_its_share_of_what_deals_of_leads_brought(lab):
    assert read_win_value(lab, as_of=hand_made.AS_OF, goal="qualified") == 450


def test_nobody_knows_what_a_win_is_worth_where_none_was_won(lab):
    with pytest.raises(NotEnoughData, match=r"(?s)No deal with an amount came about.*Next: give value"):
        read_win_value(lab, as_of=date(2026, 1, 31))


def test_without_a_log_of_contacts_no_hour_is_best():
    assert read_contact_times(hand_made.lab_of(activities=None), as_of=hand_made.AS_OF) is None
