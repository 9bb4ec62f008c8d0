"""What will teams, products, regions and channels sell, in numbers that add up?

Reading order: `parts` (from rows to the parts of a company, checked against the totals it states), `nodes` (which sums
of them are forecast), `covariance` (how the nodes' forecasts went wrong together), `joint_paths` (futures that keep
together as those errors did), `projecting` (the smallest change that makes them add up), `reconciling` (`reconcile`,
which joins them).
"""
