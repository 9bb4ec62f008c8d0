"""What does the meeting have to decide today?

Reading order: `inputs` (what was won in the week, and who is in the team), `minutes` (what the review log says to a
meeting: due, decided, said, foretold), `watching` (`watch_week`: what alarms), `pack` (`prepare_meeting` puts alerts,
pace, explained change and minutes together), `records` (meetings written down in a file, and into the log), `phrases`,
`pages` and `tables` (words and tables of the page).
"""
