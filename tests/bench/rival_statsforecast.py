"""AutoETS of statsforecast on a panel, in an environment of its own: ``python rival_statsforecast.py PANEL.npz``.

Prints CPU seconds and writes the forecasts with their 80 % and 95 % intervals beside the panel.
"""

import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from statsforecast import StatsForecast
from statsforecast.models import AutoETS

file = Path(sys.argv[1])
given = np.load(file)
horizon, season_length = int(given["horizon"]), int(given["season_length"])
frame = pd.DataFrame({"unique_id": given["series_id"], "ds": given["period"], "y": given["value"]})
warm = frame[frame["unique_id"] == frame["unique_id"].iloc[0]]
model = StatsForecast([AutoETS(season_length=season_length)], freq=1, n_jobs=1)
model.forecast(df=warm, h=horizon, level=[80, 95])
began = time.process_time()
said = model.forecast(df=frame, h=horizon, level=[80, 95]).sort_values(["unique_id", "ds"])
spent = time.process_time() - began
columns = {"median": "AutoETS"} | {
    f"{ours}_{level}": f"AutoETS-{theirs}-{level}"
    for level in (80, 95)
    for ours, theirs in (("lower", "lo"), ("upper", "hi"))
}
np.savez(file.with_suffix(".said.npz"), **{ours: said[theirs].to_numpy() for ours, theirs in columns.items()})
print(spent)
