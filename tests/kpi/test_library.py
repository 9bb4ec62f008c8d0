"""About ninety metrics as data: all of them compute, in both languages, and the packs say what they cannot know."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest
from measured import AS_OF, AUGUST, CALENDAR, SEPTEMBER, answer, deal, lab_of, noon, only, order, visit

from saleslab import kpi
from saleslab.errors import BadArgument, NotEnoughData
from saleslab.kpi.metrics.shelf import PACKS, THEMES
from saleslab.kpi.metrics.values import word_level
from saleslab.wording import LANGUAGES

LIBRARY = kpi.library()


@pytest.fixture(scope="module")
def every(everything) -> pd.DataFrame:
    return everything.frame


# -- the shelf


@pytest.mark.requirement("B13")
def test_every_metric_computes_on_the_invented_company(every):
    assert set(every["metric_id"]) == set(LIBRARY)
    assert np.isfinite(every["value"]).all()
    assert len(LIBRARY) >= 60


@pytest.mark.requirement("B13")
@pytest.mark.parametrize("metric", LIBRARY.values(), ids=list(LIBRARY))
def test_every_metric_says_what_it_is_in_both_languages(metric):
    for text in (metric.label, metric.meaning, metric.formula):
        written = [text.of(lang) for lang in LANGUAGES]
        assert all(written)
        assert any(ord(letter) > 0x3000 for letter in written[1]) or metric.metric_id == "nps"
    assert metric.theme in THEMES
    assert metric.guardrail is None or metric.guardrail in LIBRARY
    assert metric.guardrail != metric.metric_id


def test_the_glossary_covers_every_metric_with_words_of_its_own():
    """The glossary's part of D05."""
    for lang in LANGUAGES:
        glossary = kpi.tabulate_metrics(LIBRARY.values(), lang=lang)
        assert glossary["metric_id"].tolist() == list(LIBRARY)
        assert (glossary.drop(columns=["guardrail", "caveat"]) != "").all(axis=None)
        assert glossary["label"].is_unique
        assert glossary["meaning"].is_unique


@pytest.mark.requirement("B13")
def test_shares_lie_between_0_and_1_and_their_intervals_hold_them(every):
    for metric in LIBRARY.values():
        rows = every[every["metric_id"] == metric.metric_id]
        if metric.is_share:
            assert rows["value"].between(0, 1).all(), metric.metric_id
            known = rows[rows["lo"].notna()]
            inside = (known["lo"] <= known["estimate"] + 1e-9) & (known["estimate"] <= known["hi"] + 1e-9)
            assert inside.all(), metric.metric_id


@pytest.mark.requirement("B13")
def test_a_search_finds_names_before_meanings_in_either_language():
    ids = [metric.metric_id for metric in kpi.search_library("受注", lang="ja")]
    assert {"win_rate", "won_amount", "n_won"} <= set(ids)
    assert ids.index("won_amount") < ids.index("pipeline_coverage"), "the name holds it, there only the formula"
    assert kpi.search_library("ＷＩＮ　ＲＡＴＥ")[0].metric_id == "win_rate", "full width is the same word"
    assert kpi.search_library("アポ率")[0].metric_id == "appointment_rate"
    assert kpi.search_library("   ") == ()


def test_themes_and_packs_are_parts_of_the_library():
    assert [name for theme in THEMES for name in kpi.library(theme=theme)] == list(LIBRARY)
    assert {name for pack in PACKS for name in kpi.library(pack=pack)} == {
        name for name, metric in LIBRARY.items() if metric.pack
    }
    with pytest.raises(BadArgument, match=r"(?s)pack is 'weather'.*Next: use one of: customer, risk, sustainability"):
        kpi.library(pack="weather")


def test_the_library_cannot_be_changed():
    with pytest.raises(TypeError):
        LIBRARY["win_rate"] = LIBRARY["n_won"]
    with pytest.raises(ValueError, match="frozen"):
        LIBRARY["win_rate"].unit = "count"


# -- the customer pack


@pytest.mark.requirement("B09")
def test_the_net_promoter_score_is_exact():
    scores = [10, 10, 9, 9, 8, 7, 6, 3, 10, 0]  # 5 promoters, 3 detractors of 10
    rows = [answer(f"f:{n}", "nps", score, SEPTEMBER.start) for n, score in enumerate(scores)]
    rows.append(answer("f:c", "csat", 5, SEPTEMBER.start))
    values = kpi.measure(lab_of(feedback=rows), LIBRARY["nps"], as_of=AS_OF, months=1)
    assert (only(values, "nps")["value"], only(values, "nps")["n"]) == (20.0, 10)


