"""What changed, was it real, and what should alarm us?

Reading order: `pooling` (values of a period, and whether a level moved), `explaining` (`explain_change`: what each
factor did to the goal), `mixing` (`split_mix`: more of the good segments, or better in each?), `watching` (`monitor`:
sums of surprises with a promise about false alarms), `courses` (the series that it watches), `alerts` (what is known of
one), `chances` (is one real?), `triggers` (risks that came true), `tasks` (who does what about it), `following` (what
came of actions), `freshness` (how old the data are), `tabulate`, `pictures` and `words`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from saleslab._late_imports import serve_late

if TYPE_CHECKING:
    from saleslab.kpi.changes.alerts import Alert, Duties, read_duties
    from saleslab.kpi.changes.explaining import ChangeExplanation, explain_change
    from saleslab.kpi.changes.following import ActionEffect, follow_actions
    from saleslab.kpi.changes.freshness import Freshness, check_freshness
    from saleslab.kpi.changes.inputs import read_last_loads
    from saleslab.kpi.changes.mixing import MixSplit, split_mix
    from saleslab.kpi.changes.pictures import describe_alerts, describe_change, word_table
    from saleslab.kpi.changes.pooling import Scope, judge_moves, pool_period
    from saleslab.kpi.changes.tabulate import (
        name_columns,
        tabulate_alerts,
        tabulate_change,
        tabulate_course,
        tabulate_effects,
        tabulate_mix,
        tabulate_series,
    )
    from saleslab.kpi.changes.tasks import make_tasks
    from saleslab.kpi.changes.triggers import check_triggers
    from saleslab.kpi.changes.watching import Watch, monitor
    from saleslab.kpi.changes.words import (
        tell_alert,
        tell_change,
        tell_effect,
        tell_freshness,
        tell_mix,
        tell_part,
        tell_series,
        tell_watch,
    )

_HOME = {
    "ActionEffect": "following",
    "Alert": "alerts",
    "ChangeExplanation": "explaining",
    "Duties": "alerts",
    "Freshness": "freshness",
    "MixSplit": "mixing",
    "Scope": "pooling",
    "Watch": "watching",
    "check_freshness": "freshness",
    "check_triggers": "triggers",
    "describe_alerts": "pictures",
    "describe_change": "pictures",
    "explain_change": "explaining",
    "follow_actions": "following",
    "judge_moves": "pooling",
    "make_tasks": "tasks",
    "monitor": "watching",
    "name_columns": "tabulate",
    "pool_period": "pooling",
    "read_duties": "alerts",
    "read_last_loads": "inputs",
    "split_mix": "mixing",
    "tabulate_alerts": "tabulate",
    "tabulate_change": "tabulate",
    "tabulate_course": "tabulate",
    "tabulate_effects": "tabulate",
    "tabulate_mix": "tabulate",
    "tabulate_series": "tabulate",
    "tell_alert": "words",
    "tell_change": "words",
    "tell_effect": "words",
    "tell_freshness": "words",
    "tell_mix": "words",
    "tell_part": "words",
    "tell_series": "words",
    "tell_watch": "words",
    "word_table": "pictures",
}
"""The file of each name."""

__all__ = [
    "ActionEffect",
    "Alert",
    "ChangeExplanation",
    "Duties",
    "Freshness",
    "MixSplit",
    "Scope",
    "Watch",
    "check_freshness",
    "check_triggers",
    "describe_alerts",
    "describe_change",
    "explain_change",
    "follow_actions",
    "judge_moves",
    "make_tasks",
    "monitor",
    "name_columns",
    "pool_period",
    "read_duties",
    "read_last_loads",
    "split_mix",
    "tabulate_alerts",
    "tabulate_change",
    "tabulate_course",
    "tabulate_effects",
    "tabulate_mix",
    "tabulate_series",
    "tell_alert",
    "tell_change",
    "tell_effect",
    "tell_freshness",
    "tell_mix",
    "tell_part",
    "tell_series",
    "tell_watch",
    "word_table",
]

__getattr__, __dir__ = serve_late(__name__, _HOME)
