"""Does the model still hold, or is it time to train it again?

`drift` judges by the `columns` of leads that come in and by the `outcomes` of those that grew ripe; `model_watch` and
`page` do so for a model on the shelf.
"""
