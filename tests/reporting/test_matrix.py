"""One report, many runs: what a matrix of parameters stands for, and what is refused before anything runs."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleslab.errors import BadArgument, ParameterError, WarehouseError
from saleslab.reporting.matrix import combine, plan_matrix

NAMES = st.sampled_from(["region", "team", "product"])
LISTS = st.dictionaries(NAMES, st.lists(st.integers(0, 9), min_size=1, max_size=4))


@given(LISTS)
def test_every_combination_comes_once(each):
    runs = combine({"top": 3}, each)
    assert [tuple(run[name] for name in each) for run in runs] == list(product(*map(dict.fromkeys, each.values())))
    assert all(run["top"] == 3 and set(run) == {"top", *each} for run in runs)


def test_without_a_list_there_is_one_run():
    assert combine({"top": 3}, {}) == ({"top": 3},)


def test_a_name_that_is_both_given_and_varied_is_refused():
    with pytest.raises(
        BadArgument, match=r"'top' is given one value and a list of values.\n  Next: name it with -p or"
    ):
        combine({"top": 3}, {"top": [1, 2]})


def test_an_empty_list_is_refused():
    with pytest.raises(BadArgument, match=r"'region' has no values.\n  Next: list them: --each region=a,b"):
        combine({}, {"region": []})


def test_codes_stay_text_and_days_survive(company, project):
    each = {"region": ["01", "１２"], "as_of": ["2026-10-31"]}
    runs = plan_matrix("orders_review", db=str(company), given={}, each=each, as_text=True, project=project)
    assert [run["region"] for run in runs] == ["01", "１２"]


def test_every_value_of_every_run_that_does_not_fit_is_told_at_once(company, project):
    each = {"as_of": ["2026-10-31", "31.10.2026", "yesterday"], "regoin": ["01"]}
    with pytest.raises(ParameterError) as told:
        plan_matrix("orders_review", db=str(company), given={"factor": "x"}, each=each, as_text=True, project=project)
    for part in ("'factor'", "'31.10.2026'", "'yesterday'", "'regoin' is unknown (did you mean 'region'?)"):
        assert part in told.value.what
    assert "this report takes: as_of, region, factor" in told.value.next_step


def test_a_database_that_is_absent_is_told_before_anything_runs(project, tmp_path):
    with pytest.raises(WarehouseError, match="There is no database .*\n  Next: make one with `saleslab import`"):
        plan_matrix("orders_review", db=str(tmp_path / "no.duckdb"), given={}, each={}, project=project)
