"""What does the analyst play with?

Sliders over the same functions that reports use: `ExperimentPlanner` tells how long a test must run, `ReadoutExplorer`
how far a verdict hangs on what is assumed, `LeadQueue` whom to call next and what more calls would bring,
`SegmentExplorer` how customers could be cut otherwise, `ForecastExplorer` what a series will come to, `TargetDial` what
moving a measure does to the chance of the goal; `ReviewForm` takes a comment, a dissent or a vote into the review log.
Put one at the end of a cell in JupyterLab.
"""

from saleslab.widgets.experiments import ExperimentPlanner, ReadoutExplorer
from saleslab.widgets.forecast_explorer import ForecastExplorer
from saleslab.widgets.lead_queue import LeadQueue
from saleslab.widgets.review_form import ReviewForm
from saleslab.widgets.segment_explorer import SegmentExplorer
from saleslab.widgets.target_dial import TargetDial

__all__ = [
    "ExperimentPlanner",
    "ForecastExplorer",
    "LeadQueue",
    "ReadoutExplorer",
    "ReviewForm",
    "SegmentExplorer",
    "TargetDial",
]
