# ruff: noqa: E501 - words in two languages read best side by side
"""An invented sales review with everything a page can hold; run it to write the pages into a folder and look at them.

python tests/reporting/demo_report.py OUT_DIR && python tests/reporting/browser.py OUT_DIR/en.html OUT_DIR
"""

import sys
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path

import altair as alt
import pandas as pd

from saleslab import reporting
from saleslab.charts import finish, theme
from saleslab.intake import disclose_people
from saleslab.reporting.blocks import Block, Provenance, TableRead
from saleslab.reporting.page import PAGE_FILES, render_page
from saleslab.wording import Count, Days, Money, Points, Share, TaskWords, Text

AS_OF = date(2026, 11, 23)


def yen(amount: int) -> Money:
    return Money(Decimal(amount))


def demo_blocks() -> list[Block]:
    return [*_head(), *_lists(), *_cards(), *_findings(), *_figures(), *_tables(), *_notes(), _people(), _provenance()]


def _head() -> list[Block]:
    return [
        reporting.headline(
            Text("Will we make the quarter?", "今四半期の目標は達成できるか"),
            Text("61 % likely to reach ¥60.0 M", "6,000万円の達成確率は61%"),
            "warn",
            Text(
                "We land at ¥58.4 M, and four times in five between ¥49.1 M and ¥68.9 M. The gap closes if the win rate of "
                "proposals rises from 24 % to 27 %, which two of the last eight quarters reached.",
                "着地見込みは5,840万円、5回に4回は4,910万〜6,890万円に収まります。提案の受注率が24%から27%に上がれば目標に"
                "届きます。過去8四半期のうち2回達成した水準です。",
            ),
            Text("Sales review · New business · FY2026 Q3", "営業レビュー・新規営業・2026年度第3四半期"),
            AS_OF,
        ),
        reporting.banner(
            "quality",
            Text(
                "14 of 212 open deals have no amount; their value is not in the pipeline below.",
                "進行中の商談212件のうち14件に金額がなく、下のパイプラインには含まれていません。",
            ),
            tone="warn",
            details=[
                Text("opportunities.amount: 14 rows are empty", "opportunities.amount：14行が空欄"),
                Text(
                    "1,480 rows name a product that the catalogue does not have",
                    "1,480行の製品名が商品マスタにありません",
                ),
            ],
        ),
    ]


def _lists() -> list[Block]:
    first: TaskWords = {
        "whom": Text("Kanae Works", "カナエ製作所"), "action": Text("Call", "電話する"),
        "when": Text("Tue 24 Nov, 10:00", "11月24日（火）10時台"), "grade": "A",
        "facts": [(Text("Chance to win", "受注確率"), Share(0.31, 0)), (Text("Expected value", "期待額"), yen(420_000))],
        "pros": [Text("Source: referral, +9.1 pt", "流入元：紹介 +9.1ポイント")],
        "cons": [Text("Employees: 12, −2.4 pt", "従業員数：12 −2.4ポイント")], "mark": None,
    }  # fmt: skip
    drawn: TaskWords = {
        **first, "whom": Text("Nagi Foods", "ナギ食品"), "grade": "D", "pros": [], "when": None,
        "mark": Text("Drawn by lot, 1 in 40", "抽選で選んだリード（40件に1件）"),
    }  # fmt: skip
    names = {"list_1": Text("A. Sato: 2 contacts", "佐藤　2件"), "list_2": Text("M. Ito: 1 contact", "伊藤　1件")}
    caption = Text("From the top.", "上から順に連絡します。")
    return [
        reporting.worklist(name, title, caption, tasks)
        for (name, title), tasks in zip(names.items(), ([first, drawn], [first]), strict=True)
    ]


