"""Whom does each person contact first, and why?

`ranking` puts leads in order by what a contact is `worth`, with `actions` and `reasons`; `call_plan` gathers what a
page needs, `call_sheet` and `tasks` hand it over.
"""
