"""Australian tourism, 425 series that add up: how far off at each level, beside hierarchicalforecast in the same run.

``python tests/bench/bench_hierarchy.py``. Reads ../shared/data/tourism_au, and says so where it is absent. The last
eight quarters are held out. The bench makes an environment for hierarchicalforecast in the folder of temporary files.
"""

from __future__ import annotations

import subprocess
import tempfile
import time
import venv
from pathlib import Path

import numpy as np
import pandas as pd

from saleslab.forecasting import reconcile
from saleslab.forecasting.engine import run_engine

FILE = Path(__file__).resolve().parents[3] / "shared" / "data" / "tourism_au" / "nixtla_tourism.csv"
FOLDER = Path(tempfile.gettempdir()) / "saleslab-bench"
PEER = ("hierarchicalforecast==1.5.3", "statsforecast==2.1.1", "pandas<3")
BY = ("State", "Region", "Purpose")
GROUPINGS = [(), ("State",), ("Purpose",), ("State", "Region"), ("State", "Purpose")]
HORIZON, SEASON = 8, 4


def make_peer() -> Path:
    """Return the Python of an environment that holds hierarchicalforecast; made once."""
    home = FOLDER / "hierarchicalforecast"
    python = home / "bin" / "python"
    if not (home / "ready").exists():
        venv.create(home, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PEER], check=True)
        (home / "ready").touch()
    return python


def read_trips() -> pd.DataFrame:
    """Return the trips as the parts of a hierarchy."""
    trips = pd.read_csv(FILE).rename(columns={"Trips": "value"})
    return trips.assign(period=pd.PeriodIndex(trips["Quarter"].str.replace(" ", ""), freq="Q")).drop(columns="Quarter")


def lay_nodes(trips: pd.DataFrame, nodes: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return the values of all nodes, and which parts each adds up."""
    parts = nodes[nodes["grouping"] == " x ".join(BY)]
    sums = np.ones((len(nodes), len(parts)))
    for name in BY:
        wanted = nodes[name].to_numpy(dtype=object)[:, None]
        sums *= pd.isna(wanted) | (wanted == parts[name].to_numpy(dtype=object)[None, :])
    wide = trips.pivot_table(index=list(BY), columns="period", values="value")
    return sums @ wide.loc[pd.MultiIndex.from_frame(parts[list(BY)])].to_numpy(), sums


def measure_errors(said: np.ndarray, came: np.ndarray, nodes: pd.DataFrame) -> pd.Series:
    """Return the mean root mean squared error of the nodes of each grouping."""
    errors = pd.Series(np.sqrt(((said - came) ** 2).mean(axis=1)))
    return errors.groupby(nodes["grouping"].to_numpy(), sort=False).mean()


def run_rival(values: np.ndarray, sums: np.ndarray) -> tuple[dict[str, np.ndarray], float]:
    """Return what hierarchicalforecast says, and its CPU seconds for reconciling."""
    run = run_engine(values, horizon=HORIZON, season_length=SEASON, seed=0)
    errors = np.empty_like(run.record.actual)
    errors[:, run.order] = run.record.actual - run.record.forecast[1:]
    rows = errors.transpose(0, 2, 1).reshape(-1, len(values))
    file = FOLDER / "hierarchy.npz"
    known = rows[~np.isnan(rows).any(axis=1)].T
    np.savez(file, values=values, sums=sums, horizon=HORIZON, season_length=SEASON, base=run.find_mean(), errors=known)
    script = Path(__file__).with_name("rival_hierarchicalforecast.py")
    done = subprocess.run([make_peer(), script, file], capture_output=True, text=True, check=True)
    return dict(np.load(file.with_suffix(".said.npz")).items()), float(done.stdout.split()[-1])


def bench_tourism() -> None:
    """Print errors at each level of both, coherence, and coverage."""
    trips = read_trips()
    quarters = np.sort(trips["period"].unique())
    known = trips[trips["period"] < quarters[-HORIZON]]
    began = time.process_time()
    said = reconcile(known, by=BY, groupings=GROUPINGS, horizon=HORIZON, seed=0)
    spent = time.process_time() - began
    values, sums = lay_nodes(trips, said.nodes)
    past, came = values[:, :-HORIZON], values[:, -HORIZON:]
    columns = {name: said.forecasts[name].to_numpy().reshape(came.shape) for name in said.forecasts.columns[-7:]}
    theirs, seconds = run_rival(past, sums)
    table = {"saleslab": measure_errors(columns["mean"], came, said.nodes)}
    table |= {"our base": measure_errors(columns["own_mean"], came, said.nodes)}
    table |= {name: measure_errors(forecast, came, said.nodes) for name, forecast in theirs.items()}
    errors = pd.DataFrame(table).T
    print(errors.round(2).to_string())
    bar = errors.loc[["AutoETS, mint_shrink", "AutoETS, ols"]].min()
    print(f"at or below the better of their MinT-shrink and OLS: {(errors.loc['saleslab'] <= bar).sum()} of {len(bar)}")
    parts = (said.nodes["grouping"] == " x ".join(BY)).to_numpy()
    gap = np.abs(np.tensordot(sums, said.draws[parts], axes=1) - said.draws).max()
    inside = [((columns[f"lower_{x}"] <= came) & (came <= columns[f"upper_{x}"])).mean() for x in (80, 95)]
    print(
        f"largest gap in a path {gap:.1e} (bar 1e-6), lowest draw {said.draws.min():.3g} (bar 0); "
        f"80 % holds {inside[0]:.1%}, 95 % {inside[1]:.1%}"
    )
    print(f"{spent:.1f} CPU s with forecasts and 1,000 paths; theirs {seconds:.1f} for four reconciliations alone")


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    if FILE.is_file():
        bench_tourism()
    else:
        print("tourism_au: skipped, ../shared/data/tourism_au is absent")