def _cards() -> list[Block]:
    return [
        reporting.kpi(
            "bookings", Text("Bookings, expected", "受注額（見込み）"), yen(58_400_000),
            interval=(yen(49_100_000), yen(68_900_000)), target=yen(60_000_000), previous=yen(56_900_000),
            change=Text("+2.6 % on last week", "前週比 +2.6%"), tone="warn",
        ),
        reporting.kpi(
            "win_rate", Text("Win rate", "受注率"), Share(0.241), interval=(Share(0.213), Share(0.271)), target=Share(0.27),
            previous=Share(0.228), change=Text("+1.3 pt on last quarter", "前四半期比 +1.3ポイント"), tone="bad",
        ),
        reporting.kpi(
            "meetings", Text("Accepted meetings", "有効アポイント"), Count(212), interval=(Count(205), Count(241)),
            target=Count(200), previous=Count(195), change=Text("+9 % on last quarter", "前四半期比 +9%"), tone="good",
        ),
        reporting.kpi(
            "cycle", Text("Days to win, median", "受注までの日数（中央値）"), Days(47), interval=(Days(43), Days(52)),
            previous=Days(47), change=Text("unchanged", "変わらず"), note=Text("211 deals won", "受注211件"),
        ),
    ]  # fmt: skip


def _findings() -> list[Block]:
    return [
        reporting.finding(
            "silent",
            Text(
                "14 proposals have been silent for more than ten days; such proposals are won half as often.",
                "提案後10日以上動きのない商談が14件あります。動きのある商談に比べ、受注率は半分です。",
            ),
            evidence=["by_stage", "slipped"],
            action=Text("Call back the 14 silent proposals", "動きのない提案14件に連絡する"),
            owner=Text("A. Sato", "佐藤"), due=date(2026, 11, 28), effect=Text("+6 points", "達成確率 +6ポイント"),
            tone="bad",
        ),
        reporting.finding(
            "handover",
            Text(
                "Hand-over to the field takes 2.4 working days, and every day costs about one meeting in twenty.",
                "外勤への引き継ぎに平均2.4営業日かかり、1日遅れるごとに商談化の約5%を失っています。",
            ),
            evidence=["win_rates"],
            action=Text("Hand over within one working day", "引き継ぎを1営業日以内に終える"),
            owner=Text("M. Ito", "伊藤"), due=date(2026, 12, 1), effect=Text("+4 points", "達成確率 +4ポイント"), tone="warn",
        ),
        reporting.finding(
            "script",
            Text("Script B won 3 of its first 9 calls: too few to tell.", "スクリプトBは9件中3件が受注。判断にはまだ件数が足りません。"),
            evidence=["win_rate"],
            action=Text("Test script B on inbound leads: 320 leads, 4 weeks", "スクリプトBを反響リードで検証する（320件・4週間）"),
            owner=Text("R. Mori", "森"), due=date(2026, 12, 1), effect=Text("worth ¥1.9 M", "190万円相当"),
        ),
    ]  # fmt: skip


def _figures() -> list[Block]:
    landing, stages, months, rates = landing_data(), stage_data(), month_data(), rate_data()
    return [
        reporting.figure(
            "landing", Text("Where the quarter will land", "四半期の着地見込み"),
            Text(
                "Won so far, open deals and business not yet created. The band holds four landings out of five.",
                "受注済み、進行中の商談、これから生まれる商談の合計。帯には5回に4回の着地が入ります。",
            ),
            Text(
                "Cumulative bookings rise to ¥35 M today and are expected at ¥58.4 M on 31 December, just below ¥60 M.",
                "受注累計は今日までに3,500万円。12月31日の見込みは5,840万円で、目標の6,000万円をわずかに下回る。",
            ),
            draw=partial(draw_landing, landing), data=landing[["day", "expected", "low", "high"]],
            columns={
                "day": Text("Day", "日付"), "expected": Text("Expected", "見込み"), "low": Text("Low", "下限"),
                "high": Text("High", "上限"),
            },
        ),
        reporting.figure(
            "by_stage", Text("Open pipeline by stage", "フェーズ別パイプライン"),
            Text("Amount of open deals; in front of each bar, how many they are.", "進行中の商談の金額。棒の左は件数です。"),
            Text("Most money waits in proposal: ¥41 M in 58 deals.", "最も多いのは提案で、58件・4,100万円。"),
            draw=partial(draw_stages, stages), data=stages[["stage", "n_deals", "amount"]],
        ),
        reporting.figure(
            "revenue", Text("Won amount by month", "月別受注額"),
            Text("Bars: this fiscal year and the last; the current month is not over.", "今年度と前年度の受注額。今月は途中です。"),
            Text("Won amount peaks in March and September in both years.", "両年とも3月と9月に受注が伸びる。"),
            draw=partial(draw_months, months), data=months,
        ),
        reporting.figure(
            "win_rates", Text("Win rate by person", "担当者別の受注率"),
            Text(
                "Dot: rate, pulled to the team's where deals are few. Line: nine times in ten. Overlapping lines are not ranked.",
                "点は受注率（件数が少ない人はチーム平均に寄せています）、線は10回に9回の範囲。線が重なる人に順位は付けません。",
            ),
            Text("Eight people; all lines but two overlap the team's 24 %.", "8人中6人の範囲がチーム平均の24%と重なる。"),
            draw=partial(draw_rates, rates), data=rates,
        ),
    ]  # fmt: skip


