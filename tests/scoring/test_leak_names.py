"""The name of a column tells when it is written, in English and Japanese."""

import pytest

from saleslab.scoring.leads.features import FEATURES
from saleslab.scoring.leaks.names import names_a_key, read_name

KNOWN_AT_THE_DECISION = [
    "close_value", "close_date", "CloseDate", "Close Date", "closedate", "Close_Date__c", "closed_lost_reason",
    "hs_is_closed_won", "IsWon", "is_converted", "ConvertedDate", "won_at", "loss_reason", "days_to_close", "deal_won",
    "失注理由", "受注日", "受注金額", "成約日", "クローズ日", "契約日",
]  # fmt: skip
WRITTEN_WHILE_WORKED = [
    "duration", "Tags", "Lead Quality", "Last Notable Activity", "deal_stage", "talkTime", "disqualify_reason",
    "通話時間", "ステータス", "最終活動日",
]  # fmt: skip
HONEST = [
    "poutcome", "previous", "campaign", "annual_revenue", "employees", "created_at", "n_deals_won_before", "win_rate",
    "previous_close_date", "island", "issue", "closeness", "window", "業種", "従業員数", "前回受注日", "過去の失注件数",
]  # fmt: skip


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (KNOWN_AT_THE_DECISION, "closed"),
        (WRITTEN_WHILE_WORKED, "suspect"),
        (HONEST, "plain"),
        (["expected_close_date", "Next Step", "受注予定日", "見込金額"], "planned"),
    ],
)
def test_names_are_read_in_any_spelling(names, kind):
    assert {name: read_name(name) for name in names} == dict.fromkeys(names, kind)


def test_no_feature_that_is_known_in_time_has_a_name_of_the_decision():
    assert [one.name for one in FEATURES if one.known_at != "closed" and read_name(one.name) == "closed"] == []
    labels = [text for one in FEATURES if one.known_at != "closed" for text in (one.label.en, one.label.ja)]
    assert [label for label in labels if read_name(label) == "closed"] == []


def test_a_key_is_called_one():
    assert [names_a_key(name) for name in ("id", "lead_id", "AccountId", "取引先コード", "案件番号")] == [True] * 5
    assert [names_a_key(name) for name in ("paid", "grid", "candid", "employees", "country")] == [False] * 5
