"""What may be won: stages, deals, and everything that happened to them."""

from __future__ import annotations

from saleslab.tables.columns import Kind, Label, Table, column

STAGES = Table(
    "stages",
    Label("Stage", "フェーズ"),
    Label("one stage of a pipeline", "パイプラインのフェーズ1つ"),
    key=("pipeline_id", "stage_id"),
    columns=(
        column("pipeline_id", Kind.ID, "Pipeline", "パイプライン", required=True),
        column("pipeline_label", Kind.TEXT, "Pipeline label", "パイプライン名"),
        column("stage_id", Kind.ID, "Stage", "フェーズ", required=True),
        column("label", Kind.TEXT, "Label", "フェーズ名", required=True),
        column("position", Kind.INTEGER, "Position", "順序", required=True, minimum=0),
        column("is_closed", Kind.BOOL, "Closed", "完了", required=True),
        column("is_won", Kind.BOOL, "Won", "受注", required=True),
        column("probability", Kind.RATE, "Probability", "確度"),
        column("forecast_category", Kind.TEXT, "Forecast category", "売上予測分類"),
        column("valid_from", Kind.DATE, "Valid from", "適用開始日"),
        column("valid_to", Kind.DATE, "Valid to", "適用終了日"),
    ),
)

OPPORTUNITIES = Table(
    "opportunities",
    Label("Opportunity", "商談"),
    Label("one deal", "商談1件"),
    key=("opportunity_id",),
    columns=(
        column("opportunity_id", Kind.ID, "Opportunity ID", "商談ID", required=True),
        column("name", Kind.TEXT, "Name", "商談名", personal=True),
        column("account_id", Kind.ID, "Account", "取引先", refers_to="accounts.account_id"),
        column("primary_contact_id", Kind.ID, "Main contact", "主担当者", refers_to="contacts.contact_id"),
        column("lead_id", Kind.ID, "Lead", "リード", refers_to="leads.lead_id"),
        column("campaign_id", Kind.ID, "Campaign", "キャンペーン", refers_to="campaigns.campaign_id"),
        column("pipeline_id", Kind.ID, "Pipeline", "パイプライン"),
        column("stage_id", Kind.ID, "Stage", "フェーズ", required=True),
        column("amount", Kind.MONEY, "Amount", "金額"),
        column("currency", Kind.TEXT, "Currency", "通貨"),
        column("amount_base", Kind.MONEY, "Amount in base currency", "基準通貨金額"),
        column("probability", Kind.RATE, "Probability", "確度"),
        column("forecast_category", Kind.TEXT, "Forecast category", "売上予測分類"),
        column("expected_close_date", Kind.DATE, "Expected close", "完了予定日"),
        column("created_at", Kind.TIMESTAMP, "Created at", "作成日時"),
        column("closed_at", Kind.TIMESTAMP, "Closed at", "完了日時"),
        column("is_closed", Kind.BOOL, "Closed", "完了", required=True),
        column("is_won", Kind.BOOL, "Won", "受注", required=True),
        column("lost_reason", Kind.TEXT, "Lost reason", "失注理由"),
        column("competitor", Kind.TEXT, "Competitor", "競合"),
        column("type", Kind.TEXT, "Type", "種別", choices=("new", "expansion", "renewal")),
        column("owner_id", Kind.ID, "Owner", "商談所有者", refers_to="users.user_id"),
        column("appointer_id", Kind.ID, "Appointer", "アポインター", refers_to="users.user_id"),
        column("closer_id", Kind.ID, "Closer", "クローザー", refers_to="users.user_id"),
        column("coverage", Kind.TEXT, "Coverage", "担当形態", choices=("inside", "outside", "hybrid")),
        column("source", Kind.TEXT, "Source", "流入元"),
        column("next_step", Kind.TEXT, "Next step", "次のステップ"),
        column("last_activity_at", Kind.TIMESTAMP, "Last activity at", "最終活動日時"),
    ),
)

STAGE_EVENTS = Table(
    "stage_events",
    Label("Stage event", "フェーズ履歴"),
    Label("one move of a lead or deal between stages", "リードまたは商談のフェーズ移動1回"),
    key=("event_id",),
    columns=(
        column("event_id", Kind.ID, "Event ID", "履歴ID", required=True),
        column("object_type", Kind.TEXT, "Object type", "対象", required=True, choices=("lead", "opportunity")),
        column("object_id", Kind.ID, "Object", "対象ID", required=True),
        column("pipeline_id", Kind.ID, "Pipeline", "パイプライン"),
        column("from_stage_id", Kind.ID, "From stage", "変更前フェーズ"),
        column("to_stage_id", Kind.ID, "To stage", "変更後フェーズ", required=True),
        column("to_stage_label", Kind.TEXT, "To stage label", "変更後フェーズ名", required=True),
        column("at", Kind.TIMESTAMP, "At", "日時", required=True),
        column(
            "at_uncertainty_days",
            Kind.NUMBER,
            "Uncertainty of the time",
            "日時の不確かさ",
            required=True,
            unit="d",
            minimum=0,
        ),
        column("by_user_id", Kind.ID, "By", "変更者", refers_to="users.user_id"),
        column("amount", Kind.MONEY, "Amount", "金額"),
        column("expected_close_date", Kind.DATE, "Expected close", "完了予定日"),
        column(
            "origin",
            Kind.TEXT,
            "Origin",
            "由来",
            required=True,
            choices=("crm_history", "snapshot_diff", "stage_dates", "synthetic"),
        ),
    ),
)

FIELD_EVENTS = Table(
    "field_events",
    Label("Field event", "項目履歴"),
    Label("one change of a watched field", "監視項目の変更1回"),
    key=("object_type", "object_id", "field", "at"),
    columns=(
        column("object_type", Kind.TEXT, "Object type", "対象", required=True, choices=("lead", "opportunity")),
        column("object_id", Kind.ID, "Object", "対象ID", required=True),
        column("field", Kind.TEXT, "Field", "項目", required=True, choices=("owner", "amount", "close_date", "status")),
        column("old", Kind.TEXT, "Old value", "変更前"),
        column("new", Kind.TEXT, "New value", "変更後"),
        column("at", Kind.TIMESTAMP, "At", "日時", required=True),
        column("at_uncertainty_days", Kind.NUMBER, "Uncertainty of the time", "日時の不確かさ", unit="d", minimum=0),
        column(
            "origin", Kind.TEXT, "Origin", "由来", choices=("crm_history", "snapshot_diff", "stage_dates", "synthetic")
        ),
    ),
)

SNAPSHOTS = Table(
    "snapshots",
    Label("Snapshot", "スナップショット"),
    Label("one dated export that was compared with the one before", "前回と比較した日付つきエクスポート1回分"),
    key=("snapshot_at", "object_type"),
    columns=(
        column("snapshot_at", Kind.TIMESTAMP, "Snapshot at", "取得日時", required=True),
        column("object_type", Kind.TEXT, "Object type", "対象", required=True, choices=("lead", "opportunity")),
        column("file_hash", Kind.TEXT, "File hash", "ファイルハッシュ", required=True),
        column("rows", Kind.INTEGER, "Rows", "行数", minimum=0),
    ),
    keeps_custom=False,
)
