"""From which leads does a model learn, and how does it come to those that are open?

`survey` looks before anything is learned, `learned_leads` decides what became of each lead, `training` audits, fits
and judges, `scores` speaks of open leads, `lead_book` and `lead_models` open both for a report.
"""
