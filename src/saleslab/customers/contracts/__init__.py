"""Who renews, who leaves, and how much of the contracts' money stays?

`renewals` and `occasions` model renewal by cohorts and yearly chances, `retention` measures NRR and GRR; rows come
from `rows` and `retention_rows`.
"""
