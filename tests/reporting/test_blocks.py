"""Blocks: what a notebook says is kept exactly, once, in every language, and refused when a reader could not use it."""

import json
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import altair as alt
import nbformat
import numpy as np
import pandas as pd
import pytest
from demo_report import demo_blocks
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.formatters import DisplayFormatter

from saleslab import reporting
from saleslab.charts import finish
from saleslab.errors import BadArgument
from saleslab.periods import FiscalCalendar, Month
from saleslab.reporting.blocks import KINDS, MIME, Figure, Grid
from saleslab.reporting.canonical import decode, digest, encode, round_floats, write_json
from saleslab.wording import LANGUAGES, Change, Count, Days, Money, Number, Points, Share, Text


@pytest.fixture(scope="module")
def blocks():
    return demo_blocks()


def both(words):
    return Text(words, words)


def draw_bars(lang, width):
    return finish(
        alt.Chart(alt.Data(values=[{"x": 1, "y": lang}])).mark_bar().encode(x="x:Q", y="y:N"), lang=lang, width=width
    )


def make_figure(**changed):
    given_ = {"name": "f", "title": both("t"), "caption": both("c"), "alt": both("a")} | changed
    draw = given_.pop("draw", draw_bars)
    data = given_.pop("data", pd.DataFrame({"x": [1]}))
    return reporting.figure(*given_.values(), draw=draw, data=data)


def make_finding(**changed):
    return reporting.finding(
        "f", both("t"), **{"evidence": ["win_rate"], "action": both("a"), "owner": both("o"), **changed}
    )


finite = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12)
shown = st.floats(min_value=-1e6, max_value=1e6).map(lambda value: float(f"{value:.12g}"))
texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"]))
days = st.dates(date(1990, 1, 1), date(2090, 12, 31))
cells = st.one_of(
    st.none(),
    st.integers(-(10**12), 10**12),
    texts,
    days,
    st.builds(Text, texts, texts),
    st.builds(Money, st.decimals(-(10**12), 10**12, places=2), st.sampled_from(["JPY", "USD"]), st.booleans()),
    *(st.builds(kind, shown, st.integers(0, 3)) for kind in (Share, Points, Change, Number, Days)),
    st.builds(Count, st.integers(0, 10**9)),
    days.map(lambda day: Month(day.replace(day=1))),
    days.map(FiscalCalendar().quarter_of),
)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_block_comes_back_from_its_json_as_it_was(blocks, kind):
    found = [block for block in blocks if block.kind == kind]
    assert found
    for block in found:
        stored = json.loads(write_json(block.to_json()))
        assert reporting.read_block(stored) == block
        assert write_json(reporting.read_block(stored).to_json()) == write_json(block.to_json())


@given(cells)
def test_every_cell_comes_back_from_its_json_as_it_was(cell):
    assert decode(json.loads(write_json(encode(cell)))) == cell


def test_noise_beyond_twelve_digits_changes_no_hash():
    assert 0.1 + 0.2 != 0.3
    assert digest(round_floats({"sum": 0.1 + 0.2})) == digest(round_floats({"sum": 0.3}))
    assert digest(round_floats({"sum": 0.30000000001})) != digest(round_floats({"sum": 0.3}))


@given(st.dictionaries(texts, finite, max_size=5))
def test_the_order_of_keys_changes_no_hash(numbers):
    assert digest(round_floats(dict(reversed(numbers.items())))) == digest(round_floats(numbers))


@given(finite)
def test_rounding_twice_is_rounding_once(number):
    once = round_floats(number)
    assert round_floats(once) == once
    assert once == pytest.approx(number, rel=1e-11)


def test_money_is_text_with_two_decimals_and_keys_are_sorted():
    card = reporting.kpi("bookings", both("Bookings"), Money(Decimal("5840000")))
    written = write_json(card.to_json())
    assert '"value":{"currency":"JPY","money":"5840000.00"}' in written
    assert list(json.loads(written)) == sorted(json.loads(written))


def test_equal_amounts_with_other_decimals_have_the_same_hash():
    hashes = {
        reporting.kpi("b", both("B"), Money(Decimal(amount))).sha256 for amount in ("5840000", "5840000.00", "584E4")
    }
    assert len(hashes) == 1


def test_a_float_of_numpy_says_the_same_as_a_float():
    assert (
        reporting.kpi("r", both("R"), Share(np.float64(0.241))).sha256
        == reporting.kpi("r", both("R"), Share(0.241)).sha256
    )