def _tables() -> list[Block]:
    deals = pd.DataFrame(
        {
            "deal": [f"D-{1040 + 7 * i}" for i in range(12)],
            "stage": [Text("Proposal", "提案"), Text("Negotiation", "交渉")] * 6,
            "amount": [yen(1_200_000 + 310_000 * i) if i != 4 else None for i in range(12)],
            "expected": [AS_OF + timedelta(days=9 + 3 * i) for i in range(12)],
            "n_slips": [3 + i % 3 for i in range(12)],
            "win_rate": [Share(0.31 - 0.017 * i) for i in range(12)],
        }
    )
    changes = pd.DataFrame(
        {
            "measure": [
                Text("Bookings, expected", "受注額（見込み）"),
                Text("Win rate", "受注率"),
                Text("Chance", "達成確率"),
            ],
            "before": [yen(56_900_000), Share(0.236), Share(0.55, 0)],
            "now": [yen(58_400_000), Share(0.241), Share(0.61, 0)],
            "why": [
                Text("two deals reached contract", "2件が契約段階へ"),
                Text("new data", "新しいデータ"),
                Points(0.06, 0),
            ],
        }
    )
    return [
        reporting.table(
            "slipped", Text("Deals that slipped", "先送りされた商談"),
            Text("Close date moved later three times or more.", "完了予定日が3回以上先送りされた商談。"),
            deals,
            {
                "deal": Text("Deal", "商談"), "stage": Text("Stage", "フェーズ"), "amount": Text("Amount", "金額"),
                "expected": Text("Expected close", "完了予定日"), "n_slips": Text("Slips", "先送り回数"),
                "win_rate": Text("Chance", "受注確率"),
            },
            limit=8,
        ),
        reporting.table(
            "changes", Text("What changed since last week", "先週から変わったこと"), Text("", ""), changes,
            {
                "measure": Text("Number", "指標"), "before": Text("Last week", "先週"), "now": Text("This week", "今週"),
                "why": Text("Why", "理由"),
            },
        ),
    ]  # fmt: skip


def _notes() -> list[Block]:
    return [
        reporting.note(
            "scope",
            Text(
                "New business only; renewals are in their own report.",
                "新規営業のみが対象です。更新契約は別のレポートにあります。",
            ),
        ),
        reporting.note(
            "young",
            Text(
                "Deals opened in the last 30 days are too young to judge; they count in the pipeline, not in the win rate.",
                "直近30日に生まれた商談は判断に早いため、パイプラインには含め、受注率には含めていません。",
            ),
            tone="warn",
        ),
    ]


def _people() -> Block:
    segment = pd.DataFrame({"retail": [at < 30 for at in range(60)], "services": [at >= 30 for at in range(60)]})
    return reporting.people(disclose_people(pd.Series(range(60)), tables={"segments": segment}))


def _provenance() -> Block:
    tables = tuple(TableRead(name, n, f"{n:064x}") for name, n in (("opportunities", 1840), ("users", 24)))
    versions = (("python", "3.11"), ("saleslab", "0.1.0"), ("duckdb", "1.4.4"))
    return Provenance("provenance", tables, versions, (("timezone", "Asia/Tokyo"), ("currency", "JPY")), 7)


