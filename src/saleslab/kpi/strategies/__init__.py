"""Which plan, and what should we find out before we decide?

Reading order: `lifts` (what an experiment found, with its doubt), `comparing` (`compare_strategies`: chance, cost,
hours and risk of plans side by side), `experimenting` (`next_experiment`: what a test is worth before it is run).
"""
