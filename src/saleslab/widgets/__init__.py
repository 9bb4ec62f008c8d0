"""What does the analyst play with?

Sliders over the same functions that reports use: `ExperimentPlanner` tells how long a test must run, `ReadoutExplorer`
how far a verdict hangs on what is assumed. Put one at the end of a cell in JupyterLab.
"""

from saleslab.widgets.experiments import ExperimentPlanner, ReadoutExplorer

__all__ = ["ExperimentPlanner", "ReadoutExplorer"]