@pytest.mark.requirement("B09")
def test_few_answers_are_told_with_their_interval_and_many_without():
    few = [answer(f"f:{n}", "nps", 10 if n % 3 else 2, SEPTEMBER.start) for n in range(12)]
    many = [answer(f"m:{n}", "nps", 10 if n % 3 else 2, AUGUST.start) for n in range(30)]
    values = kpi.measure(lab_of(feedback=few + many), LIBRARY["nps"], as_of=AS_OF, months=2)
    row, full = (only(values, "nps", period_start=period.start) for period in (SEPTEMBER, AUGUST))
    assert row["lo"] < row["value"] < row["hi"]
    told = kpi.tell_value(row, LIBRARY["nps"])
    assert told.en.startswith("33.3 (")
    assert told.en.endswith("n = 12)")
    assert "～" in told.ja
    assert "(" not in kpi.tell_value(full, LIBRARY["nps"]).en


def test_a_young_cohort_is_told_with_what_it_will_come_to():
    row = {"value": 0.11, "n": 400, "lo": 0.21, "hi": 0.28, "estimate": 0.244}
    told = kpi.tell_value(row, LIBRARY["close_rate"])
    assert told.en == "11.0 % so far, 24.4 % expected in the end (21.0 % to 28.0 %, n = 400)"
    assert told.ja == "現時点で11.0%、最終的な見込みは24.4%（21.0%～28.0%、n = 400）"
    unknown = {**row, "estimate": np.nan, "lo": np.nan, "hi": np.nan}
    assert kpi.tell_value(unknown, LIBRARY["close_rate"]).en == "11.0 %"


@pytest.mark.requirement("B09")
def test_answers_that_are_all_alike_are_not_certain():
    rows = [answer(f"f:{n}", "nps", 10, SEPTEMBER.start) for n in range(5)]
    row = only(kpi.measure(lab_of(feedback=rows), LIBRARY["nps"], as_of=AS_OF, months=1), "nps")
    assert (row["value"], row["hi"]) == (100.0, pytest.approx(100.0, abs=0.5))
    assert row["lo"] < 80


@pytest.mark.requirement("B09")
def test_without_a_survey_a_metric_is_off_with_its_reason_and_never_0():
    lab = lab_of(orders=[order("b:1", "a:1", 10, SEPTEMBER.start)])
    gaps = {gap.metric_id: gap for gap in kpi.find_gaps(lab, kpi.library(pack="customer").values())}
    assert {"csat", "nps", "lead_response_hours", "engaged_contacts_per_account"} == set(gaps)
    assert (gaps["nps"].reason, gaps["nps"].needs) == ("no_table", "feedback")
    assert gaps["nps"].words.ja == "未計測：feedback が取り込まれていません。"
    values = kpi.measure(lab, kpi.library(pack="customer").values(), as_of=AS_OF, months=1)
    assert set(values["metric_id"]) == {"repeat_rate"}


@pytest.mark.requirement("B09")
def test_an_empty_column_is_named_and_other_surveys_do_not_stand_in():
    rows = [answer("f:1", "csat", 5, SEPTEMBER.start)]
    lab = lab_of(feedback=[{**row, "score": None} for row in rows])
    [gap] = kpi.find_gaps(lab, [LIBRARY["csat"]])
    assert (gap.reason, gap.needs) == ("empty_column", "feedback.score")
    values = kpi.measure(lab_of(feedback=rows), [LIBRARY["csat"], LIBRARY["nps"]], as_of=AS_OF, months=1)
    assert set(values["metric_id"]) == {"csat"}, "one csat answer is no net promoter score of 0"


