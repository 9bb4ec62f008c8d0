"""Where does the period land, how likely is its target, and which deals decide it?

Reading order: `remainders` (what the series of won money alone says of the rest of the period), `blending` (how much
each view counts, by how far it was off), `effects` (what each deal does to the chance), and `landing`
(`forecast_landing`).
"""
