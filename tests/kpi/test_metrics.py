"""A metric is data: whatever is wrong with it is told at once, and nothing of it is ever run as code."""

from __future__ import annotations

import re

import pytest
from measured import AS_OF, AUGUST, SEPTEMBER, deal, lab_of

from saleslab import kpi
from saleslab.errors import BadArgument
from saleslab.kpi.metrics.expressions import parse_expression

LIBRARY = kpi.library()
WORDS = {"label": {"en": "x", "ja": "x"}, "meaning": {"en": "x", "ja": "x"}}
WON = {"table": "opportunities", "where": "is_won", "at": "closed_at"}


def fields(**changes):
    return {"metric_id": "m", **WORDS, "kind": "count", "unit": "count", "numerator": WON, **changes}


# -- expressions


@pytest.mark.parametrize(
    ("text", "blame"),
    [
        ("__import__('os').system('ls')", "a call of something else"),
        ("(lambda: 1)()", "a call of something else"),
        ("is_won.__class__.__mro__[0]", "a subscript"),
        ("[x for x in y]", "a listcomp"),
        ("is_won if is_open else is_lost", "a ifexp"),
        ("amount ** 9", "a binop"),
        ("days(created_at)", "a call of something else"),
        ("type == None", "a comparison with None"),
        ("type in names", "'in' with something else than a list"),
        ("is_won is True", "'is' with something else than None"),
        ("1 < amount < 3", "a compare"),
        ("f'{amount}'", "a joinedstr"),
        ("amount = 3", "cannot be read"),
        ("not " * 20 + "is_won", "levels"),
        ("'a'.join", "attribute of something else"),
        ("x" * 600, "600 characters"),
        ("b'x'", "b'x'"),
    ],
)
def test_an_expression_holds_nothing_but_columns_and_comparisons(text, blame):
    with pytest.raises(ValueError, match=re.escape(blame)):
        parse_expression(text)


def test_an_expression_knows_the_columns_it_asks_for():
    found = parse_expression(
        "account_id.industry == '製造業' and not (amount > 10 or days(created_at, closed_at) <= 3)"
    )
    assert found.paths == ("account_id.industry", "amount", "created_at", "closed_at")


# -- declarations


def test_everything_that_is_wrong_is_told_at_once():
    wrong = [
        fields(metric_id="a", numerator={**WON, "where": "is_one"}),
        fields(metric_id="b", kind="ratio", unit="rate"),
        fields(metric_id="c", numerator={**WON, "agg": "sum"}),
        fields(metric_id="d", numerator={"table": "dreams", "at": "at"}),
        fields(metric_id="E"),
    ]
    with pytest.raises(BadArgument, match="5 things are wrong") as told:
        kpi.declare_metrics(wrong)
    for part in (
        "has no column 'is_one'",
        "a ratio needs a denominator",
        "agg 'sum' needs a column",
        "'dreams' is no table",
    ):
        assert part in told.value.what
    assert "kpi.library()" in told.value.next_step


@pytest.mark.parametrize(
    ("changes", "blame"),
    [
        ({"kind": "stock"}, "a stock needs 'until' or 'within_days'"),
        ({"kind": "duration"}, "a duration is a median or p90"),
        ({"kind": "mean"}, "a mean without denominator has the agg 'mean'"),
        ({"denominator": WON}, "a count has no denominator"),
        ({"cohort": {"rule": "started"}}, "'succeeded_at' belongs to the cohort rule 'started'"),
        ({"cohort": {"rule": "started", "succeeded_at": "closed_at"}}, "only a share of counted rows"),
        ({"kind": "rating"}, "a rating without denominator"),
        ({"numerator": {**WON, "column": "amount"}}, "agg 'count' takes no column"),
        ({"numerator": {**WON, "where": "closed_at < moment"}}, "'moment' can be asked for in a stock only"),
        ({"numerator": {**WON, "where": "stage_id.label == 'x'"}}, "stage_id is no key of another table"),
        ({"numerator": {**WON, "at": "closed"}}, "no column 'closed'"),
        ({"numerator": {**WON, "throughout": True}}, "'throughout' needs 'until'"),
        ({"numerator": {**WON, "agg": "largest", "column": "amount"}}, "needs 'of'"),
        ({"colour": "red"}, "Extra inputs"),
    ],
)
def test_a_declaration_that_contradicts_itself_is_refused(changes, blame):
    with pytest.raises(BadArgument, match=re.escape(blame)):
        kpi.declare_metrics([fields(**changes)])


def test_a_metric_of_ones_own_is_counted_like_those_of_the_library():
    owned = {
        "table": "opportunities",
        "agg": "sum",
        "column": "amount",
        "where": "owner_id in ('u:1', 'u:2')",
        "at": "closed_at",
    }
    [metric] = kpi.declare_metrics([fields(kind="sum", unit="money", numerator=owned)])
    rows = [
        deal(f"o:{n}", opened=AUGUST.start, closed=SEPTEMBER.start, owner_id=f"u:{n}", amount=10**n) for n in range(4)
    ]
    values = kpi.measure(lab_of(opportunities=rows), metric, as_of=AS_OF, months=1)
    assert values["value"].tolist() == [110.0]


# -- one name, two things


@pytest.mark.requirement("B08")
def test_one_id_with_two_formulas_is_found():
    theirs = LIBRARY["win_rate"].model_copy(update={"denominator": LIBRARY["n_opportunities"].numerator})
    [double] = kpi.find_double_definitions([("library", LIBRARY["win_rate"]), ("East", theirs)])
    assert (double.code, double.places, double.differs_in) == (
        "duplicate_definition", ("library", "East"), ("denominator",),
    )  # fmt: skip
    assert "win_rate" in double.words.en
    assert "数え方" in double.words.ja


@pytest.mark.requirement("B08")
def test_two_teams_that_pull_in_opposite_directions_are_found():
    theirs = LIBRARY["n_visits"].model_copy(update={"direction": "down"})
    declared = [("Field", LIBRARY["n_visits"]), ("Green", theirs), ("Inside", LIBRARY["n_visits"])]
    table = kpi.tabulate_doubles(kpi.find_double_definitions(declared))
    assert table[["code", "first", "second", "differs_in"]].to_numpy().tolist() == [
        ["direction_conflict", "Field", "Green", "direction"]
    ]


@pytest.mark.requirement("B08")
def test_other_words_for_the_same_count_are_no_double():
    renamed = LIBRARY["n_won"].model_copy(update={"label": LIBRARY["n_lost"].label, "guardrail": None})
    assert kpi.find_double_definitions([("a", LIBRARY["n_won"]), ("b", renamed), ("c", LIBRARY["n_lost"])]) == ()
