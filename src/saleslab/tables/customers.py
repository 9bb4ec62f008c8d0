"""Who buys: companies, people in them, leads, and what they tell us."""

from __future__ import annotations

from saleslab.tables.columns import Kind, Label, Table, column

ACCOUNTS = Table(
    "accounts",
    Label("Account", "取引先"),
    Label("one customer or prospect company", "顧客または見込み企業1社"),
    key=("account_id",),
    columns=(
        column("account_id", Kind.ID, "Account ID", "取引先ID", required=True),
        column("name", Kind.TEXT, "Account name", "取引先名", personal=True),
        column("parent_account_id", Kind.ID, "Parent account", "親取引先", refers_to="accounts.account_id"),
        column("industry", Kind.TEXT, "Industry", "業種"),
        column("employees", Kind.INTEGER, "Employees", "従業員数", minimum=0),
        column("annual_revenue", Kind.MONEY, "Annual revenue", "年間売上", minimum=0),
        column("country", Kind.TEXT, "Country", "国"),
        column("region", Kind.TEXT, "Region", "都道府県・地域"),
        column("postal_code", Kind.TEXT, "Postal code", "郵便番号"),
        column("owner_id", Kind.ID, "Owner", "所有者", refers_to="users.user_id"),
        column("account_type", Kind.TEXT, "Account type", "取引先種別"),
        column("source", Kind.TEXT, "Source", "流入元"),
        column("created_at", Kind.TIMESTAMP, "Created at", "作成日時"),
    ),
)

CONTACTS = Table(
    "contacts",
    Label("Contact", "取引先責任者"),
    Label("one person at an account", "取引先の担当者1名"),
    key=("contact_id",),
    columns=(
        column("contact_id", Kind.ID, "Contact ID", "責任者ID", required=True),
        column("account_id", Kind.ID, "Account", "取引先", refers_to="accounts.account_id"),
        column("name", Kind.TEXT, "Name", "氏名", personal=True),
        column("email", Kind.TEXT, "E-mail", "メールアドレス", personal=True),
        column("phone", Kind.TEXT, "Phone", "電話番号", personal=True),
        column("title", Kind.TEXT, "Title", "役職"),
        column("seniority", Kind.TEXT, "Seniority", "職位"),
        column("opt_out_email", Kind.BOOL, "No e-mail", "メール配信停止"),
        column("opt_out_phone", Kind.BOOL, "No calls", "電話拒否"),
        column("consent_at", Kind.TIMESTAMP, "Consent at", "同意日時"),
        column("created_at", Kind.TIMESTAMP, "Created at", "作成日時"),
    ),
)

LEADS = Table(
    "leads",
    Label("Lead", "リード"),
    Label("one prospect before a deal", "商談化前の見込み客1件"),
    key=("lead_id",),
    columns=(
        column("lead_id", Kind.ID, "Lead ID", "リードID", required=True),
        column("company", Kind.TEXT, "Company", "会社名", personal=True),
        column("contact_name", Kind.TEXT, "Name", "氏名", personal=True),
        column("email", Kind.TEXT, "E-mail", "メールアドレス", personal=True),
        column("phone", Kind.TEXT, "Phone", "電話番号", personal=True),
        column("title", Kind.TEXT, "Title", "役職"),
        column("seniority", Kind.TEXT, "Seniority", "職位"),
        column("industry", Kind.TEXT, "Industry", "業種"),
        column("employees", Kind.INTEGER, "Employees", "従業員数", minimum=0),
        column("region", Kind.TEXT, "Region", "都道府県・地域"),
        column("status", Kind.TEXT, "Status", "状況", required=True),
        column("source", Kind.TEXT, "Source", "流入元"),
        column("campaign_id", Kind.ID, "Campaign", "キャンペーン", refers_to="campaigns.campaign_id"),
        column("owner_id", Kind.ID, "Owner", "所有者", refers_to="users.user_id"),
        column("created_at", Kind.TIMESTAMP, "Created at", "作成日時", required=True),
        column("first_touch_at", Kind.TIMESTAMP, "First touch at", "初回接触日時"),
        column("qualified_at", Kind.TIMESTAMP, "Qualified at", "有効化日時"),
        column("disqualified_at", Kind.TIMESTAMP, "Disqualified at", "対象外日時"),
        column("disqualify_reason", Kind.TEXT, "Reason of disqualification", "対象外理由"),
        column("converted_at", Kind.TIMESTAMP, "Converted at", "取引開始日時"),
        column(
            "converted_account_id", Kind.ID, "Converted account", "取引開始後の取引先", refers_to="accounts.account_id"
        ),
        column(
            "converted_contact_id", Kind.ID, "Converted contact", "取引開始後の責任者", refers_to="contacts.contact_id"
        ),
        column(
            "converted_opportunity_id",
            Kind.ID,
            "Converted opportunity",
            "取引開始後の商談",
            refers_to="opportunities.opportunity_id",
        ),
        column("score", Kind.NUMBER, "Score", "スコア"),
    ),
)

FEEDBACK = Table(
    "feedback",
    Label("Feedback", "顧客の声"),
    Label("one answer of a customer", "顧客からの回答1件"),
    key=("feedback_id",),
    columns=(
        column("feedback_id", Kind.ID, "Feedback ID", "回答ID", required=True),
        column("account_id", Kind.ID, "Account", "取引先", refers_to="accounts.account_id"),
        column("contact_id", Kind.ID, "Contact", "責任者", refers_to="contacts.contact_id"),
        column("at", Kind.TIMESTAMP, "At", "日時", required=True),
        column("kind", Kind.TEXT, "Kind", "種別", choices=("csat", "nps", "ces", "interview")),
        column("score", Kind.NUMBER, "Score", "評点"),
        column("text", Kind.TEXT, "Text", "内容", personal=True),
    ),
)
