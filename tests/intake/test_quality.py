"""The data check finds what was planted, row by row, and nothing in clean data."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from companies import AS_OF, deal, lab_of, load, lost

from saleslab.errors import NotEnoughData
from saleslab.intake import check_quality, import_export, write_quality_headline
from saleslab.intake.bulk import bulk_size
from saleslab.intake.suspects import MEASURES, RULES
from saleslab.simulation import Defects, Scenario, simulate
from saleslab.warehouse import connect
from saleslab.wording.catalogue import sentences

MAVEN = Path(__file__).resolve().parents[3] / "shared" / "data" / "maven_crm"

CODE_OF = {
    "missing_owners": "missing_owner",
    "closed_before_created": "closed_before_created",
    "negative_amounts": "negative_amount",
    "orphans": "unknown_reference",
    "backdated_stages": "backdated_stage",
    "deleted_or_merged": "removed_but_used",
    "product_spelling": "similar_reference",
    "probability_range": "out_of_range",
    "duplicated_keys": "duplicated_key",
    "duplicates": "likely_duplicates",
    "uneven_logging": "uneven_logging",
    "immature_cohort": "untouched_cohort",
}


def found(quality, *severities):
    return [finding for finding in quality.findings if finding.severity in (severities or ("error", "warning"))]


def ids_of(quality, code):
    return {one for finding in quality.findings if finding.code == code for one in finding.ids}


def check(*deals, **tables):
    with lab_of(deals or [deal("o:1"), lost("o:2")], **tables) as lab:
        return check_quality(lab, as_of=AS_OF)


def codes(quality):
    return {finding.code for finding in found(quality)}


# -- F01: twelve planted defects, twelve findings; clean data, none


def expect_planted(company, quality):
    """Compare what was found with what was planted; what cannot be known is said here, kind by kind."""
    truth = company.truth.defects
    planted = {kind: set(truth.loc[truth["kind"] == kind, "row_id"]) for kind in CODE_OF}
    exact = dict(list(CODE_OF.items())[:9])
    assert {kind: ids_of(quality, code) for kind, code in exact.items()} == {kind: planted[kind] for kind in exact}
    proposed = ids_of(quality, "likely_duplicates")  # names tell with a chance only, and never of a deleted original
    whole = ~truth["other_id"].isin(planted["deleted_or_merged"])
    pairs = set(truth.loc[(truth["kind"] == "duplicates") & whole, "row_id"])
    assert len(proposed - planted["duplicates"]) <= 1
    assert len(pairs - proposed) <= 2  # how many are found of many: test_identity
    movers = set(company.frame("stage_events")["by_user_id"])  # whoever moves nothing has no work to compare with
    assert ids_of(quality, "uneven_logging") == planted["uneven_logging"] & movers
    silent = ids_of(quality, "uneven_logging")  # whether they work on a deal cannot be told
    deals = company.frame("opportunities").drop_duplicates("opportunity_id").set_index("opportunity_id")
    told = {key for key in planted["immature_cohort"] if not silent & set(deals.loc[key, ["owner_id", "appointer_id"]])}
    assert ids_of(quality, "untouched_cohort") == told
    assert codes(quality) <= set(CODE_OF.values())


@pytest.mark.requirement("F01")
@pytest.mark.parametrize(("seed", "language"), [(1, "en"), pytest.param(6, "ja", marks=pytest.mark.slow)])
def test_twelve_planted_defects_give_twelve_findings_that_name_the_planted_rows(seed, language):
    company = simulate(Scenario(seed=seed, n_deals=400, language=language, defects=Defects.everywhere(0.02)))
    with load(company) as lab:
        quality = check_quality(lab, as_of=AS_OF)
    expect_planted(company, quality)
    assert codes(quality) == set(CODE_OF.values())
    assert quality.gate_is_closed


@pytest.mark.requirement("F01")
@pytest.mark.parametrize(
    ("seed", "n_deals", "language"), [(2, 60, "ja"), pytest.param(3, 400, "en", marks=pytest.mark.slow)]
)
def test_clean_data_give_no_finding(seed, n_deals, language):
    with load(simulate(Scenario(seed=seed, n_deals=n_deals, language=language))) as lab:
        quality = check_quality(lab, as_of=AS_OF)
    assert found(quality) == []
    assert {table.score for table in quality.tables} == {100.0}
    assert not quality.gate_is_closed
    assert write_quality_headline(quality)["tone"] == "good"


@pytest.mark.slow
@pytest.mark.requirement("F01")
@pytest.mark.parametrize("n_deals", [40, 150, 400, 1500])
@pytest.mark.parametrize("seed", range(20, 32))
def test_planted_and_clean_on_many_companies(seed, n_deals):
    language = ("ja", "en")[seed % 2]
    with load(simulate(Scenario(seed=seed, n_deals=n_deals, language=language))) as lab:
        assert found(check_quality(lab, as_of=AS_OF)) == []
    if n_deals == 400:
        company = simulate(Scenario(seed=seed, n_deals=n_deals, language=language, defects=Defects.everywhere(0.02)))
        with load(company) as lab:
            expect_planted(company, check_quality(lab, as_of=AS_OF))


# -- every rule on a company small enough to count by hand


def test_sound_deals_have_the_full_score():
    quality = check()
    assert found(quality) == []
    assert quality.score_of("opportunities", "accounts") == 100


OPEN = {"stage_id": "open", "is_closed": False, "is_won": False, "closed_at": None}
CAUSES = {
    "closed_before_created": {"closed_at": datetime(2026, 2, 27)},
    "closed_without_date": {"closed_at": None},
    "closed_in_future": {"closed_at": datetime(2026, 12, 24)},
    "won_but_open": {"is_closed": False},
    "stage_contradicts": {"stage_id": "lost"},
    "unknown_stage": {"stage_id": "retired"},
    "negative_amount": {"amount": Decimal(-5)},
    "won_without_amount": {"amount": None},
    "missing_owner": {"owner_id": None},
    "missing_account": {"account_id": None},
    "unknown_reference": {"account_id": "a:9"},
    "out_of_range": {"probability": 60.0},
    "not_a_choice": {"type": "odd"},
    "unconverted_amount": {"currency": "USD"},
    "missing_currency": {"currency": None},
}


def test_one_cause_gives_one_finding():
    spoilt = [deal(f"o:{code}", **({"currency": "JPY"} | change)) for code, change in CAUSES.items()]
    quality = check(deal("o:1", currency="JPY"), lost("o:2", currency="JPY"), *spoilt)
    assert {one.code: one.ids for one in found(quality)} == {code: (f"o:{code}",) for code in CAUSES}


def test_a_day_is_the_companys_own():
    same_day = deal("o:3", created_at=datetime(2026, 5, 10, 23, 30), closed_at=datetime(2026, 5, 10, 15, 0))
    assert codes(check(deal("o:1"), lost("o:2"), same_day)) == set()  # 11 May in Tokyo, both of them


def test_where_no_deal_has_a_currency_none_is_missing():
    assert codes(check(deal("o:1", currency=None), lost("o:2", currency=None))) == set()


def test_open_deals_past_their_date_are_a_note_and_close_no_gate():
    quality = check(deal("o:1"), lost("o:2"), deal("o:3", expected_close_date=date(2026, 8, 1), **OPEN))
    assert [(one.code, one.severity) for one in found(quality, "note")] == [("past_close", "note")]
    assert quality.score_of("opportunities") == 100


def test_lines_that_do_not_add_up_are_found():
    lines = pd.DataFrame(
        {
            "line_id": ["l:1", "l:2", "l:3"],
            "opportunity_id": ["o:1", "o:1", "o:2"],
            "total": [Decimal(60), Decimal(40), Decimal(7)],
        }
    )
    assert ids_of(check(opportunity_lines=lines), "lines_differ") == {"o:2"}


def move(key, of, at, **others):
    return {
        "event_id": key,
        "object_type": "opportunity",
        "object_id": of,
        "to_stage_id": "won",
        "to_stage_label": "Won",
        "at": at,
        "at_uncertainty_days": 0.0,
        "origin": "crm_history",
        **others,
    }


def test_history_is_held_against_its_deals():
    events = [
        move("e:1", "o:1", datetime(2026, 2, 20)),
        move("e:2", "o:9", datetime(2026, 5, 11)),
        move("e:3", "o:2", datetime(2026, 7, 3), to_stage_id="lost", to_stage_label="Lost"),
    ]
    quality = check(stage_events=pd.DataFrame(events))
    assert ids_of(quality, "backdated_stage") == {"e:1"}
    assert ids_of(quality, "orphan_event") == {"e:2"}
    assert ids_of(quality, "closed_in_other_month") == {"o:2"}


def test_mass_edits_are_told_from_daily_work():
    deals = [deal(f"o:{i:02}") for i in range(20)] + [lost("o:99")]
    daily = [move(f"e:{i:02}", f"o:{i:02}", datetime(2026, 5, 1 + i, 3, 4, 5), by_user_id="u:1") for i in range(20)]
    assert codes(check(*deals, stage_events=pd.DataFrame(daily))) == set()
    at_once = [event | {"at": datetime(2026, 5, 11, 3, 4, 6)} for event in daily[:8]] + daily[8:]
    quality = check(*deals, stage_events=pd.DataFrame(at_once))
    assert ids_of(quality, "bulk_moves") == {f"e:{i:02}" for i in range(8)}


def test_the_date_of_a_bulk_import_is_not_taken_for_the_start_of_a_deal():
    loaded = [deal(f"o:{i:02}", created_at=datetime(2026, 8, 1, 1, 2, 3)) for i in range(9)]
    spread = [lost(f"o:x{i:02}") for i in range(20)]
    quality = check(*loaded, *spread)
    assert codes(quality) == {"bulk_creation"}  # and not: closed before it was created
    days = [row | {"created_at": datetime(2026, 3, 2)} for row in (*loaded, *spread)]
    assert codes(check(*days)) == set()  # an export that knows days only


def test_more_coincidences_are_needed_among_more_records():
    sizes = [bulk_size(n, 700 * 8 * 60) for n in (100, 10_000, 100_000, 1_000_000)]
    assert sizes == sorted(sizes)
    assert sizes[0] == 5 < sizes[-1]


def test_deleted_and_merged_records_count_while_something_points_to_them():
    accounts = pd.DataFrame(
        {
            "account_id": ["a:1", "a:2", "a:3", "a:4"],
            "is_deleted": [False, True, False, True],
            "merged_into_id": [None, None, "a:77", None],
        }
    )
    quality = check(deal("o:1"), lost("o:2", account_id="a:2"), deal("o:3", account_id="a:3"), accounts=accounts)
    assert ids_of(quality, "removed_but_used") == {"a:2", "a:3"}
    assert ids_of(quality, "merged_into_nothing") == {"a:3"}


# -- scores, reach, refusals


def test_an_error_costs_its_record_and_a_warning_half_of_it_however_many_there_are():
    rows = [deal(f"o:{i}") for i in range(6)] + [lost("o:6")]
    rows += [deal("o:7", probability=7.0, amount=Decimal(-1), owner_id=None)]  # two errors and a warning: one record
    rows += [deal("o:8", owner_id=None, account_id=None), deal("o:9", owner_id=None)]  # two warned records
    (score,) = (table for table in check(*rows).tables if table.table == "opportunities")
    assert (score.n_records, score.n_with_error, score.n_with_warning, score.score) == (10, 1, 2, 80.0)


def test_a_single_row_among_many_still_costs_the_full_score():
    rows = [deal(f"o:{i:04}") for i in range(2999)] + [lost("o:x", owner_id=None)]
    assert check(*rows).score_of("opportunities") == 99.9


def test_the_warehouse_does_the_counting():
    n = 4_000
    rows = pd.DataFrame([deal("o:1")]).loc[[0] * n].assign(opportunity_id=[f"o:{i:05}" for i in range(n)])
    rows["created_at"] = pd.Timestamp("2026-03-02") + pd.to_timedelta(range(n), unit="min")
    rows["owner_id"] = "u:9"
    with lab_of(rows.to_dict("records")) as lab:
        quality = check_quality(lab, as_of=AS_OF, with_duplicates=False)
        assert lab.rows_read < 300
    (finding,) = (one for one in quality.findings if one.code == "unknown_reference")
    assert (finding.n_rows, len(finding.ids)) == (n, 20)


def test_no_personal_value_leaves_the_warehouse():
    name = "Jonathan Specimen"
    people = pd.DataFrame({"user_id": ["u:1", "u:2"], "name": name, "team_id": "t:9", "is_active": True})
    accounts = pd.DataFrame({"account_id": ["a:1", "a:2"], "name": name})
    quality = check(
        deal("o:1", name=name), lost("o:2"), users=people, accounts=accounts, teams=pd.DataFrame({"team_id": ["t:1"]})
    )
    told = [repr(finding) + finding.text.en + finding.text.ja + finding.next_step.en for finding in quality.findings]
    assert told
    assert name not in "".join(told)


def test_nothing_can_be_said_about_nothing():
    with connect("duckdb://") as lab, pytest.raises(NotEnoughData, match="No table holds a record.*\n.*Next: import"):
        check_quality(lab, as_of=AS_OF)
    with pytest.raises(NotEnoughData, match="no score of leads.*\n.*Next: import"):
        check().score_of("leads")


def test_every_rule_has_its_words_and_names_numbers_of_the_review():
    for code, rule in RULES.items():
        assert {f"intake.quality.rule.{code}.{part}" for part in ("name", "what", "next")} <= set(sentences("en"))
        assert set(rule.spoils) <= set(MEASURES)
        assert f"intake.quality.owner.{rule.owner}" in sentences("ja")
    assert {f"intake.quality.measures.{name}" for name in MEASURES} <= set(sentences("en"))


@pytest.mark.parametrize("code", sorted(RULES))
def test_every_finding_reads_as_a_sentence_in_both_languages(code):
    from saleslab.intake import QualityFinding
    from saleslab.wording import Share

    words = {name: Share(0.5, 0) for name in ("share", "chance", "shown", "whole", "naive", "expected", "low", "high")}
    words |= {"other": "x", "pairs": "x", "since": AS_OF, "n_open": 2, "n_judged": 5}
    for n in (1, 2):
        finding = QualityFinding(code, RULES[code].severity, "opportunities", "amount", n, (), (), words)
        for text in (finding.text, finding.next_step):
            assert text.en.endswith(".")
            assert text.ja.endswith("。")
            assert "{" not in text.en + text.ja


# -- real data


@pytest.mark.real_data
@pytest.mark.requirement("F01")
@pytest.mark.skipif(not MAVEN.is_dir(), reason=f"the public sample maven_crm is not at {MAVEN}")
def test_the_maven_sample_shows_its_known_defects():
    with connect("duckdb://") as lab:
        import_export(MAVEN, lab, map_name_or_file="maven", loaded_at=datetime(2018, 1, 2))
        quality = check_quality(lab, as_of=date(2017, 12, 31))
    facts = {one.code: (one.table, one.n_rows) for one in found(quality)}
    assert facts["missing_account"] == ("opportunities", 1425)
    spelt = {one.table: one for one in quality.findings if one.code == "similar_reference"}
    assert spelt["opportunity_lines"].n_rows == 1480
    assert "GTXPro -> maven:GTX Pro" in spelt["opportunity_lines"].text.en
    assert set(spelt) == {"opportunity_lines", "order_lines"}
    assert not quality.gate_is_closed
