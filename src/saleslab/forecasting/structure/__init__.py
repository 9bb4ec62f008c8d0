"""What moves the few series that matter: their trend, the season, or what is known beforehand, and how sure is that?

Imports run one way: `reading` (a panel, ready for the model), `scales` (what is sampled, and beforehand believed),
`shapes` (how parts of a series hang together over time), `evidence` (how likely the series are at given scales),
`hills` (where the posterior is highest), `shocks` (which periods are out of line), `sampling` (the model in PyMC),
`drawing` (paths of every part) and `bayesian` (the estimator).
"""