def landing_data() -> pd.DataFrame:
    won = [0, 4.1, 7.8, 12.0, 16.9, 22.4, 27.2, 31.8, 35.0]
    days = [date(2026, 10, 1) + timedelta(days=round(53 * i / 8)) for i in range(9)]
    ahead = [AS_OF + timedelta(days=round(38 * i / 6)) for i in range(1, 7)]
    rows = [(day, value, value, value) for day, value in zip(days, won, strict=True)]
    for i, day in enumerate(ahead, start=1):
        rows.append((day, 35 + 23.4 * i / 6, 35 + 14.1 * (i / 6) ** 1.2, 35 + 33.9 * (i / 6) ** 0.9))
    frame = pd.DataFrame(rows, columns=["day", "expected", "low", "high"])
    frame[["expected", "low", "high"]] = frame[["expected", "low", "high"]].map(lambda value: yen(round(value * 1e6)))
    return frame


def draw_landing(data: pd.DataFrame, *, lang: str, width: int) -> dict:
    wide = width >= theme.DESKTOP
    values = [
        {
            "day": row.day.isoformat(), "expected": float(row.expected.amount), "low": float(row.low.amount),
            "high": float(row.high.amount), "ahead": row.day >= AS_OF,
        }
        for row in data.itertuples()
    ]  # fmt: skip
    base = alt.Chart(alt.Data(values=values)).encode(
        x=alt.X("day:T", title=None, axis=alt.Axis(labelExpr=theme.month_labels(lang), tickCount="month"))
    )
    y = alt.Y("low:Q", title=None, axis=alt.Axis(labelExpr=theme.money_labels(lang), tickCount=4))
    line = base.encode(y=alt.Y("expected:Q"))
    ahead = "datum.ahead"
    target = alt.Chart(alt.Data(values=[{"t": 60e6}])).encode(y="t:Q")
    last = line.transform_filter(f"datum.expected > {58e6}").mark_text(align="left", dx=6)
    label = {"en": "¥58.4 M", "ja": "5,840万円"}[lang]
    chart = alt.layer(
        base.transform_filter(ahead).mark_area(color=theme.ACCENT_FAINT).encode(y=y, y2="high:Q"),
        target.mark_rule(color=theme.BAD, strokeWidth=1.25),
        target.mark_text(color=theme.BAD, align="left", baseline="bottom", dy=-5, x=2).encode(
            text=alt.value({"en": "target ¥60.0 M", "ja": "目標 6,000万円"}[lang])
        ),
        line.transform_filter("!datum.ahead || datum.low == datum.high").mark_line(color=theme.ACCENT),
        line.transform_filter(ahead).mark_line(color=theme.ACCENT, strokeDash=[5, 5], strokeWidth=2),
        last.mark_text(align="left", dx=6, color=theme.STRONG).encode(text=alt.value(label)),
    )
    return finish(chart, lang=lang, width=width, height=300 if wide else 240)


def stage_data() -> pd.DataFrame:
    names = [
        ("Discovery", "ヒアリング"),
        ("Qualified", "案件化"),
        ("Proposal", "提案"),
        ("Negotiation", "交渉"),
        ("Contract", "契約手続き"),
    ]
    return pd.DataFrame(
        {
            "stage": [Text(*name) for name in names],
            "n_deals": [71, 44, 58, 26, 13],
            "amount": [yen(28_100_000), yen(25_700_000), yen(41_000_000), yen(22_400_000), yen(12_300_000)],
        }
    )


