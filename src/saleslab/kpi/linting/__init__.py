"""Is this a good tree: one goal, measures that mean something, people who answer, targets that can be reached?

Reading order: `findings` (codes, their weight and words), `shape` (goal, paths, units, guardrails, sides of the
business), `smart` (specific, measurable, attainable, timed), `people` (owners, deputies, sponsor), `links` (what the
past says of measures that no formula ties to the goal), `lint` (`lint_tree`, which joins them).
"""
