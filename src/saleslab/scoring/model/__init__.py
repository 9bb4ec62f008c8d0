"""How likely is each lead to be won, and may that be believed?

`scorer` is the estimator. It reads leads by `encoding`, climbs the `ladder` from the base rate to small trees,
chooses by the `folds` that `choosing` looks at, corrects by `calibrating`, and states its `verdicts`. `hazard`
answers by when, `grades` and `chance_ranges` say what a chance is called and between which bounds it lies.
"""