def test_a_changed_number_changes_the_words_that_nbval_compares(blocks):
    card = next(block for block in blocks if block.name == "win_rate")
    false = replace(card, value=Share(0.2410001))
    said, said_false = (block._repr_mimebundle_()["text/plain"] for block in (card, false))
    assert said.splitlines()[1:] == said_false.splitlines()[1:]
    assert said != said_false


def test_a_changed_drawing_changes_the_hash_of_a_figure(blocks):
    figure = next(block for block in blocks if isinstance(block, Figure))
    spec = json.loads(json.dumps(figure.drawings[0].spec)) | {"height": 99}
    assert (
        replace(figure, drawings=(replace(figure.drawings[0], spec=spec), *figure.drawings[1:])).sha256 != figure.sha256
    )


def test_a_notebook_stores_every_block_as_valid_output(blocks):
    outputs = [nbformat.v4.new_output("display_data", data=block._repr_mimebundle_()) for block in blocks]
    nbformat.validate(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x", outputs=outputs)]))
    assert [reporting.read_block(output["data"][MIME]) for output in outputs] == blocks


def test_jupyter_shows_the_blocks_own_words_and_picture(blocks):
    figure = next(block for block in blocks if isinstance(block, Figure))
    data, _ = DisplayFormatter().format(figure)
    assert data["text/plain"].startswith(f"figure landing sha256:{figure.sha256[:16]}\n")
    assert data["image/svg+xml"].startswith("<svg ")
    assert "var(" not in data["image/svg+xml"]


def test_words_for_the_proof_are_rounded_and_in_every_language(blocks):
    card = next(block for block in blocks if block.name == "win_rate")
    first, *others = card._repr_mimebundle_()["text/plain"].splitlines()
    assert first == f"kpi win_rate sha256:{card.sha256[:16]}"
    assert (
        others[0]
        == "en: [bad] Win rate 24.1 %, 21.3 % to 27.1 %, target 27.0 %, 22.8 % before, +1.3 pt on last quarter"
    )
    assert others[1].startswith("ja: [bad] 受注率 24.1%, 21.3%〜27.1%, 目標 27.0%")


def test_a_figure_is_drawn_for_every_language_and_both_widths(blocks):
    figure = next(block for block in blocks if isinstance(block, Figure))
    assert [(drawing.lang, drawing.width) for drawing in figure.drawings] == [
        ("en", 340), ("en", 720), ("ja", 340), ("ja", 720),
    ]  # fmt: skip
    with pytest.raises(BadArgument, match=r"was not drawn for en at 500 px(.|\n)*Next: make the figure anew"):
        figure.drawing("en", 500)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_figure_without_words_for_who_cannot_see_it_is_refused(lang):
    silent = replace(both("told"), **{lang: "  "})
    with pytest.raises(BadArgument, match=r"f.alt is not written in every language(.|\n)*Next: give a Text"):
        make_figure(alt=silent)


def test_a_figure_that_is_no_specification_is_refused():
    with pytest.raises(BadArgument, match=r"'f' is no specification(.|\n)*charts.finish"):
        make_figure(draw=lambda lang, width: [])


def test_a_figure_too_wide_for_the_phone_is_refused_where_it_is_made():
    with pytest.raises(BadArgument, match=r"'f' is 720 px wide where 340 were asked"):
        make_figure(draw=lambda lang, width: draw_bars(lang, 720))


def test_bare_numbers_under_a_figure_get_as_many_decimals_as_their_size_asks_for():
    grid = make_figure(data=pd.DataFrame({"n": [1, 2], "rate": [0.12345, 0.5], "money": [1234.5, 20.25]})).data
    assert grid.rows[0] == (1, Number(0.12345, 3), Number(1234.5, 0))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            {"target": Count(3)},
            r"is a Share but is compared with a Count(.|\n)*Next: give interval, target and previous",
        ),
        (
            {"interval": (Share(0.3), Share(0.2))},
            r"interval of KPI 'r' ends below its start(.|\n)*Next: give \(low, high\)",
        ),
        ({"tone": "amber"}, r"'amber' is no tone(.|\n)*Next: use one of: good, warn, bad, neutral"),
    ],
)
def test_a_card_that_compares_what_cannot_be_compared_is_refused(wrong, message):
    with pytest.raises(BadArgument, match=message):
        reporting.kpi("r", both("Rate"), Share(0.25), **wrong)