def draw_stages(data: pd.DataFrame, *, lang: str, width: int) -> dict:
    rows = [
        {
            "stage": row.stage.of(lang), "amount": float(row.amount.amount),
            "label": {"en": f"¥{row.amount.amount / 10**6:.1f} M", "ja": f"{row.amount.amount / 10**4:,.0f}万円"}[lang],
            "n": {"en": f"{row.n_deals} deals", "ja": f"{row.n_deals}件"}[lang],
        }
        for row in data.itertuples()
    ]  # fmt: skip
    base = alt.Chart(alt.Data(values=rows)).encode(
        y=alt.Y("stage:N", sort=None, title=None),
        x=alt.X("amount:Q", axis=None, scale=alt.Scale(domainMax=52e6 if width > 400 else 62e6)),
    )
    bars = base.mark_bar(height={"band": 0.72})
    words = base.mark_text(align="left", dx=7, color=theme.STRONG).encode(text="label:N")
    counts = base.mark_text(align="left", dx=7, color=theme.CARD).encode(text="n:N", x=alt.value(0))
    return finish(bars + words + counts, lang=lang, width=width, height=220)


def month_data() -> pd.DataFrame:
    months = [date(2025 + (m + 2) // 12, (m + 2) % 12 + 1, 1) for m in range(1, 21)]
    shape = [14, 17, 16, 18, 19, 27, 15, 17, 20, 16, 18, 33, 15, 18, 19, 20, 22, 31, 17, 9]
    return pd.DataFrame({"month": months, "won": [yen(value * 1_000_000) for value in shape]})


def draw_months(data: pd.DataFrame, *, lang: str, width: int) -> dict:
    rows = [{"month": row.month.isoformat(), "won": float(row.won.amount)} for row in data.itertuples()]
    base = alt.Chart(alt.Data(values=rows)).encode(
        x=alt.X(
            "yearmonth(month):T", title=None, bandPosition=0.5,
            axis=alt.Axis(labelExpr=theme.month_labels(lang), tickCount=7 if width > 400 else 4),
        ),
        y=alt.Y("won:Q", title=None, axis=alt.Axis(labelExpr=theme.money_labels(lang), tickCount=4)),
        color=alt.condition("datum.month >= '2026-04'", alt.value(theme.ACCENT), alt.value(theme.ACCENT_SOFT)),
    )  # fmt: skip
    return finish(base.mark_bar(), lang=lang, width=width, height=260 if width > 400 else 220)


def rate_data() -> pd.DataFrame:
    names = [
        ("A. Sato", "佐藤"),
        ("M. Ito", "伊藤"),
        ("R. Mori", "森"),
        ("K. Ono", "小野"),
        ("S. Abe", "阿部"),
        ("T. Ueda", "上田"),
    ]
    rates = [0.34, 0.29, 0.25, 0.24, 0.2, 0.15]
    spread = [0.06, 0.05, 0.08, 0.04, 0.05, 0.06]
    return pd.DataFrame(
        {
            "person": [Text(*name) for name in names],
            "rate": [Share(rate) for rate in rates],
            "low": [Share(rate - half) for rate, half in zip(rates, spread, strict=True)],
            "high": [Share(rate + half) for rate, half in zip(rates, spread, strict=True)],
        }
    )


def draw_rates(data: pd.DataFrame, *, lang: str, width: int) -> dict:
    rows = [
        {"person": row.person.of(lang), "rate": row.rate.value, "low": row.low.value, "high": row.high.value}
        for row in data.itertuples()
    ]
    base = alt.Chart(alt.Data(values=rows)).encode(y=alt.Y("person:N", sort=None, title=None))
    x = alt.X(
        "low:Q", title=None, scale=alt.Scale(zero=True), axis=alt.Axis(labelExpr=theme.share_labels(lang), tickCount=5)
    )
    team = alt.Chart(alt.Data(values=[{"t": 0.24}])).mark_rule(color=theme.QUIET, strokeDash=[3, 3]).encode(x="t:Q")
    ranges = base.mark_rule(color=theme.ACCENT_SOFT, strokeWidth=5, strokeCap="round").encode(x=x, x2="high:Q")
    dots = base.mark_circle(size=90, color=theme.ACCENT, opacity=1).encode(x="rate:Q")
    return finish(team + ranges + dots, lang=lang, width=width, height=250)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    blocks = demo_blocks()
    for language, file in PAGE_FILES.items():
        (folder / file).write_text(render_page(blocks, lang=language, run_key="7f3c" * 16), encoding="utf-8")
