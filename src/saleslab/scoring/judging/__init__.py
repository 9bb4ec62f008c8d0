"""Would the model hold next quarter, for whom, and why does it say what it says?

`measuring` judges chances wherever they come from, `evaluation` by ever more honest tests, `fairness` by groups of
leads, `thresholds` by what an hour is worth; `explaining` gives the reasons of one lead, and `card` puts all of it on
one page.
"""
