"""How is it counted?

A metric is data (`declaring`), in expressions over the tables of `sources`; the shipped ones lie on a `shelf`, some of
them in packs. `measuring` counts them where the rows are, `cohorts` says what young ones will come to, `describing`
explains them, `records` keeps them, `doubles` finds two definitions of one thing and `limits` the values beyond theirs.
"""
