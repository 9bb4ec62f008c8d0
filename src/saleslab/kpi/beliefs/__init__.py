"""What do we believe of a KPI's next months?

Reading order: `chances` (`chance_of_rate`, the next period's rate against its target), `histories` (which months may
be learned from), `models` (four ways in which months vary), `belief` (`Belief`: level, draws, luck, chances),
`believing` (`believe`, from rows to a belief), `statuses` (green, amber, red, or why no colour), `checking`
(`check_belief`: did past chances come true?).
"""
