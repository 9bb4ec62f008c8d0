"""Themes are counted exactly, learnt honestly, linked without overreach, and quoted without anybody in them."""

import tomllib
from datetime import date

import numpy as np
import pandas as pd
import pytest

from saleslab.customers import count_themes
from saleslab.customers.feedback import (
    close_loop,
    find_themes,
    learn_themes,
    link_themes,
    quote_comments,
    read_theme_labels,
    read_themes,
)
from saleslab.customers.feedback.labels import EXAMPLES
from saleslab.customers.feedback.words import split_words
from saleslab.errors import BadArgument, FileProblem, NotEnoughData, TableError

SAID = tomllib.loads(EXAMPLES.read_text(encoding="utf-8"))


@pytest.mark.requirement("L04")
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_counts_of_a_fixture_are_exact(lang):
    texts = [text for said in SAID[lang].values() for text in said]
    expected = {}
    for key, said in SAID[lang].items():
        for theme in key.split("+"):
            expected[theme] = expected.get(theme, 0) + len(said)
    n_without = expected.pop("none")
    counted = count_themes(pd.DataFrame({"text": [*texts, "", None, "・・・"]}))
    assert dict(counted.counts) == expected
    assert (counted.n_texts, counted.n_empty, counted.n_without) == (len(texts), 3, n_without)


def test_the_width_of_letters_and_the_order_of_rows_do_not_matter():
    themes = read_themes()
    assert find_themes("ＡＰＩがない", themes) == find_themes("APIがない", themes) == ("features",)
    rows = pd.DataFrame({"text": SAID["ja"]["price"] + SAID["ja"]["ease"], "n_answers": range(20)})
    assert count_themes(rows) == count_themes(rows.sample(frac=1, random_state=2))


@pytest.mark.requirement("L04")
def test_a_dictionary_of_ones_own_is_read_and_its_faults_are_told_at_once(tmp_path):
    own = tmp_path / "own.toml"
    own.write_text('[parking]\nen_label = "Parking"\nja_label = "駐車場"\nja = ["駐車"]\n', encoding="utf-8-sig")
    assert find_themes("駐車場が狭い。価格が高い。", read_themes(own)) == ("parking",)
    own.write_text('[a]\nen_label = "A"\nwords = ["x"]\n[b]\nen_label = "B"\nja_label = "B"\n', encoding="utf-8")
    with pytest.raises(
        FileProblem, match=r"(?s)\[a\] has no ja_label.*\[a\] does not know 'words'.*\[b\] has no words.*Next"
    ):
        read_themes(own)
    own.write_bytes("[a]\nen_label = 料金\n".encode("cp932"))
    with pytest.raises(FileProblem, match=r"(?s)cannot be read.*Next: mend that line; save it as UTF-8"):
        read_themes(own)
    with pytest.raises(NotEnoughData, match=r"(?s)None of 2 comments holds a word.*Next: map the column"):
        count_themes(pd.DataFrame({"text": ["", " ！"]}))


def test_inflected_words_are_one_word():
    words = [split_words(text) for text in ("対応が遅かった。", "対応がおそく、", "対応が遅い")]
    assert all(set(one) == {"対応", "遅い"} for one in words)


def test_learnt_themes_say_how_good_they_are_on_comments_left_out():
    texts, labels = read_theme_labels()
    learnt = learn_themes(texts, labels, seed=1)
    assert learnt.macro_f1 > 5 * learnt.baseline_f1
    assert learnt.macro_f1 < 0.7  # these comments share few words; a number near 1 would be leakage
    assert learnt.macro_f1 == pytest.approx(np.mean(learnt.f1))
    assert learnt.name_themes(["価格が高い", ""])[0][0] == "price"
    assert learnt.name_themes([""]) == [("", 0.0)]


def test_labels_without_sense_are_not_said_to_be_learnt():
    texts, labels = read_theme_labels()
    mixed = np.random.default_rng(4).permutation(labels).tolist()
    assert learn_themes(texts, mixed).macro_f1 < 0.25


def test_equal_comments_never_lie_on_both_sides_of_a_fold():
    texts = ["価格が高い。"] * 20 + ["返事が遅い。"] * 20 + ["値段が", "料金は", "電話が", "窓口は"]
    learnt = learn_themes(texts, ["a"] * 20 + ["b"] * 20 + ["a", "a", "b", "b"])
    assert learnt.macro_f1 < 0.5  # nothing but repeats to learn from; with repeats on both sides it were 0.9


