"""What sales people do: contacts, tasks, and hand-overs between them."""

from __future__ import annotations

from saleslab.tables.columns import Kind, Label, Table, column
from saleslab.tables.vocabulary import CHANNELS, ROLES

ACTIVITIES = Table(
    "activities",
    Label("Activity", "活動"),
    Label("one contact with a customer", "顧客との接点1回"),
    key=("activity_id",),
    columns=(
        column("activity_id", Kind.ID, "Activity ID", "活動ID", required=True),
        column("type", Kind.TEXT, "Type", "種別", required=True),
        column("channel", Kind.TEXT, "Channel", "チャネル", required=True, choices=CHANNELS),
        column("direction", Kind.TEXT, "Direction", "方向", choices=("inbound", "outbound")),
        column("at", Kind.TIMESTAMP, "At", "日時", required=True),
        column("duration_sec", Kind.NUMBER, "Duration", "所要時間", unit="s", minimum=0),
        column("outcome", Kind.TEXT, "Outcome", "結果"),
        column("connected", Kind.BOOL, "Connected", "接続"),
        column("subject", Kind.TEXT, "Subject", "件名", personal=True),
        column("note", Kind.TEXT, "Note", "メモ", personal=True),
        column("user_id", Kind.ID, "By", "担当者", refers_to="users.user_id"),
        column("account_id", Kind.ID, "Account", "取引先", refers_to="accounts.account_id"),
        column("contact_id", Kind.ID, "Contact", "責任者", refers_to="contacts.contact_id"),
        column("lead_id", Kind.ID, "Lead", "リード", refers_to="leads.lead_id"),
        column("opportunity_id", Kind.ID, "Opportunity", "商談", refers_to="opportunities.opportunity_id"),
        column("campaign_id", Kind.ID, "Campaign", "キャンペーン", refers_to="campaigns.campaign_id"),
        column("distance_km", Kind.NUMBER, "Distance", "移動距離", unit="km", minimum=0),
        column("cost", Kind.MONEY, "Cost", "費用", minimum=0),
    ),
)

TASKS = Table(
    "tasks",
    Label("Task", "タスク"),
    Label("one thing to do", "やること1件"),
    key=("task_id",),
    columns=(
        column("task_id", Kind.ID, "Task ID", "タスクID", required=True),
        column("subject", Kind.TEXT, "Subject", "件名", personal=True),
        column("due_at", Kind.TIMESTAMP, "Due at", "期日"),
        column("priority", Kind.TEXT, "Priority", "優先度"),
        column("status", Kind.TEXT, "Status", "状況", required=True),
        column("assignee_id", Kind.ID, "Assignee", "担当者", refers_to="users.user_id"),
        column("account_id", Kind.ID, "Account", "取引先", refers_to="accounts.account_id"),
        column("contact_id", Kind.ID, "Contact", "責任者", refers_to="contacts.contact_id"),
        column("lead_id", Kind.ID, "Lead", "リード", refers_to="leads.lead_id"),
        column("opportunity_id", Kind.ID, "Opportunity", "商談", refers_to="opportunities.opportunity_id"),
        column("origin", Kind.TEXT, "Origin", "由来", choices=("crm", "alert", "review", "cadence")),
        column("minutes", Kind.NUMBER, "Minutes", "所要分", unit="min", minimum=0),
        column("expected_value", Kind.MONEY, "Expected value", "期待値"),
        column("closed_at", Kind.TIMESTAMP, "Closed at", "完了日時"),
    ),
)

HANDOFFS = Table(
    "handoffs",
    Label("Hand-off", "引き継ぎ"),
    Label("one hand-over from an appointer to a closer", "アポインターからクローザーへの引き継ぎ1件"),
    key=("handoff_id",),
    columns=(
        column("handoff_id", Kind.ID, "Hand-off ID", "引き継ぎID", required=True),
        column("lead_id", Kind.ID, "Lead", "リード", refers_to="leads.lead_id"),
        column("opportunity_id", Kind.ID, "Opportunity", "商談", refers_to="opportunities.opportunity_id"),
        column("from_user_id", Kind.ID, "From", "引き継ぎ元", required=True, refers_to="users.user_id"),
        column("to_user_id", Kind.ID, "To", "引き継ぎ先", refers_to="users.user_id"),
        column("from_role", Kind.TEXT, "From role", "引き継ぎ元の役割", choices=ROLES),
        column("to_role", Kind.TEXT, "To role", "引き継ぎ先の役割", choices=ROLES),
        column("requested_at", Kind.TIMESTAMP, "Requested at", "依頼日時", required=True),
        column("routed_at", Kind.TIMESTAMP, "Routed at", "振り分け日時"),
        column("accepted_at", Kind.TIMESTAMP, "Accepted at", "受入日時"),
        column("rejected_at", Kind.TIMESTAMP, "Rejected at", "差し戻し日時"),
        column("reject_reason", Kind.TEXT, "Reason of rejection", "差し戻し理由"),
        column("first_contact_at", Kind.TIMESTAMP, "First contact at", "初回連絡日時"),
        column("required_ok", Kind.BOOL, "Required fields complete", "必須項目充足"),
        column("note", Kind.TEXT, "Note", "メモ", personal=True),
    ),
)

CAMPAIGNS = Table(
    "campaigns",
    Label("Campaign", "キャンペーン"),
    Label("one marketing campaign", "マーケティング施策1つ"),
    key=("campaign_id",),
    columns=(
        column("campaign_id", Kind.ID, "Campaign ID", "キャンペーンID", required=True),
        column("name", Kind.TEXT, "Name", "名称"),
        column("type", Kind.TEXT, "Type", "種別"),
        column("channel", Kind.TEXT, "Channel", "チャネル"),
        column("start", Kind.DATE, "Start", "開始日"),
        column("end", Kind.DATE, "End", "終了日"),
        column("cost", Kind.MONEY, "Cost", "費用", minimum=0),
    ),
)

TOUCHES = Table(
    "touches",
    Label("Touch", "マーケティング接点"),
    Label("one response of a person to a campaign", "施策への反応1件"),
    key=("touch_id",),
    columns=(
        column("touch_id", Kind.ID, "Touch ID", "接点ID", required=True),
        column("campaign_id", Kind.ID, "Campaign", "キャンペーン", required=True, refers_to="campaigns.campaign_id"),
        column("lead_id", Kind.ID, "Lead", "リード", refers_to="leads.lead_id"),
        column("contact_id", Kind.ID, "Contact", "責任者", refers_to="contacts.contact_id"),
        column("at", Kind.TIMESTAMP, "At", "日時", required=True),
        column("status", Kind.TEXT, "Status", "状況"),
    ),
)
