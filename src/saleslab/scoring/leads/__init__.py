"""What is known of each lead, and since when?

`features` says it of the warehouse, `files` of a file that another system exported (`maps` holds three), `table` is
what both hand on, and `columns` reads any frame that somebody brings. `labels` and `outcomes` say what became of a
lead.
"""
