"""Does a column know the outcome before it has happened?

`audit` asks every column, by the evidence in `rules` and the words in `names`; `repeats` asks it of the rows.
"""
