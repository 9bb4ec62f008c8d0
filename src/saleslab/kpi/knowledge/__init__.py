"""What is known beyond our own numbers of today: how others do, what our projects changed, which moves work?

Reading order: `benchmarks` (values with a source and a date, and the best quarter of our own), `initiatives` (projects,
the KPI each is to move, what it changed), `cards` and `playbook` (moves that worked, with evidence and a date on which
it expires), `ratings` (factors that people rate, because nobody can count them). What is wrong with benchmarks and
projects is told as what is wrong with trees is (`linting.findings`).
"""

from saleslab.kpi.knowledge import benchmarks, initiatives, playbook

__all__ = ["benchmarks", "initiatives", "playbook"]
