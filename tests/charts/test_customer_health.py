"""Pictures of customer health: what may be lost is dark, chances outside of luck are red, and the bridge adds up."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from types import MappingProxyType

import numpy as np
import pandas as pd
import pytest

from saleslab.charts import customer_health as charts
from saleslab.charts import render_svg
from saleslab.charts.theme import ACCENT, BAD, DESKTOP, PHONE
from saleslab.customers import HealthReview, describe_health
from saleslab.customers.contracts.retention import Retention
from saleslab.customers.health.rating import CustomerHealth, HealthTest, KindHealth
from saleslab.errors import BadArgument
from saleslab.stats import Interval, measure_calibration

DRAWN = {"risk": "risk", "calendar": "calendar", "calibration": "health_calibration", "bridge": "retention"}
DAY = date(2026, 9, 30)


def invent_frame(n=15):
    amount = 5_000_000.0 / (1 + np.arange(n))
    chance = np.where(np.arange(n) % 2 == 0, 0.3, 0.1)
    frame = pd.DataFrame(
        {
            "kind": np.where(np.arange(n) % 3 == 0, "buyer", "contract"),
            "account_id": [f"a{at}" for at in range(n)],
            "owner_id": "u1",
            "due_on": pd.Timestamp("2026-10-05") + pd.to_timedelta(20 * np.arange(n) % 150, unit="D"),
            "amount": amount,
            "chance_lost": chance,
            "at_stake": amount * chance,
        }
    )
    return frame.sort_values("at_stake", ascending=False, ignore_index=True)


def judge(factor):
    lot = np.random.default_rng(2)
    chance = lot.beta(2, 8, 3_000)
    curve = measure_calibration(lot.random(3_000) < np.minimum(factor * chance, 1), chance)
    rate = Interval(0.7, 0.65, 0.75, 0.9)
    test = HealthTest(3_000, 600, rate, rate, 0.45, 0.5, 0.48, Interval(0.05, 0.02, 0.08, 0.9), curve)
    return KindHealth("contract", Interval(0.2, 0.18, 0.22, 0.9), test, None, 15)


@pytest.fixture(scope="module")
def review():
    kinds = MappingProxyType({"contract": judge(1.0)})
    amounts = [Decimal(one) for one in (90_000_000, 12_000_000, 3_000_000, 9_000_000, 20_000_000)]
    kept = Retention(date(2025, 9, 30), DAY, 120, 14, *amounts, 0.93, 0.83, None, None)
    return HealthReview(
        DAY, 180, "JPY", CustomerHealth(invent_frame(), kinds, DAY, 180), kept, None, pd.DataFrame(),
        {"a0": "<b>Sorano & Co</b>"}, (),
    )  # fmt: skip


def draw(part, review, lang, width):
    return getattr(charts, f"draw_{DRAWN[part]}")(review, lang=lang, width=width)


@pytest.mark.parametrize("part", DRAWN)
@pytest.mark.parametrize(("lang", "width"), [("ja", PHONE), ("en", DESKTOP)])
def test_it_is_drawn_within_its_width_in_both_languages_and_told_in_words(review, part, lang, width):
    # render_svg refuses text below 11 px, other fonts, other colours, and anything wider
    picture = render_svg(draw(part, review, lang, width), name=part, width=width)
    assert "<text" in picture
    assert "NaN" not in picture
    assert "undefined" not in picture
    assert all(describe_health(part, review)[name].of(lang) for name in ("title", "caption", "alt"))


def test_the_largest_at_stake_come_first_and_the_dark_part_is_what_may_be_lost(review):
    spec = draw("risk", review, "en", DESKTOP)
    rows = spec["data"]["values"]
    assert len(rows) == 12
    assert [row["stake"] for row in rows] == sorted((row["stake"] for row in rows), reverse=True)
    assert (spec["layer"][1]["mark"]["color"], spec["layer"][1]["encoding"]["x2"]["field"]) == (ACCENT, "stake")
    assert rows[0]["text"] == "¥1.50 M"
    assert "¥1.50 M" in describe_health("risk", review)["alt"].en


def test_a_name_of_markup_stays_text_and_who_has_no_name_stands_by_id(review):
    picture = render_svg(draw("risk", review, "en", DESKTOP))
    assert "<b>" not in picture
    assert "&lt;b&gt;Sorano" in picture
    assert ">a2</text>" in picture


def test_the_calendar_holds_the_money_of_contracts_alone(review):
    rows = draw("calendar", review, "en", DESKTOP)["data"]["values"]
    frame = review.health.frame
    due = frame[frame["kind"] == "contract"]
    assert sum(row["amount"] for row in rows) == pytest.approx(due["amount"].sum())
    assert sum(row["stake"] for row in rows) == pytest.approx(due["at_stake"].sum())
    assert len({row["month"] for row in rows}) == len(rows) > 3


@pytest.mark.parametrize(("factor", "is_red"), [(1.0, False), (2.0, True)])
def test_chances_that_luck_does_not_explain_are_red(review, factor, is_red):
    judged = CustomerHealth(invent_frame(), MappingProxyType({"contract": judge(factor)}), DAY, 180)
    assert (BAD in str(draw("calibration", replace(review, health=judged), "en", DESKTOP))) is is_red


def test_the_bridge_of_money_adds_up(review):
    rows = draw("bridge", review, "en", DESKTOP)["data"]["values"]
    assert [row["name"] for row in rows] == ["A year ago", "Left", "Shrank", "Grown", "New", "Now"]
    assert rows[-2]["to"] == rows[-1]["to"] == 104_000_000
    assert [row["text"] for row in rows[1:4]] == ["−¥12.0 M", "−¥3.00 M", "+¥9.00 M"]
    assert rows[1]["to"] < rows[1]["from"] < rows[4]["to"]


def test_what_is_not_known_is_refused_with_what_to_say_instead(review):
    nobody = replace(review, health=None)
    with pytest.raises(BadArgument, match=r"(?s)No customer is rated.*Next: say why with say_health_gap\('risk'\)"):
        draw("risk", nobody, "en", DESKTOP)
    with pytest.raises(BadArgument, match=r"(?s)No chances were told.*Next: say why with say_health_gap\(\)"):
        draw("calibration", nobody, "en", DESKTOP)
