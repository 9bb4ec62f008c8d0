"""Who decided what and why, what did they expect, and what came of it?

Reading order: `sayings` (what can be written down: a review, a decision, a prediction, what came, an opinion, a
sponsor's signature), `pseudonyms` (an opinion without a name), `log` (`ReviewLog`, which only grows), `calendar` (what
is overdue), `verdicts` (how good past predictions were), `mirror` (the canonical tables),
`briefing` (what a meeting begins with).
"""