def test_too_few_labels_are_refused():
    with pytest.raises(NotEnoughData, match=r"(?s)fewer than 3 different comments.*Next: label some comments more"):
        learn_themes(["価格", "返事"], ["a", "b"])
    with pytest.raises(BadArgument, match=r"(?s)1 of them without a word.*Next: give one label"):
        learn_themes(["価格", ""], ["a", "b"])


@pytest.mark.requirement("L04")
def test_a_planted_link_to_churn_is_found_and_the_others_are_not_made_up():
    rng = np.random.default_rng(6)
    rows = []
    for at, theme in enumerate("abcdefgh"):
        n = 150
        rows.append(
            {"theme": theme, "n_with": n, "k_with": rng.binomial(n, 0.45 if at == 2 else 0.2), "n_without": 800,
             "k_without": rng.binomial(800, 0.2)}
        )  # fmt: skip
    found = link_themes(pd.DataFrame(rows), outcome="churn")
    assert [link.theme for link in found.links if link.is_clear] == ["c"]
    raw = found.links[0].rate_with - found.links[0].rate_without
    assert 0 < found.links[0].difference.estimate < raw + 0.01


def test_small_themes_are_left_out_of_links():
    rows = pd.DataFrame(
        {
            "theme": list("abc"),
            "n_with": [9, 40, 50],
            "k_with": [9, 8, 9],
            "n_without": [500] * 3,
            "k_without": [90] * 3,
        }
    )
    found = link_themes(rows, outcome="churn")
    assert ({link.theme for link in found.links}, found.n_small) == ({"b", "c"}, 1)
    with pytest.raises(NotEnoughData, match=r"(?s)1 of 2 themes have 10 customers.*Next: wait for more comments"):
        link_themes(rows.head(2), outcome="churn")


@pytest.mark.requirement("L04")
def test_a_quoted_comment_holds_nobody():
    personal = [
        "担当の佐藤さんの返事が遅い。", "返信は hana.sato@example.co.jp まで。", "回答は 03-1234-5678 へ。",
        "サトウ様からの返信がない。", "Mr. Smith never replied, see +81 90 1234 5678.", "山田の回答が遅い。",
    ]  # fmt: skip
    comments = pd.DataFrame({"text": personal + ["回答が遅い。"] * 6, "account_id": range(12)})
    quotes = quote_comments(comments, names=["山田 太郎"], most=20)
    said = " ".join(quote.text for quote in quotes)
    for part in ("佐藤", "サトウ", "山田", "hana", "example", "1234", "Smith"):
        assert part not in said
    assert "███さんの返事が遅い。" in said
    assert {quote.n_people for quote in quotes} == {12}


@pytest.mark.requirement("L04")
def test_nothing_is_quoted_below_the_floor_however_often_one_customer_says_it():
    comments = pd.DataFrame({"text": ["回答が遅い。"] * 40, "account_id": [1, 2, 3, 4, 5, 6, 7, 8, 9, 9] * 4})
    assert quote_comments(comments) == ()
    assert len(quote_comments(comments, floor=9)) == 1
    with pytest.raises(BadArgument, match=r"(?s)floor of 2 hides nobody.*Next: give 3"):
        quote_comments(comments, floor=2)


def test_every_state_of_an_action_is_told_the_urgent_first():
    waves = pd.DataFrame(
        [(date(2026, 3, 31), theme, 60, 200) for theme in "abc"]
        + [(date(2026, 6, 30), "a", 20, 200), (date(2026, 6, 30), "b", 58, 200), (date(2026, 6, 30), "c", 110, 200)],
        columns=["wave_ends_on", "theme", "n_with", "n_texts"],
    )
    done, due = date(2026, 4, 10), date(2026, 5, 1)
    actions = pd.DataFrame(
        [("a", "u:1", due, done), ("b", "u:1", due, done), ("c", "u:2", due, done), ("d", "u:2", due, None),
         ("a", "u:3", date(2026, 9, 1), None), ("a", "u:3", date(2026, 9, 1), date(2026, 7, 1))],
        columns=["theme", "owner_id", "due_on", "closed_on"],
    )  # fmt: skip
    found = close_loop(actions, waves, as_of=date(2026, 7, 2))
    assert [(one.theme, one.state) for one in found] == [
        ("d", "overdue"), ("c", "more"), ("a", "open"), ("b", "unclear"), ("a", "waiting"), ("a", "fewer"),
    ]  # fmt: skip
    assert found[-1].change.high < 0
    with pytest.raises(TableError, match=r"(?s)1 actions have no owner_id, 1 no due_on.*Next: name one person"):
        close_loop(pd.DataFrame([("a", None, None, None)], columns=actions.columns), waves, as_of=done)
