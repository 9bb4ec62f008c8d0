"""MinT and OLS of hierarchicalforecast on a hierarchy, in an environment of its own: ``python ... PANEL.npz``.

Their base forecasts are AutoETS of statsforecast, as in their own example; beside them the same methods on base
forecasts and past errors that were made elsewhere. Prints CPU seconds of reconciling.
"""

import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from hierarchicalforecast.methods import MinTrace
from statsforecast import StatsForecast
from statsforecast.models import AutoETS

file = Path(sys.argv[1])
given = np.load(file)
values, sums = given["values"], given["sums"]
horizon, season_length = int(given["horizon"]), int(given["season_length"])
n, n_periods = values.shape
frame = pd.DataFrame(
    {"unique_id": np.repeat(np.arange(n), n_periods), "ds": np.tile(np.arange(n_periods), n), "y": values.ravel()}
)
model = StatsForecast([AutoETS(season_length=season_length)], freq=1, n_jobs=1)
said = model.forecast(df=frame, h=horizon, fitted=True).sort_values(["unique_id", "ds"])
base = said["AutoETS"].to_numpy().reshape(n, horizon)
fitted = model.forecast_fitted_values().sort_values(["unique_id", "ds"])["AutoETS"].to_numpy().reshape(n, n_periods)
found, began = {"AutoETS": base}, time.process_time()
for name in ("mint_shrink", "ols"):
    theirs = MinTrace(name).fit_predict(S=sums, y_hat=base, y_insample=values, y_hat_insample=fitted)
    errors = given["errors"]
    shared = MinTrace(name).fit_predict(
        S=sums, y_hat=given["base"], y_insample=errors, y_hat_insample=np.zeros_like(errors)
    )
    found |= {f"AutoETS, {name}": theirs["mean"], f"our base, {name}": shared["mean"]}
print(time.process_time() - began)
np.savez(file.with_suffix(".said.npz"), **found)
