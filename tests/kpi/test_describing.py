"""A metric's page has six sections, and the query that it shows returns the value that it shows."""

from __future__ import annotations

import pandas as pd
import pytest
from measured import AS_OF, CALENDAR, SEPTEMBER, deal, lab_of

from saleslab import kpi
from saleslab.errors import NotEnoughData
from saleslab.kpi.metrics.describing.page import SECTIONS
from saleslab.warehouse import Warehouse, connect
from saleslab.wording import LANGUAGES, Text, section

LIBRARY = kpi.library()
QUARTER = CALENDAR.quarter_of(AS_OF)
FACTORS = {"co2_kg_per_km": 0.12}


def run(lab: Warehouse, query: str) -> pd.DataFrame:
    """Run a query as a reader would, past everything of ours."""
    return lab._backend.con.sql(query).df()


def one_of_each_kind() -> set[str]:
    """The first metric of each kind, table and way to count."""
    found: dict[tuple[str, ...], str] = {}
    for metric in LIBRARY.values():
        ways = (part for count in metric.counts for part in (count.table, count.agg, str(count.is_stock)))
        found.setdefault((metric.kind, *ways), metric.metric_id)
    return set(found.values())


QUICK = one_of_each_kind()


@pytest.mark.requirement("B03")
@pytest.mark.parametrize(
    "metric_id", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in LIBRARY]
)
def test_the_query_of_a_page_returns_the_value_of_the_page_and_of_the_measure(invented_lab, everything, metric_id):
    measured = everything.frame.query("metric_id == @metric_id").iloc[-1]
    quarter = CALENDAR.quarter_of(measured["period_start"].date())
    page = kpi.describe_metric(invented_lab, LIBRARY[metric_id], period=quarter, as_of=AS_OF, factors=FACTORS)
    assert run(invented_lab, page.query)["value"].tolist() == [page.value]
    assert page.value == pytest.approx(measured["value"], rel=1e-9)
    assert tuple(page.sections()) == SECTIONS
    for texts in page.sections().values():
        assert texts
        assert all(text.of(lang).strip() for text in texts for lang in LANGUAGES)


@pytest.mark.requirement("B03")
@pytest.mark.parametrize(
    ("metric_id", "scope_type"),
    [("won_amount", "team"), ("win_rate", "user"), ("connect_rate", "segment"), ("open_deals", "channel")],
)
def test_the_query_of_any_scope_returns_its_value(invented_lab, metric_id, scope_type):
    found = kpi.measure(invented_lab, LIBRARY[metric_id], as_of=AS_OF, periods=[QUARTER], scopes=(scope_type,))
    for row in found.head(2).to_dict("records"):
        page = kpi.describe_metric(
            invented_lab,
            LIBRARY[metric_id],
            period=QUARTER,
            as_of=AS_OF,
            scope_type=scope_type,
            scope_id=row["scope_id"],
        )
        assert page.value == pytest.approx(row["value"], rel=1e-9)


@pytest.mark.requirement("B03")
def test_a_page_says_who_owns_it_and_what_it_adds_or_that_nobody_told(invented_lab):
    plain = kpi.describe_metric(invented_lab, LIBRARY["win_rate"], period=QUARTER, as_of=AS_OF)
    assert plain.owner.en == "Nobody is named."
    assert "寄与" in plain.contribution.ja
    told = kpi.describe_metric(
        invented_lab, LIBRARY["win_rate"], period=QUARTER, as_of=AS_OF,
        owner=Text.same("u:1"), contribution=Text("Won deals = decided x win rate", "受注件数 = 決着件数 × 受注率"),
    )  # fmt: skip
    notes = kpi.write_metric_page(told)
    assert [note["name"].removeprefix("win_rate_") for note in notes] == list(SECTIONS)
    assert notes[3]["text"].ja == "責任者：u:1"
    assert (told.owner.ja, told.contribution.en) == ("u:1", "Won deals = decided x win rate")
    assert any("値引率" in text.ja and "discount_rate" not in text.ja for text in told.caveats), "by name, not by id"


def test_the_words_of_every_section_and_rule_are_written():
    assert set(section("kpi_metrics.page.section")) == set(SECTIONS)
    assert set(section("kpi_metrics.caveat")) == {"happened", "decided", "started"}


def test_a_query_shown_from_a_file_runs_in_another_program(tmp_path):
    file = tmp_path / "lab.duckdb"
    with connect(f"duckdb:///{file}") as lab:
        lab.write(
            "opportunities", pd.DataFrame([deal("o:1", opened=SEPTEMBER.start, closed=SEPTEMBER.end, won=True)]),
            source_system="hand", loaded_at=pd.Timestamp("2026-10-01").to_pydatetime(),
        )  # fmt: skip
        page = kpi.describe_metric(lab, LIBRARY["won_amount"], period=SEPTEMBER, as_of=AS_OF)
    with connect(f"duckdb:///{file}", read_only=True) as other:
        assert run(other, page.query)["value"].tolist() == [100.0] == [page.value]
    assert page.shown.en == "¥100"


def test_it_refuses_what_cannot_be_measured():
    lab = lab_of(opportunities=[deal("o:1", opened=SEPTEMBER.start)])
    with pytest.raises(
        NotEnoughData, match=r"(?s)nps needs feedback, which is not imported.*Next: import what is named"
    ):
        kpi.describe_metric(lab, LIBRARY["nps"], period=QUARTER, as_of=AS_OF)
    decided = lab_of(opportunities=[deal("o:1", opened=SEPTEMBER.start, closed=SEPTEMBER.end)])
    earlier = CALENDAR.previous(QUARTER)
    with pytest.raises(NotEnoughData, match=r"(?s)win_rate has nothing to count from 2026-04-01.*Next: widen"):
        kpi.describe_metric(decided, LIBRARY["win_rate"], period=earlier, as_of=AS_OF)
    with pytest.raises(NotEnoughData, match=r"(?s)n_won has nothing to count from 2026-04-01.*Next: widen"):
        kpi.describe_metric(decided, LIBRARY["n_won"], period=earlier, as_of=AS_OF)
    assert kpi.describe_metric(decided, LIBRARY["n_won"], period=QUARTER, as_of=AS_OF).value == 0.0
