"""How good would these forecasts have been, had they been made on past days with what was known then?

Reading order: `sources` (what was known at a day, and nothing later), `answers` (what a forecast may say), `came` (what
came, and what costs nothing to say), `measuring` (how far all were off), `replay` (`backtest`, which joins them).
"""
