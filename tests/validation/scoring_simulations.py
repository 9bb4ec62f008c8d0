"""Two invented worlds in which the truth about every lead is known: wins that show late, and contacts that are few.

Simulation 1: 60,000 leads over 365 days, observed on day 300. Six standard normal columns and five sources make the
chance; a win shows after an exponential wait, of 20 days on average and of 60 for the last two sources.
Simulation 2, on the same leads: what a win is worth, and the chance of winning without a contact; one in ten can be
contacted.
"""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd

START = datetime(2025, 1, 1)
N_LEADS, N_DAYS, OBSERVED_ON = 60_000, 365, 300
SOURCES = ("web", "event", "list", "partner", "referral")
SOURCE_LOGITS = np.array([-0.5, -0.2, 0.0, 0.3, 0.6])
MEAN_DELAYS = np.array([20.0, 20.0, 20.0, 60.0, 60.0])
SLOW_SOURCES = SOURCES[-2:]
COLUMNS = [f"x{number}" for number in range(1, 7)]
FEATURES = [*COLUMNS, "source"]
CAPACITY = 0.1


def simulate_leads(*, seed: int, n: int = N_LEADS) -> pd.DataFrame:
    """Return simulation 1: columns, source, true chance, and when a win shows (NaT where none ever does)."""
    rng = np.random.default_rng(seed)
    created = np.sort(rng.uniform(0, N_DAYS, n))
    x, source = rng.standard_normal((n, 6)), rng.integers(0, 5, n)
    logit = -2.2 + 0.9 * x[:, 0] - 0.6 * x[:, 1] + 0.5 * x[:, 2] * x[:, 3] + SOURCE_LOGITS[source]
    chance = 1 / (1 + np.exp(-logit))
    delay = rng.exponential(MEAN_DELAYS[source])
    shows = np.where(rng.random(n) < chance, created + delay, np.nan)
    leads = pd.DataFrame(x, columns=COLUMNS)
    return leads.assign(
        lead_id=[f"l{number:06}" for number in range(n)],
        source=pd.Series(np.array(SOURCES)[source], dtype="str"),
        created_on_day=created,
        created_at=_date(created),
        won_at=_date(shows),
        closed_at=_date(shows),
        logit=logit,
        chance=chance,
        mean_delay=MEAN_DELAYS[source],
    )


def observe(leads: pd.DataFrame, *, day: int = OBSERVED_ON) -> pd.DataFrame:
    """Return what a company sees on a day: the leads created until then, with the wins that have shown."""
    as_of = START + pd.Timedelta(days=day)
    seen = leads[leads["created_at"] <= as_of].reset_index(drop=True)
    return seen.assign(**{column: seen[column].where(seen[column] <= as_of) for column in ("won_at", "closed_at")})


def await_scoring(leads: pd.DataFrame, *, day: int = OBSERVED_ON) -> pd.DataFrame:
    """Return the leads created after that day: those that are scored."""
    return leads[leads["created_at"] > START + pd.Timedelta(days=day)].reset_index(drop=True)


def chance_by(leads: pd.DataFrame, day: float) -> np.ndarray:
    """Return the true chance that each lead has shown its win by a day after its creation."""
    return (leads["chance"] * -np.expm1(-day / leads["mean_delay"])).to_numpy()


def add_values(leads: pd.DataFrame, *, seed: int) -> pd.DataFrame:
    """Return simulation 2: with the value of a win, and the chance of winning without a contact."""
    rng = np.random.default_rng([seed, 2])
    share = np.clip(rng.beta(2, 3, len(leads)) + 0.3 * (leads["x1"] > 1), 0, 1)
    value = np.exp(rng.normal(8, 1, len(leads)) - 0.3 * leads["logit"])
    return leads.assign(value_amount=value, chance_uncontacted=leads["chance"] * share)


def measure_revenue(leads: pd.DataFrame, picked: np.ndarray) -> float:
    """Return the incremental revenue of contacting some leads (a mask, or their positions)."""
    gain = (leads["chance"] - leads["chance_uncontacted"]) * leads["value_amount"]
    return float(gain.to_numpy()[picked].sum())


