"""How often does each customer buy, and who has left?

`counting` makes purchases into counts, `groups` counts customers that are alike once. `models` says what a model must
give, `nbd`, `beta_geometric`, `pareto` (by `endings` of histories) and `regularity` are models, kept on a `shelf`;
`fits` finds their numbers, `forecasts` says what comes.
"""
