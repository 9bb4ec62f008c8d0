"""Forecasts of many series: how far off, how honest and how fast, beside AutoETS of statsforecast.

``python tests/bench/bench_forecasting.py [N_WEEKLY] [import] [tourism] [weekly]``; all three parts when none is named.
Reads ../shared/data/tourism_competition, and says so where it is absent. statsforecast pins pandas below 3, so the
bench makes an environment for it in the folder of temporary files. N_WEEKLY invented weekly series (5,000) show how the
cost grows; the bar is on the whole, on an idle machine: ``bench_forecasting.py 100000 weekly``.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "forecasting"))
from panels import HORIZONS, TOURISM, Contest, lay_all, read_column, read_tourism

from saleslab.forecasting import forecast_series
from saleslab.stats.forecast_errors import measure_coverage, measure_mase, measure_msis, measure_smape, measure_wql

FOLDER = Path(tempfile.gettempdir()) / "saleslab-bench"
PEER = ("statsforecast==2.1.1", "pandas<3")
TENTHS = np.arange(1, 10) / 10
WHOLE = 100_000
BARS = {"monthly": (1.43, 0.080), "quarterly": (1.48, 0.062), "yearly": (2.60, None)}


def make_peer() -> Path:
    """Return the Python of an environment that holds statsforecast; made once."""
    home = FOLDER / "statsforecast"
    python = home / "bin" / "python"
    if not (home / "ready").exists():
        venv.create(home, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PEER], check=True)
        (home / "ready").touch()
    return python


def measure(contest: Contest, said: dict[str, np.ndarray]) -> str:
    """Return the errors of forecasts in words."""
    actual, season = contest.actual, contest.season_length
    inside = [measure_coverage(actual, said[f"lower_{x}"], said[f"upper_{x}"]) for x in (80, 95)]
    mase = measure_mase(actual, said["median"], contest.history, season_length=season).mean
    msis = measure_msis(actual, said["lower_95"], said["upper_95"], contest.history, season_length=season).mean
    smape = measure_smape(actual, said["median"]).mean
    return f"MASE {mase:.3f}, sMAPE {smape:.2f}, 80 % holds {inside[0]:.1%}, 95 % {inside[1]:.1%}, MSIS {msis:.2f}"


def bench_ours(kind: str) -> float:
    """Print our errors on one kind of tourism series; return CPU milliseconds a series."""
    contest = read_tourism(kind)
    names = {0.1: "lower_80", 0.2: "lower_60", 0.3: "lower_40", 0.4: "lower_20", 0.5: "median"}
    names |= {round(1 - chance, 1): name.replace("lower", "upper") for chance, name in names.items() if chance < 0.5}
    forecast_series(contest.panel.head(2_000), horizon=2, season_length=contest.season_length, seed=0)
    spent = []
    for levels in ((0.8, 0.95), (0.8, 0.95), (0.2, 0.4, 0.6, 0.8, 0.95)):
        began = time.process_time()
        frame = forecast_series(
            contest.panel, horizon=contest.horizon, season_length=contest.season_length, levels=levels, seed=0
        )
        spent.append(time.process_time() - began)
    said = {name: read_column(frame, name) for name in frame.columns[2:]}
    wql = measure_wql(contest.actual, np.stack([said[names[round(tau, 1)]] for tau in TENTHS], axis=-1), TENTHS)
    milliseconds = 1000 * min(spent[:2]) / len(contest.actual)
    mase_bar, wql_bar = BARS[kind]
    print(f"{kind}: {measure(contest, said)}, WQL {wql:.4f} (bars: MASE {mase_bar}, WQL {wql_bar}, 75-85 %, 90 %)")
    print(f"  {milliseconds:.2f} CPU ms a series with backtest and intervals (bar 4 on monthly)")
    return milliseconds


def bench_rival(kind: str, ours: float) -> None:
    """Print the same of AutoETS."""
    contest, file = read_tourism(kind), FOLDER / f"{kind}.npz"
    panel = contest.panel
    number = panel.groupby("series_id").cumcount().to_numpy()
    columns = {"series_id": panel["series_id"].to_numpy(), "period": number, "value": panel["value"].to_numpy()}
    np.savez(file, **columns, horizon=contest.horizon, season_length=contest.season_length)
    script = Path(__file__).with_name("rival_statsforecast.py")
    run = subprocess.run([make_peer(), script, file], capture_output=True, text=True, check=True)
    milliseconds = 1000 * float(run.stdout) / len(contest.actual)
    shape = contest.actual.shape
    said = {name: values.reshape(shape) for name, values in np.load(file.with_suffix(".said.npz")).items()}
    finite = np.isfinite(said["lower_95"]).all() and np.isfinite(said["upper_95"]).all()
    told = measure(contest, said) if finite else "some intervals are no numbers"
    print(f"  AutoETS of statsforecast 2.1.1: {told}")
    print(f"  {milliseconds:.1f} CPU ms a series; {milliseconds / ours:.0f} times ours (bar 10 on monthly)")


def bench_import() -> None:
    """Print what opening the room costs."""
    code = (
        "import time; began = time.process_time(); import saleslab.forecasting as room\n"
        "lazy = time.process_time() - began; room.forecast_series, room.check_panel\n"
        "all_ = time.process_time() - began; import sys\n"
        "print(lazy, all_, [name for name in ('lightgbm', 'pymc') if name in sys.modules])"
    )
    tries = []
    for _ in range(5):
        run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        lazy, whole, heavy = run.stdout.strip().split(maxsplit=2)
        tries.append((float(lazy), float(whole)))
    lazy, whole = (float(np.median(column)) for column in zip(*tries, strict=True))
    print(f"import: {lazy:.2f} CPU s, with its functions {whole:.2f} (median of 5; bar 0.6); heavy: {heavy} (bar [])")


def bench_weekly(n: int) -> None:
    """Print time and memory of many weekly series of three years."""
    rng = np.random.default_rng(0)
    at = np.arange(156)
    swing = rng.uniform(0, 0.4, (n, 1)) * np.sin(2 * np.pi * (at + rng.integers(0, 52, (n, 1))) / 52)
    mean = np.exp(rng.normal(2, 1.5, (n, 1)) + rng.normal(0, 0.002, (n, 1)) * at + swing)
    panel = lay_all(rng.poisson(mean).astype(np.float64), freq="W-MON")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    wall, began = time.perf_counter(), time.process_time()
    forecast_series(panel, horizon=13, season_length=52, seed=0)
    wall, spent = time.perf_counter() - wall, time.process_time() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(
        f"{n:,} weekly series of 156 ({n / WHOLE:.0%} of {WHOLE:,}): {spent:.0f} CPU s, {wall:.0f} s of time "
        f"({spent / wall:.1f} cores), peak {memory:.2f} GB, of which {before:.2f} GB held before"
    )
    print(f"  bars for {WHOLE:,}: 12 minutes of time on two cores, 4 GB")
    if n < WHOLE:
        whole = before + (memory - before) * WHOLE / n
        minutes = spent / n * WHOLE / 60
        print(f"  at this pace {minutes:.1f} CPU minutes; {whole:.1f} GB at most (a part does not grow with them)")


def bench_tourism() -> None:
    """Print errors and speed on the series of the tourism competition, ours and AutoETS's."""
    if not TOURISM.is_dir():
        print("tourism: skipped, ../shared/data/tourism_competition is absent")
        return
    speed = {kind: bench_ours(kind) for kind in HORIZONS}
    for kind, milliseconds in speed.items():
        bench_rival(kind, milliseconds)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    number = [int(word) for word in sys.argv[1:] if word.isdigit()]
    wanted = [word for word in sys.argv[1:] if not word.isdigit()] or ["import", "tourism", "weekly"]
    parts = {"import": bench_import, "tourism": bench_tourism, "weekly": lambda: bench_weekly((number or [5_000])[0])}
    for word in wanted:
        parts[word]()
