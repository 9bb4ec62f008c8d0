"""Whom does a contact help, and which action suits whom?

`effects` asks the first, `actions` the second, both of rows on which chance, or something like it, decided
(`overlap`), by small `learners`, each row judged by models that have not seen it (`cross_fits`, `rules`).
"""
