"""On which channels a lead may be reached: an address is known, and nobody with it said no."""

import hand_made
import pandas as pd
import pytest

from saleslab.errors import NotEnoughData, TableError
from saleslab.scoring import read_allowed


def lab(contacts):
    leads = hand_made.leads().assign(phone=["03-1111-1111", None, "03-3333-3333", "03-4444-4444", "03-5555-5555"])
    return hand_made.lab_of(leads=leads, contacts=contacts)


def contacts(**changed):
    rows = {"contact_id": ["c:1", "c:2"], "email": ["s@sora.example", "x@x.example"], "phone": ["0399999999", None]}
    return pd.DataFrame(rows | {"opt_out_email": [True, False], "opt_out_phone": [False, False]} | changed)


def ways(allowed):
    return set(zip(allowed["lead_id"], allowed["channel"], strict=True))


def test_a_lead_is_on_the_channels_whose_address_is_known_and_free():
    allowed = read_allowed(lab(contacts()), hand_made.leads()[["lead_id"]])
    assert ways(allowed) == {
        ("l:won", "email"), ("l:won", "phone"), ("l:lost", "email"), ("l:given-up", "phone"), ("l:waiting", "phone"),
        ("l:again", "email"), ("l:again", "phone"),
    }  # fmt: skip


def test_who_said_no_under_another_record_is_not_called():
    said_no = contacts(phone=["03 4444 4444", None], opt_out_phone=[True, False])
    assert not {way for way in ways(read_allowed(lab(said_no), hand_made.leads())) if way[0] == "l:waiting"}


def test_opt_outs_that_nobody_imported_are_no_permission():
    with pytest.raises(NotEnoughData, match=r"(?s)who opted out: there are no contacts.*Next: import contacts"):
        read_allowed(hand_made.lab_of(contacts=None), hand_made.leads())
    with pytest.raises(TableError, match=r"(?s)no column 'lead_id'.*Next: "):
        read_allowed(lab(contacts()), pd.DataFrame({"id": [1]}))
