"""What to offer to whom next?

`recommending` puts new products and re-orders in order, `reorders` knows when something is due, `pairs` what goes
together, counted by `baskets`, `whitespace` what similar customers buy and this one does not. `checks` judges all of it
on the past, `book` gathers what a page needs, `consent` keeps those out who said no.
"""
