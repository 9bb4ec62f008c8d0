"""What did we say, when, and how good was it?

Forecasts that were really made are written down before their period is over (`ForecastLog`), in a file that only grows;
the next run adds what came, and the record speaks for itself: by team, person, method and time. How a forecast *would*
have done is another question: `backtest`.
"""
