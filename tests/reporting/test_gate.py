"""Which data a report must not be published on."""

import duckdb
import pytest
from report_notebook import make_company

from saleslab.errors import GateClosed
from saleslab.reporting.gate import insist_on_contracts
from saleslab.reporting.running import run_report

ORPHANS = {"orders": {"account_id:refers_to": 3, "total:range": 1}, "users": {}}


def test_a_broken_rule_is_told_and_closes_the_gate_only_when_that_was_asked_for():
    insist_on_contracts(ORPHANS, strict=False)
    with pytest.raises(GateClosed) as closed:
        insist_on_contracts(ORPHANS, strict=True)
    assert "orders.account_id breaks 'refers_to' in 3 rows; orders.total breaks 'range' in 1 row" in closed.value.what
    assert "run without --strict" in closed.value.next_step


def test_data_that_keep_their_contracts_pass_the_strict_gate():
    insist_on_contracts({"orders": {}}, strict=True)


@pytest.mark.requirement("F01")
def test_a_key_on_several_rows_closes_the_gate_and_nothing_is_published(project, tmp_path):
    company = make_company(tmp_path / "twice.duckdb")
    with duckdb.connect(str(company)) as other_program:
        other_program.execute("insert into orders select * from orders where order_id = 'o:1'")
    with pytest.raises(GateClosed, match=r"orders.order_id breaks 'unique' in 2 rows(.|\n)*Next: see `saleslab check`"):
        run_report("orders_review", db=str(company), out=tmp_path / "out", project=project)
    assert [path for path in (tmp_path / "out" / "runs").rglob("*") if path.is_file()] == []


def test_a_run_that_was_published_before_does_not_pass_the_strict_gate_by_being_there(project, tmp_path):
    company = make_company(tmp_path / "odd.duckdb")
    with duckdb.connect(str(company)) as other_program:
        other_program.execute("update orders set ordered_at = null where order_id = 'o:1'")
    told = {"db": str(company), "out": tmp_path / "out", "project": project}
    assert run_report("orders_review", **told).is_new
    with pytest.raises(GateClosed, match="orders.ordered_at breaks 'required' in 1 row"):
        run_report("orders_review", **told, strict=True)