def pick_best(merit: np.ndarray, *, capacity: float = CAPACITY) -> np.ndarray:
    """Return the positions of the leads of highest merit that can be contacted."""
    return np.argsort(-np.asarray(merit), kind="stable")[: int(capacity * len(merit))]


def compare_rankings(leads: pd.DataFrame, chance: np.ndarray | None = None) -> pd.Series:
    """Return the incremental revenue by what the leads are ranked by, the oracle last.

    ``chance`` is that of a model; without it the true one is taken.
    """
    p = leads["chance"].to_numpy() if chance is None else chance
    value, truth = leads["value_amount"].to_numpy(), (leads["chance"] - leads["chance_uncontacted"]).to_numpy()
    merits = {"chance": p, "chance_times_value": p * value, "true_uplift_times_value": truth * value}
    return pd.Series({name: measure_revenue(leads, pick_best(merit)) for name, merit in merits.items()})


def _date(days: np.ndarray) -> pd.Series:
    return pd.Series(pd.to_datetime(START) + pd.to_timedelta(days, unit="D")).dt.round("us").astype("datetime64[us]")


def measure_chance_coverage(*, n: int, runs: int, seed: int, mass: float = 0.9) -> pd.DataFrame:
    """Return how often the chance by each day lies in its interval, with n leads of simulation 1 seen at a time."""
    from saleslab.scoring import label_outcomes

    leads = observe(simulate_leads(seed=seed))
    truth = {day: float(chance_by(leads, day).mean()) for day in (30, 60, 90, 180)}
    rng, held = np.random.default_rng([seed, 3]), []
    for _ in range(runs):
        some = leads.iloc[np.sort(rng.choice(len(leads), n, replace=False))]
        chances = label_outcomes(some, as_of=START + pd.Timedelta(days=OBSERVED_ON), mass=mass).chances
        true = chances["day"].map(truth)
        held.append(
            chances.assign(
                below=true < chances["low"], above=true > chances["high"], width=chances["high"] - chances["low"]
            )
        )
    told = pd.concat(held).groupby("day").agg(
        runs=("chance", "size"), chance=("chance", "mean"), below=("below", "mean"), above=("above", "mean"),
        width=("width", "mean"),
    )  # fmt: skip
    return told.assign(truth=pd.Series(truth), held=1 - told["below"] - told["above"])


def measure_label_delay(*, seed: int, n: int = N_LEADS) -> pd.DataFrame:
    """Return how far the mean chance of the leads to score is off, by how the open leads are taken.

    ``bias`` is that of the chance of ever winning (the hazard's by day 270 is taken for it), ``bias_180`` that of a win
    within 180 days; ``slow_`` is of the slow sources alone.
    """
    from sklearn.linear_model import LogisticRegression

    from saleslab.scoring import fit_hazard, label_outcomes

    leads = simulate_leads(seed=seed, n=n)
    seen, new = observe(leads), await_scoring(leads)
    outcomes = label_outcomes(seen, as_of=START + pd.Timedelta(days=OBSERVED_ON))
    naive = LogisticRegression().fit(_write_terms(seen), seen["won_at"].notna()).predict_proba(_write_terms(new))[:, 1]
    told = fit_hazard(seen[FEATURES], outcomes, horizon=270).chance_by(new[FEATURES], [180, 270]).to_numpy()
    slow, ever, soon = new["source"].isin(SLOW_SOURCES).to_numpy(), new["chance"].to_numpy(), chance_by(new, 180)
    rows = []
    for method, by_180, by_end in (("open_is_lost", naive, naive), ("hazard", told[:, 0], told[:, 1])):
        biases = {"bias": by_end - ever, "bias_180": by_180 - soon}
        row = {"seed": seed, "method": method, "truth": ever.mean()} | {key: off.mean() for key, off in biases.items()}
        rows.append(row | {f"slow_{key}": off[slow].mean() for key, off in biases.items()})
    return pd.DataFrame(rows)


def _write_terms(leads: pd.DataFrame) -> np.ndarray:
    return np.column_stack([leads[COLUMNS], *(leads["source"] == name for name in SOURCES)])