@pytest.mark.requirement("B09")
def test_repeat_rate_response_time_and_engaged_contacts_are_those_of_a_count_by_hand():
    orders = [order(f"b:{n}", f"a:{n}", 10, date(2025, 1, 10)) for n in range(4)]
    orders += [order("b:again", "a:0", 10, date(2025, 6, 1)), order("b:late", "a:1", 10, date(2026, 3, 1))]
    leads = [
        {"lead_id": f"l:{n}", "status": "new", "created_at": noon(SEPTEMBER.start),
         "first_touch_at": noon(SEPTEMBER.start) + pd.Timedelta(hours=hours)}
        for n, hours in enumerate([1, 3, 50])
    ]  # fmt: skip
    talks = [("a:0", "c:1"), ("a:0", "c:2"), ("a:0", "c:1"), ("a:1", "c:3")]
    activities = [
        visit(f"v:{n}", 1.0, SEPTEMBER.start, account_id=account, contact_id=contact)
        for n, (account, contact) in enumerate(talks)
    ]
    lab = lab_of(orders=orders, leads=leads, activities=activities)
    metrics = [LIBRARY[name] for name in ("repeat_rate", "lead_response_hours", "engaged_contacts_per_account")]
    periods = [CALENDAR.month_of(date(2025, 1, 1)), SEPTEMBER]
    values = kpi.measure(lab, metrics, as_of=AS_OF, periods=periods)
    repeat = only(values, "repeat_rate")
    assert (repeat["value"], repeat["n"], repeat["is_complete"]) == (0.25, 4, True), "one of four within a year"
    assert only(values, "lead_response_hours")["value"] == 3.0
    assert only(values, "engaged_contacts_per_account")["value"] == 1.5


# -- the risk pack


@pytest.mark.requirement("B11")
def test_concentration_is_exact_and_a_customer_of_55_per_cent_is_told():
    shares = {"a:1": 55, "a:2": 25, "a:3": 20}
    rows = [order(f"b:{account}", account, amount, SEPTEMBER.start) for account, amount in shares.items()]
    metrics = list(kpi.library(pack="risk").values())
    values = kpi.measure(lab_of(orders=rows), metrics, as_of=AS_OF, months=1)
    hhi, top = only(values, "customer_concentration"), only(values, "top_customer_share")
    assert hhi["value"] == pytest.approx(0.55**2 + 0.25**2 + 0.20**2, rel=1e-12)
    assert (top["value"], top["n"]) == (pytest.approx(0.55), 3)
    breaches = {breach.metric_id: breach for breach in kpi.find_breaches(values, metrics)}
    assert set(breaches) == {"customer_concentration", "top_customer_share"}
    assert (
        breaches["top_customer_share"].words.en == "Share of the largest customer is 55.0 %, above the limit of 40.0 %."
    )
    assert not [
        b for b in kpi.find_breaches(values, metrics, limits={"top_customer_share": 0.6}) if "top" in b.metric_id
    ]


@pytest.mark.requirement("B11")
def test_a_breach_is_of_the_last_measurement_and_told_in_the_companys_currency():
    metric = LIBRARY["won_amount"].model_copy(update={"limit": 500.0})
    one = {"metric_id": "won_amount", "scope_type": "company", "scope_id": "company"}
    first = {**one, "period_start": pd.Timestamp(SEPTEMBER.start), "measured_at": datetime(2026, 9, 15), "value": 80.0}
    last = {**first, "measured_at": datetime(2026, 9, 30), "value": 120.0}
    for rows in ([first, last], [last, first]):
        [breach] = kpi.find_breaches(pd.DataFrame(rows), [metric], currency="USD")
        assert breach.value == 120.0
        assert breach.words.en == f"{metric.label.en} is $120, below the limit of $500."


@pytest.mark.requirement("B11")
def test_slips_stale_deals_and_dependency_on_a_seller_are_those_of_a_count_by_hand():
    deals = [
        deal("o:1", opened=date(2026, 7, 1), owner_id="u:1", last_activity_at=noon(date(2026, 7, 2))),
        deal("o:2", opened=date(2026, 9, 2), owner_id="u:1", last_activity_at=noon(date(2026, 9, 20))),
        deal("o:3", opened=date(2026, 7, 1), closed=date(2026, 9, 9), won=True, amount=300, owner_id="u:1"),
        deal("o:4", opened=date(2026, 7, 1), closed=date(2026, 9, 9), won=True, amount=100, owner_id="u:2"),
    ]
    event = {"object_type": "opportunity", "field": "close_date", "origin": "crm_history", "at": noon(date(2026, 9, 5))}
    events = [
        {**event, "object_id": "o:1", "old": "2026-09-01", "new": "2026-10-01"},
        {**event, "object_id": "o:2", "old": "2026-12-01", "new": "2026-11-01"},
    ]
    metrics = [LIBRARY[name] for name in ("slip_rate", "stale_deal_rate", "top_seller_share")]
    lab = lab_of(opportunities=deals, field_events=events)
    values = kpi.measure(lab, metrics, as_of=AS_OF, months=1)
    assert dict(zip(values["metric_id"], values["value"], strict=True)) == {
        "slip_rate": 0.25, "stale_deal_rate": 0.5, "top_seller_share": 0.75,
    }  # fmt: skip


