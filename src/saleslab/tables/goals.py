"""What is to be reached: targets, forecasts, measures, reviews and what was done."""

from __future__ import annotations

from saleslab.tables.columns import Kind, Label, Table, column
from saleslab.tables.vocabulary import SCOPES

TARGETS = Table(
    "targets",
    Label("Target", "目標"),
    Label("one target of one measure for one scope and period", "1指標・1対象・1期間の目標"),
    key=("target_id",),
    columns=(
        column("target_id", Kind.ID, "Target ID", "目標ID", required=True),
        column("metric_id", Kind.ID, "Measure", "指標", required=True),
        column("scope_type", Kind.TEXT, "Scope type", "対象区分", required=True, choices=SCOPES),
        column("scope_id", Kind.ID, "Scope", "対象"),
        column("period_start", Kind.DATE, "Period start", "期間開始", required=True),
        column("period_end", Kind.DATE, "Period end", "期間終了", required=True),
        column("threshold", Kind.NUMBER, "Threshold", "最低水準"),
        column("target", Kind.NUMBER, "Target", "目標値", required=True),
        column("stretch", Kind.NUMBER, "Stretch", "挑戦目標"),
        column("unit", Kind.TEXT, "Unit", "単位", required=True),
        column("origin", Kind.TEXT, "Origin", "由来", choices=("crm", "file", "suggested")),
        column("version", Kind.INTEGER, "Version", "版", minimum=1),
    ),
)

FORECAST_SUBMISSIONS = Table(
    "forecast_submissions",
    Label("Forecast submission", "売上予測の提出"),
    Label("one number that a person committed to", "担当者が提出した予測値1つ"),
    key=("user_id", "scope_id", "period_start", "as_of", "category"),
    columns=(
        column("user_id", Kind.ID, "User", "ユーザー", required=True, refers_to="users.user_id"),
        column("scope_id", Kind.ID, "Scope", "対象", required=True),
        column("period_start", Kind.DATE, "Period start", "期間開始", required=True),
        column("as_of", Kind.DATE, "As of", "基準日", required=True),
        column(
            "category",
            Kind.TEXT,
            "Category",
            "分類",
            required=True,
            choices=("commit", "best_case", "pipeline", "closed"),
        ),
        column("amount", Kind.MONEY, "Amount", "金額", required=True),
        column("note", Kind.TEXT, "Note", "メモ", personal=True),
    ),
)

KPI_VALUES = Table(
    "kpi_values",
    Label("KPI value", "KPI実績"),
    Label("one measured value, never overwritten", "計測値1つ（上書きしない）"),
    key=("metric_id", "scope_type", "scope_id", "period_start", "measured_at"),
    columns=(
        column("metric_id", Kind.ID, "Measure", "指標", required=True),
        column("scope_type", Kind.TEXT, "Scope type", "対象区分", required=True, choices=SCOPES),
        column("scope_id", Kind.ID, "Scope", "対象", required=True),
        column("period_start", Kind.DATE, "Period start", "期間開始", required=True),
        column("period_end", Kind.DATE, "Period end", "期間終了", required=True),
        column("measured_at", Kind.TIMESTAMP, "Measured at", "計測日時", required=True),
        column("value", Kind.NUMBER, "Value", "値"),
        column("n", Kind.INTEGER, "Count", "件数", minimum=0),
        column("numerator", Kind.NUMBER, "Numerator", "分子"),
        column("denominator", Kind.NUMBER, "Denominator", "分母"),
        column("lo", Kind.NUMBER, "Lower end", "下限"),
        column("hi", Kind.NUMBER, "Upper end", "上限"),
        column("dq_score", Kind.RATE, "Data quality", "データ品質"),
        column("tree_version", Kind.TEXT, "Tree version", "ツリー版"),
        column("data_hash", Kind.TEXT, "Data hash", "データハッシュ"),
    ),
    keeps_custom=False,
)

KPI_REVIEWS = Table(
    "kpi_reviews",
    Label("KPI review", "KPIレビュー"),
    Label("one review of one KPI", "1つのKPIのレビュー1回"),
    key=("review_id",),
    columns=(
        column("review_id", Kind.ID, "Review ID", "レビューID", required=True),
        column("metric_id", Kind.ID, "Measure", "指標", required=True),
        column("reviewed_at", Kind.TIMESTAMP, "Reviewed at", "レビュー日時", required=True),
        column("owner_id", Kind.ID, "Owner", "責任者", refers_to="users.user_id"),
        column("phase", Kind.TEXT, "Phase", "段階", choices=("plan", "do", "check", "act")),
        column("value", Kind.NUMBER, "Value", "値"),
        column("chance_goal", Kind.RATE, "Chance of the goal", "達成確率"),
        column("note", Kind.TEXT, "Note", "メモ", personal=True),
        column("next_review_on", Kind.DATE, "Next review", "次回レビュー日"),
    ),
)

