"""What is each customer worth, and is the forecast better than a plain rule?

`value` is the estimator, with what a purchase brings from `spend` or `log_spend`, and several from `totals`; `backtest`
and `trial` judge it on the past. `customers` values everybody of a company, `review` gathers what a page needs, `pages`
and `pictures` word it.
"""
