"""How does the selling go, and who does what next?

So far: won money (`revenue`, `change`), the open pipeline (`pipeline`, `slips`), closing (`winrate`, `cycle`,
`scorecard`), the year (`seasonality`), and what the data lack (`missingness`). `review` asks all of them at once.
"""

from saleslab.operations.briefing import CardWords, HeadlineWords, join_texts, write_cards, write_headline
from saleslab.operations.change import RevenueChange, explain_change
from saleslab.operations.cycle import DealCycle, measure_cycle
from saleslab.operations.findings import FindingWords, due_after, write_findings
from saleslab.operations.inputs import (
    Kept,
    read_closed_days,
    read_data_until,
    read_durations,
    read_fill,
    read_kept,
    read_names,
    read_open_deals,
    read_opened_months,
    read_ordered,
    read_reps,
    read_stages,
)
from saleslab.operations.missingness import Missingness, measure_missingness
from saleslab.operations.pictures import (
    PictureWords,
    describe_change,
    describe_pipeline,
    describe_revenue,
    describe_scorecard,
    describe_seasonality,
    describe_slips,
    describe_win_rate,
    say_gap,
)
from saleslab.operations.pipeline import PipelineBoard, StageRow, measure_pipeline
from saleslab.operations.revenue import MonthSales, PeriodSales, Revenue, match_stretch, measure_revenue, sum_period
from saleslab.operations.review import SalesReview, review_sales
from saleslab.operations.scorecard import RepScore, Scorecard, score_reps
from saleslab.operations.seasonality import Seasonality, find_seasonality
from saleslab.operations.slips import SlippedDeal, Slips, find_slips
from saleslab.operations.tabulate import (
    name_columns,
    tabulate_changes,
    tabulate_missingness,
    tabulate_pipeline,
    tabulate_revenue,
    tabulate_scorecard,
    tabulate_seasonality,
    tabulate_slips,
    tabulate_unanswered,
    tabulate_win_rate,
)
from saleslab.operations.winrate import Cohort, PeriodRate, WinRate, find_immature_cohorts, measure_win_rate

__all__ = [
    "CardWords",
    "Cohort",
    "DealCycle",
    "FindingWords",
    "HeadlineWords",
    "Kept",
    "Missingness",
    "MonthSales",
    "PeriodRate",
    "PeriodSales",
    "PictureWords",
    "PipelineBoard",
    "RepScore",
    "Revenue",
    "RevenueChange",
    "SalesReview",
    "Scorecard",
    "Seasonality",
    "SlippedDeal",
    "Slips",
    "StageRow",
    "WinRate",
    "describe_change",
    "describe_pipeline",
    "describe_revenue",
    "describe_scorecard",
    "describe_seasonality",
    "describe_slips",
    "describe_win_rate",
    "due_after",
    "explain_change",
    "find_immature_cohorts",
    "find_seasonality",
    "find_slips",
    "join_texts",
    "match_stretch",
    "measure_cycle",
    "measure_missingness",
    "measure_pipeline",
    "measure_revenue",
    "measure_win_rate",
    "name_columns",
    "read_closed_days",
    "read_data_until",
    "read_durations",
    "read_fill",
    "read_kept",
    "read_names",
    "read_open_deals",
    "read_opened_months",
    "read_ordered",
    "read_reps",
    "read_stages",
    "review_sales",
    "say_gap",
    "score_reps",
    "sum_period",
    "tabulate_changes",
    "tabulate_missingness",
    "tabulate_pipeline",
    "tabulate_revenue",
    "tabulate_scorecard",
    "tabulate_seasonality",
    "tabulate_slips",
    "tabulate_unanswered",
    "tabulate_win_rate",
    "write_cards",
    "write_findings",
    "write_headline",
]
