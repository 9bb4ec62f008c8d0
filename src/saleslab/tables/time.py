"""When: the company's calendar; and by what: the runs of its models."""

from __future__ import annotations

from saleslab.tables.columns import Kind, Label, Table, column

CALENDAR = Table(
    "calendar",
    Label("Calendar", "カレンダー"),
    Label("one day", "1日"),
    key=("date",),
    columns=(
        column("date", Kind.DATE, "Date", "日付", required=True),
        column("fiscal_year", Kind.INTEGER, "Fiscal year", "会計年度"),
        column("fiscal_quarter", Kind.INTEGER, "Fiscal quarter", "会計四半期", minimum=1, maximum=4),
        column("fiscal_month", Kind.INTEGER, "Fiscal month", "会計月", minimum=1, maximum=12),
        column("iso_week", Kind.TEXT, "ISO week", "ISO週"),
        column("is_business_day", Kind.BOOL, "Business day", "営業日"),
        column("holiday", Kind.TEXT, "Holiday", "祝日"),
    ),
    keeps_custom=False,
)

MODEL_RUNS = Table(
    "model_runs",
    Label("Model run", "モデル実行"),
    Label("one run of a model", "モデルの実行1回"),
    key=("run_id",),
    columns=(
        column("run_id", Kind.ID, "Run ID", "実行ID", required=True),
        column("module", Kind.TEXT, "Module", "モジュール", required=True),
        column("params", Kind.JSON, "Parameters", "パラメータ"),
        column("seed", Kind.INTEGER, "Seed", "乱数シード"),
        column("code_version", Kind.TEXT, "Code version", "コード版"),
        column("data_hash", Kind.TEXT, "Data hash", "データハッシュ"),
        column("started_at", Kind.TIMESTAMP, "Started at", "開始日時"),
        column("finished_at", Kind.TIMESTAMP, "Finished at", "終了日時"),
        column("artefact", Kind.TEXT, "Artefact", "成果物"),
    ),
    keeps_custom=False,
)