@pytest.mark.requirement("B11")
def test_the_pipeline_is_compared_with_the_target_of_exactly_its_period():
    quarter = CALENDAR.quarter_of(AS_OF)
    target = {
        "target_id": "t:1", "metric_id": "won_amount", "scope_type": "company", "scope_id": None, "unit": "JPY",
        "period_start": quarter.start, "period_end": quarter.end, "target": 200.0,
    }  # fmt: skip
    deals = [deal("o:1", opened=date(2026, 9, 1), amount=150), deal("o:2", opened=date(2026, 6, 1))]
    deals[1] |= {"closed_at": noon(date(2026, 6, 9)), "is_closed": True}
    lab = lab_of(opportunities=deals, targets=[target])
    values = kpi.measure(lab, LIBRARY["pipeline_coverage"], as_of=AS_OF, periods=[SEPTEMBER, quarter])
    assert only(values, "pipeline_coverage")["value"] == 0.75, "September has no target of its own"
    [breach] = kpi.find_breaches(values, [LIBRARY["pipeline_coverage"]])
    assert breach.words.ja == "パイプラインカバー率が75.0%となり、下限の100.0%を下回っています。"


def test_stocks_are_known_where_nothing_has_ended_yet():
    people = [{"user_id": "u:1", "is_active": True, "role": "closer", "hired_on": date(2026, 1, 5)}]
    lab = lab_of(opportunities=[deal("o:1", opened=SEPTEMBER.start)], users=people)
    values = kpi.measure(lab, [LIBRARY["open_deals"], LIBRARY["n_sellers"]], as_of=AS_OF, months=1)
    assert values["value"].tolist() == [1.0, 1.0]


# -- the sustainability pack


@pytest.mark.requirement("B10")
def test_two_visits_of_30_km_are_6_kg_at_a_tenth_of_a_kg_a_km():
    rows = [visit("v:1", 30.0, SEPTEMBER.start), visit("v:2", 30.0, SEPTEMBER.end)]
    rows += [visit("v:3", 0.0, SEPTEMBER.end, channel="video")]
    metrics = kpi.library(pack="sustainability").values()
    values = kpi.measure(lab_of(activities=rows), metrics, as_of=AS_OF, months=1, factors={"co2_kg_per_km": 0.1})
    assert dict(zip(values["metric_id"], values["value"], strict=True)) == {
        "travel_km": 60.0, "visits_avoided": 1.0, "co2_kg": pytest.approx(6.0, rel=1e-12),
    }  # fmt: skip


@pytest.mark.requirement("B10")
def test_without_a_factor_of_the_company_there_is_no_emission_and_the_reason_is_told():
    lab = lab_of(activities=[visit("v:1", 30.0, SEPTEMBER.start)])
    metrics = kpi.library(pack="sustainability").values()
    values = kpi.measure(lab, metrics, as_of=AS_OF, months=1)
    assert "co2_kg" not in set(values["metric_id"])
    [gap] = kpi.find_gaps(lab, metrics)
    assert gap.words.en == "Not measured: the factor co2_kg_per_km was not given. The lab has none of its own."
    with pytest.raises(NotEnoughData, match=r"(?s)co2_kg needs co2_kg_per_km, which was not given.*Next: import"):
        kpi.measure(lab, LIBRARY["co2_kg"], as_of=AS_OF, months=1)


# -- a level in words


@pytest.mark.parametrize(
    ("level", "unit", "family", "en", "ja"),
    [
        (0.2412, "rate", "rate", "24.1 %", "24.1%"),
        (5_840_000, "money", "sum", "¥5.84 M", "584万円"),
        (41.5, "days", "value", "41.5 days", "41.5日"),
        (7.6, "count", "count", "8", "8件"),
        (7.25, "count", "rate", "7.25", "7.25"),
        (12.0, None, None, "12", "12"),
        (33.33, "points", None, "33.3", "33.3点"),
        (60.0, "km", None, "60 km", "60km"),
        (2.25, "hours", None, "2.2 h", "2.2時間"),
    ],
)
def test_a_level_is_told_with_its_unit(level, unit, family, en, ja):
    told = word_level(level, unit, family=family)
    assert (told.en, told.ja) == (en, ja)
