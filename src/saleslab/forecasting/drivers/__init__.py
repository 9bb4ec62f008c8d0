"""What moves the series that is known beforehand, and what did an initiative change?

Reading order: `known_ahead` (prices, campaigns, headcount as a table that reaches into the future), `calendar_days`
(the same of a fiscal calendar), `effects` and `pooling` (what each driver does, and whether that can be told from
noise), `scenarios` (`compare_scenarios`: what if the plan were another?), `untouched` and `initiatives`
(`estimate_effect`: what did it change, beside what the untouched did?).
"""
