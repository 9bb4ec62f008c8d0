"""The explorer without a browser: controls move the cut, and what cannot be cut is said."""

import re

import numpy as np
import pandas as pd
import pytest

from saleslab.errors import BadArgument
from saleslab.segmentation import assign_segments
from saleslab.widgets import SegmentExplorer
from saleslab.wording import LANGUAGES


def invent(n=120):
    """Two kinds: those who buy often and for much, and those who do neither."""
    lot = np.random.default_rng(1)
    often = np.arange(n) % 2 == 0
    return pd.DataFrame(
        {
            "account_id": [f"a{at}" for at in range(n)],
            "recency_score": lot.integers(1, 6, n),
            "frequency_score": np.where(often, 5, 1),
            "spend_score": np.where(often, 5, 1),
            "spend": np.where(often, 900.0, 10.0) * lot.lognormal(0, 0.1, n),
            "value": np.where(often, 400.0, 4.0) * lot.lognormal(0, 0.1, n),
            "size": np.where(often, "large", "small"),
        }
    )


@pytest.fixture(scope="module")
def explorer():
    return SegmentExplorer(invent(), by=["frequency_score", "spend_score"])


def test_too_few_combinations_are_advised_against_and_a_cut_by_hand_is_shown(explorer):
    assert explorer.choice.verdict == "refuse"
    explorer.k.value = 2
    assert explorer.table["n_customers"].tolist() == [60, 60]
    assert explorer.table["value"].iloc[0] > 50 * explorer.table["value"].iloc[1]
    assert "Frequent buyers" not in explorer.page.value, "orders are not among what describes these customers"
    assert "big spenders" in explorer.page.value.lower()
    placed = assign_segments(explorer.customers, explorer.answer.rule)
    assert set(placed) == {1, 2}


def test_moving_back_and_forth_gives_the_same_answer(explorer):
    explorer.k.value = 2
    before = explorer.table
    explorer.method.value = "latent_class"
    explorer.method.value = "kmeans"
    pd.testing.assert_frame_equal(explorer.table, before)


def test_categories_need_another_method_which_is_said(explorer):
    explorer.k.value = 2
    explorer.measures.value = ("spend_score", "size")
    assert explorer.answer is None
    assert "k-means needs numbers, and these are categories: company size" in explorer.told.value
    assert explorer.table.empty
    explorer.method.value = "prototypes"
    assert explorer.table["n_customers"].tolist() == [60, 60]
    explorer.method.value, explorer.measures.value = "kmeans", ("frequency_score", "spend_score")


def test_no_measure_is_said_and_controls_lead_back(explorer):
    explorer.measures.value = ()
    assert "no measure is chosen. Choose at least one" in explorer.told.value
    explorer.measures.value = ("frequency_score", "spend_score")
    assert explorer.told.value.startswith("<p><strong>")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_word_is_in_the_language(lang):
    explorer = SegmentExplorer(invent(60), by=["frequency_score", "spend_score"], lang=lang)
    explorer.k.value = 2
    words = {"en": "Customers 30 (50 %)", "ja": "顧客数 30 (50%)"}
    assert words[lang] in explorer.page.value


def test_a_japanese_reader_is_refused_in_japanese_and_told_which_control_leads_on():
    customers = invent(60).assign(industry=[None, *["food"] * 59])
    explorer = SegmentExplorer(customers, by=["frequency_score", "spend_score"], traits=["spend"], lang="ja")

    def told(by, *, k=2, method="kmeans"):
        explorer.measures.value, explorer.method.value, explorer.k.value = by, method, k
        assert explorer.answer is None
        return re.sub(r"<[^>]+>", "", explorer.told.value)

    assert "項目が選ばれていません。1つ以上選んでください。" in told(())
    assert "企業規模は分類項目です" in told(("spend_score", "size"))
    assert "顧客は2通りしかなく" in told(("spend_score",), k=5)
    assert "業種に値の欠けた顧客がいるか" in told(("spend_score", "industry"), method="prototypes")
    for by, k, method in (((), 2, "kmeans"), (("spend_score", "size"), 2, "kmeans"), (("spend_score",), 5, "kmeans")):
        assert not re.search(r"[a-z]{3,}", told(by, k=k, method=method).replace("k-means", ""))


def test_names_of_customers_data_cannot_smuggle_markup():
    frame = invent(60).assign(industry=np.where(np.arange(60) % 2 == 0, "<b>it</b>", "food"))
    explorer = SegmentExplorer(frame, by=["frequency_score", "spend_score"], traits=["industry"])
    explorer.k.value = 2
    assert "<b>it" not in explorer.page.value
    assert "&lt;b&gt;it" in explorer.page.value


def test_a_language_that_is_not_written_is_refused():
    with pytest.raises(BadArgument, match=r"'de' is not a language(?s:.*)Next: use one of: en, ja"):
        SegmentExplorer(invent(60), lang="de")
