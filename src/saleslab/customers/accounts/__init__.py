"""What do we know about one account, all of it in one place?

`view` is the answer; `rows` finds the account and what was merged into it, `parts` reads each part, `names`, `tables`
and `words` show them.
"""