def test_amounts_in_two_currencies_are_not_compared():
    with pytest.raises(BadArgument, match="is a Money in JPY but is compared with a Money in USD"):
        reporting.kpi("b", both("B"), Money(Decimal(1)), target=Money(Decimal(1), "USD"))


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_number_that_is_none_is_refused(value):
    with pytest.raises(BadArgument, match=r"A block cannot show (nan|inf)(.|\n)*Next: leave the number out"):
        reporting.kpi("r", both("R"), Share(value))


@pytest.mark.parametrize("name", ["Win rate", "1st", "", "a" * 61, 'x" onload="1', "rate\n"])
def test_a_name_that_is_no_id_is_refused(name):
    with pytest.raises(BadArgument, match=r"is no name for a block(.|\n)*Next: use lower-case letters"):
        reporting.note(name, both("Words."))


def test_words_in_one_language_only_are_refused():
    with pytest.raises(BadArgument, match=r"scope.text is not written in every language \(en, ja\)"):
        reporting.note("scope", "New business only.")


def test_a_table_holds_its_first_rows_and_counts_all():
    data = pd.DataFrame({"n_deals": range(120)})
    made = reporting.table("t", both("T"), both(""), data)
    assert (len(made.data.rows), made.data.n_rows, made.data.columns[0].label.ja) == (50, 120, "商談数")


def test_missing_cells_and_values_of_pandas_and_numpy_become_plain_ones():
    data = pd.DataFrame(
        {
            "n": pd.array([1, None], dtype="Int64"),
            "day": [pd.Timestamp("2026-11-23"), pd.NaT],
            "at": [pd.Timestamp("2026-11-23 18:04:09.5"), None],
            "who": ["A", None],
            "rate": [Share(0.2), np.nan],
        }
    )
    made = reporting.table("t", both("T"), both(""), data)
    assert made.data.rows == (
        (1, date(2026, 11, 23), datetime(2026, 11, 23, 18, 4, 9), "A", Share(0.2)),
        (None,) * 5,
    )


def test_headings_choose_columns_and_their_order():
    data = pd.DataFrame({"a": [1], "b": [2], "c": [3]})
    made = reporting.table("t", both("T"), both(""), data, {"c": both("C"), "a": both("A")})
    assert made.data == Grid(made.data.columns, ((3, 1),), 1)


@pytest.mark.parametrize(
    ("data", "columns", "message"),
    [
        ({"x": [0.5]}, None, r"t.x holds a float, which has no written form(.|\n)*Next: wrap it in Money"),
        ({"x": [Decimal(1)]}, None, r"t.x holds a Decimal(.|\n)*Next: wrap it"),
        ({"x": [True]}, None, r"t.x holds a bool"),
        ({"x": [1]}, {"y": Text("Y", "Y")}, r"t has no column 'y'; its data have: x(.|\n)*Next: head only columns"),
        ({"x": [1]}, {}, r"t has no column at all"),
    ],
)
def test_a_table_whose_meaning_is_unclear_is_refused(data, columns, message):
    with pytest.raises(BadArgument, match=message):
        reporting.table("t", both("T"), both(""), pd.DataFrame(data), columns)


def test_a_finding_names_what_it_rests_on_who_acts_and_until_when():
    made = make_finding(due=date(2026, 12, 1))
    assert (made.evidence, made.owner.en, made.due) == (("win_rate",), "o", date(2026, 12, 1))


@pytest.mark.parametrize("evidence", [[], "win_rate"])
def test_a_finding_without_evidence_is_refused(evidence):
    with pytest.raises(BadArgument, match=r"Finding 'f' rests on no block(.|\n)*Next: name the blocks"):
        make_finding(evidence=evidence)


def test_a_report_with_two_headlines_a_double_name_and_loose_evidence_hears_of_all_at_once(blocks):
    wrong = [*blocks, blocks[0], make_finding(evidence=["nothing"])]
    with pytest.raises(
        BadArgument, match=r"2 headlines; the name 'headline' is used 2 times; finding 'f' rests on 'nothing'"
    ):
        reporting.check_blocks(wrong)


@pytest.mark.parametrize(
    "tree", [{}, {"block": "poem"}, {"block": "note", "name": "n"}, {"block": "note", "text": 1, "x": 2}]
)
def test_json_that_is_no_block_is_refused(tree):
    with pytest.raises(BadArgument, match=r"This is no block(.|\n)*the kinds are: banner, figure, finding"):
        reporting.read_block(tree)


def test_no_file_of_the_room_is_called_like_a_function_of_it():
    from importlib.resources import files

    names = {
        file.name.removesuffix(".py") for file in files("saleslab.reporting").iterdir() if file.name.endswith(".py")
    }
    assert names & set(reporting.__all__) == set()