ACTIONS = Table(
    "actions",
    Label("Action", "施策タスク"),
    Label("one action that a review decided", "レビューで決まった行動1件"),
    key=("action_id",),
    columns=(
        column("action_id", Kind.ID, "Action ID", "アクションID", required=True),
        column("review_id", Kind.ID, "Review", "レビュー", refers_to="kpi_reviews.review_id"),
        column("kpi", Kind.ID, "KPI", "KPI"),
        column("owner_id", Kind.ID, "Owner", "責任者", refers_to="users.user_id"),
        column("due", Kind.DATE, "Due", "期限"),
        column("closed_at", Kind.TIMESTAMP, "Closed at", "完了日時"),
        column("expected_delta", Kind.NUMBER, "Expected effect", "期待効果"),
    ),
)

INITIATIVES = Table(
    "initiatives",
    Label("Initiative", "取り組み"),
    Label("one project meant to move a KPI", "KPIを動かすための施策1つ"),
    key=("initiative_id",),
    columns=(
        column("initiative_id", Kind.ID, "Initiative ID", "施策ID", required=True),
        column("kpi", Kind.ID, "KPI", "KPI"),
        column("start", Kind.DATE, "Start", "開始日"),
        column("end", Kind.DATE, "End", "終了日"),
        column("expected_delta", Kind.NUMBER, "Expected effect", "期待効果"),
        column("owner_id", Kind.ID, "Owner", "責任者", refers_to="users.user_id"),
    ),
)

RISKS = Table(
    "risks",
    Label("Risk", "リスク"),
    Label("one risk of a success factor", "成功要因に対するリスク1つ"),
    key=("risk_id",),
    columns=(
        column("risk_id", Kind.ID, "Risk ID", "リスクID", required=True),
        column("csf", Kind.ID, "Success factor", "重要成功要因"),
        column("trigger", Kind.TEXT, "Trigger", "発動条件"),
        column("probability", Kind.RATE, "Probability", "発生確率"),
        column("impact", Kind.NUMBER, "Impact", "影響度"),
        column("owner_id", Kind.ID, "Owner", "責任者", refers_to="users.user_id"),
    ),
)

BENCHMARKS = Table(
    "benchmarks",
    Label("Benchmark", "ベンチマーク"),
    Label("one published or internal comparison value", "公表値または社内の比較値1つ"),
    key=("metric_id", "source", "as_of"),
    columns=(
        column("metric_id", Kind.ID, "Measure", "指標", required=True),
        column("value", Kind.NUMBER, "Value", "値", required=True),
        column("lo", Kind.NUMBER, "Lower end", "下限"),
        column("hi", Kind.NUMBER, "Upper end", "上限"),
        column("n", Kind.INTEGER, "Count", "件数", minimum=0),
        column("source", Kind.TEXT, "Source", "出典", required=True),
        column("as_of", Kind.DATE, "As of", "基準日", required=True),
    ),
)

EXPERIMENTS = Table(
    "experiments",
    Label("Experiment", "実験"),
    Label("one registered experiment", "登録済みの実験1つ"),
    key=("experiment_id",),
    columns=(
        column("experiment_id", Kind.ID, "Experiment ID", "実験ID", required=True),
        column("name", Kind.TEXT, "Name", "名称"),
        column("unit_type", Kind.TEXT, "Unit", "割付単位", choices=("lead", "account", "rep", "rep_week")),
        column("metric_id", Kind.ID, "Measure", "指標"),
        column("registered_at", Kind.TIMESTAMP, "Registered at", "登録日時"),
        column("started_at", Kind.TIMESTAMP, "Started at", "開始日時"),
        column("ended_at", Kind.TIMESTAMP, "Ended at", "終了日時"),
        column("plan", Kind.JSON, "Plan", "計画"),
    ),
)

ASSIGNMENTS = Table(
    "assignments",
    Label("Assignment", "割り付け"),
    Label("one unit's arm in an experiment", "実験における1対象の割付"),
    key=("experiment_id", "unit_type", "unit_id"),
    columns=(
        column("experiment_id", Kind.ID, "Experiment", "実験", required=True, refers_to="experiments.experiment_id"),
        column(
            "unit_type",
            Kind.TEXT,
            "Unit type",
            "割付単位",
            required=True,
            choices=("lead", "account", "rep", "rep_week"),
        ),
        column("unit_id", Kind.ID, "Unit", "対象", required=True),
        column("variant", Kind.TEXT, "Arm", "群", required=True),
        column("assigned_at", Kind.TIMESTAMP, "Assigned at", "割付日時"),
    ),
)
