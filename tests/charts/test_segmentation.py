"""Pictures of segments: both languages, both widths, and what stands in them is what the review says."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from saleslab.charts import render_svg
from saleslab.charts import segmentation as charts
from saleslab.charts.theme import DESKTOP, PHONE, QUIET
from saleslab.segmentation import (
    PlayTerms,
    Segmentation,
    SegmentChoice,
    SegmentCount,
    SegmentReview,
    TargetMarket,
    TargetSegment,
    describe_segments,
    grid_rfm,
    migrate_segments,
    split_by_segment,
    tabulate_effects,
)
from saleslab.segmentation.nearest import CostRule
from saleslab.stats import Interval
from saleslab.wording import LANGUAGES, write

NAMES = ("map", "split", "stability", "migration", "rfm", "market")


def invent(n=120):
    lot = np.random.default_rng(2)
    segment = np.repeat([1, 2, 3], n // 3)
    return pd.DataFrame(
        {
            "account_id": [f"a{at}" for at in range(n)],
            "segment": segment,
            "value": np.array([9e6, 2e6, 1e5])[segment - 1] * lot.lognormal(0, 0.2, n),
            "n_orders": 12 - 3 * segment + lot.integers(0, 3, n),
            "recency_score": lot.integers(1, 6, n),
            "frequency_score": 6 - segment,
        }
    ).assign(value_next=lambda frame: frame["value"] * 0.8)


@pytest.fixture(scope="module")
def review():
    now = invent()
    before = now.assign(segment=np.where(np.arange(len(now)) % 9 == 0, 1, now["segment"]))
    moved = [frame.assign(segment=frame["segment"].astype(str)) for frame in (before, now)]
    counts = tuple(SegmentCount(k, 0.9 - 0.02 * k, 0.7, 0.8, 0.1, 0.02, 0.2) for k in range(2, 7))
    market = tuple(
        TargetSegment(
            name, 40, 10, Interval(0.25, 0.2, 0.3, 0.9), Interval(1e6, 9e5, 1.1e6, 0.9), 80, 0.1,
            Interval(worth, 0.7 * worth, 1.4 * worth, 0.9), 0.5, 0.9, worth > 1e7,
        )
        for name, worth in (("製造業", 4e7), ("A very long name of an industry, indeed", 2e7), ("教育", 5e6))
    )  # fmt: skip
    return SegmentReview(
        date(2026, 9, 30), date(2025, 9, 30), date(2026, 7, 1), 365, now,
        SegmentChoice("constructed", 3, counts, 0.4, 120, 60, 120, ()),
        Segmentation("kmeans", CostRule(()), (40, 40, 40), 0, 1.0), {}, {1: 1, 2: 2, 3: 3},
        describe_segments(now, by=["n_orders"], value_next="value_next"), None,
        migrate_segments(moved[0], moved[1], customer="account_id"), TargetMarket(market, 0.1), 0,
        PlayTerms(1.0, 1.0, 0.5), is_margin_known=True, currency="JPY",
        split=split_by_segment(*(one.assign(n=1, total=one["value"]) for one in (moved[0].iloc[10:], moved[1]))),
    )  # fmt: skip


def draw(name, review, lang, width):
    if name == "rfm":
        return charts.draw_rfm(grid_rfm(review), lang=lang, width=width)
    return getattr(charts, f"draw_{name}")(review, lang=lang, width=width)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_every_picture_keeps_to_theme_and_width(review, lang, width):
    for name in NAMES:
        assert "<svg" in render_svg(draw(name, review, lang, width), name=name, width=width)


def test_the_map_numbers_every_segment_and_names_those_with_room(review):
    picture = render_svg(draw("map", review, "en", DESKTOP), name="map")
    for one in review.profiles:
        assert f">{one.segment}</text>" in picture
    assert review.profiles[0].name.en in picture


def test_the_grid_of_moves_holds_every_customer_and_what_is_at_stake(review):
    layers = draw("migration", review, "en", DESKTOP)["layer"]
    cells = layers[0]["data"]["values"]
    assert sum(int(cell["text"].replace(",", "")) for cell in cells) == len(review.customers)
    stakes = [row["text"] for row in layers[2]["data"]["values"]]
    assert len(stakes) == 3
    assert all(text.startswith("¥") and " to " in text for text in stakes)


def test_what_moved_the_money_leads_from_one_period_to_the_next(review):
    bars = draw("split", review, "en", DESKTOP)["layer"][0]["data"]["values"]
    assert [bar["figure"] for bar in bars] == [
        getattr(told, "en", None) or write(told, "en") for told in tabulate_effects(review)["money"]
    ]
    ends = [bar["end"] for bar in bars]
    assert ends[-2] == pytest.approx(ends[-1]), "the last step ends where the last level stands"
    assert (bars[0]["start"], bars[-1]["start"]) == (0, 0)


def test_the_number_that_is_shown_is_marked_among_those_tried(review):
    layers = draw("stability", review, "en", DESKTOP)["layer"]
    marked = [layer["data"]["values"] for layer in layers if layer["mark"].get("size") == 120]
    assert [row["k"] for row in marked[0]] == [3]


def test_kinds_that_were_hardly_tried_are_pale(review):
    spec = draw("market", review, "en", DESKTOP)
    rows = spec["data"]["values"]
    assert len({row["colour"] for row in rows}) == 3
    assert rows[2]["colour"] == QUIET
