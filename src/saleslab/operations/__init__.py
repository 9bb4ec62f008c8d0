"""How does the selling go, and who does what next?

So far: won money (`revenue`, `change`), the open pipeline (`pipeline`, `slips`), closing (`winrate`, `cycle`,
`scorecard`), the year (`seasonality`), and what the data lack (`missingness`). `review` asks all of them at once.
"""

from saleslab.operations.benchmarking import (
    BENCHMARK_FAULTS,
    BenchmarkFault,
    InternalBenchmark,
    check_benchmarks,
    find_benchmark,
)
from saleslab.operations.briefing import write_headline
from saleslab.operations.cards import write_cards
from saleslab.operations.change import RevenueChange, explain_change
from saleslab.operations.coverage import Coverage, measure_coverage
from saleslab.operations.cycle import DealCycle, measure_cycle
from saleslab.operations.findings import due_after, write_findings
from saleslab.operations.inputs import (
    read_closed_days,
    read_data_until,
    read_deal_names,
    read_durations,
    read_fill,
    read_kept,
    read_names,
    read_open_deals,
    read_opened_months,
    read_ordered,
    read_reps,
    read_scope,
    read_stages,
    read_target,
)
from saleslab.operations.kept import Kept, Scope
from saleslab.operations.missingness import Missingness, measure_missingness
from saleslab.operations.notes import check_reviewed, describe_gaps, write_notes
from saleslab.operations.pictures import (
    describe_change,
    describe_comparison,
    describe_pipeline,
    describe_revenue,
    describe_scorecard,
    describe_slips,
    describe_win_rate,
    say_gap,
    say_no_slips,
)
from saleslab.operations.pipeline import PipelineBoard, StageRow, measure_pipeline
from saleslab.operations.revenue import MonthSales, PeriodSales, Revenue, match_stretch, measure_revenue, sum_period
from saleslab.operations.review import SalesReview, review_sales
from saleslab.operations.scorecard import RepScore, Scorecard, score_reps
from saleslab.operations.seasonality import Seasonality, find_seasonality
from saleslab.operations.slips import SlippedDeal, Slips, find_slips
from saleslab.operations.tabulate import (
    head_comparison,
    name_columns,
    tabulate_changes,
    tabulate_comparison,
    tabulate_pipeline,
    tabulate_revenue,
    tabulate_scorecard,
    tabulate_slips,
    tabulate_win_rate,
)
from saleslab.operations.tour import (
    describe_missingness,
    describe_seasonality,
    describe_unanswered,
    say_all_answered,
    tabulate_missingness,
    tabulate_seasonality,
    tabulate_unanswered,
    tell_seasons,
    write_tour_headline,
)
from saleslab.operations.winrate import Cohort, PeriodRate, WinRate, find_immature_cohorts, measure_win_rate

__all__ = [
    "BENCHMARK_FAULTS",
    "BenchmarkFault",
    "Cohort",
    "Coverage",
    "DealCycle",
    "InternalBenchmark",
    "Kept",
    "Missingness",
    "MonthSales",
    "PeriodRate",
    "PeriodSales",
    "PipelineBoard",
    "RepScore",
    "Revenue",
    "RevenueChange",
    "SalesReview",
    "Scope",
    "Scorecard",
    "Seasonality",
    "SlippedDeal",
    "Slips",
    "StageRow",
    "WinRate",
    "check_benchmarks",
    "check_reviewed",
    "describe_change",
    "describe_comparison",
    "describe_gaps",
    "describe_missingness",
    "describe_pipeline",
    "describe_revenue",
    "describe_scorecard",
    "describe_seasonality",
    "describe_slips",
    "describe_unanswered",
    "describe_win_rate",
    "due_after",
    "explain_change",
    "find_benchmark",
    "find_immature_cohorts",
    "find_seasonality",
    "find_slips",
    "head_comparison",
    "match_stretch",
    "measure_coverage",
    "measure_cycle",
    "measure_missingness",
    "measure_pipeline",
    "measure_revenue",
    "measure_win_rate",
    "name_columns",
    "read_closed_days",
    "read_data_until",
    "read_deal_names",
    "read_durations",
    "read_fill",
    "read_kept",
    "read_names",
    "read_open_deals",
    "read_opened_months",
    "read_ordered",
    "read_reps",
    "read_scope",
    "read_stages",
    "read_target",
    "review_sales",
    "say_all_answered",
    "say_gap",
    "say_no_slips",
    "score_reps",
    "sum_period",
    "tabulate_changes",
    "tabulate_comparison",
    "tabulate_missingness",
    "tabulate_pipeline",
    "tabulate_revenue",
    "tabulate_scorecard",
    "tabulate_seasonality",
    "tabulate_slips",
    "tabulate_unanswered",
    "tabulate_win_rate",
    "tell_seasons",
    "write_cards",
    "write_findings",
    "write_headline",
    "write_notes",
    "write_tour_headline",
]
