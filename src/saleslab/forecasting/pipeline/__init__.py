"""Which open deals will be won by a day, for how much, and what will come from deals that are not there yet?

Reading order: `slots` (days as months and their quarters, counted so that past months end like this one), `inputs`
(open deals, and all past ones as counts), `history` (what the past is made of), `hazards` (chances by penalised
logits), `standing` (of deals that are open), `arrivals` (of deals to come), `trials` (past days forecast again: the
shock that all deals share), `drawing`, and `deals` (`forecast_pipeline`).
"""
