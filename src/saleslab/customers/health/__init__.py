"""Who is about to leave, why, and what to do this week?

`rating` gives calibrated chances or says why there are none, by the `model`, from `rows`. `review` gathers what a page
needs, `words` and `pictures` word it, `follow_ups` plans the checks after a sale.
"""
