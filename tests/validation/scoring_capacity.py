"""One lead in ten can be contacted: what do contacts bring, by what the leads are ranked by? Simulation 2, seeded."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
from scoring_simulations import (
    FEATURES,
    N_LEADS,
    OBSERVED_ON,
    START,
    add_values,
    await_scoring,
    measure_revenue,
    observe,
    pick_best,
    simulate_leads,
)

from saleslab.scoring import LeadScorer, estimate_uplift, label_outcomes, rank_leads


def measure_capacity(seed: int, *, n: int = N_LEADS) -> pd.DataFrame:
    """Return the incremental revenue of the new leads that are picked, in multiples of ranking by chance.

    Chances come from a `LeadScorer` of the leads whose 90 days were over on the day of scoring; ``list`` is the list of
    `rank_leads`, its 5 % of explored leads included. The uplift was learned where contacts had been drawn by lot.
    """
    leads = add_values(simulate_leads(seed=seed, n=n), seed=seed)
    seen, new = observe(leads), await_scoring(leads)
    outcomes = label_outcomes(seen, as_of=START + pd.Timedelta(days=OBSERVED_ON))
    over = outcomes.has_whole_window
    scorer = LeadScorer().fit(
        seen.loc[over, FEATURES],
        outcomes.frame.loc[over, "is_won"].to_numpy(dtype=bool),
        time=seen.loc[over, "created_at"],
    )
    chance, value = scorer.predict_proba(new[FEATURES])[:, 1], new["value_amount"].to_numpy()
    scores = new[["lead_id", "value_amount"]].assign(chance_won=chance)
    listed = rank_leads(scores, capacity=len(new) // 10, as_of=date(2026, 9, 30), seed=seed)
    picked = {
        "chance": pick_best(chance),
        "list: chance x value": new["lead_id"].isin(listed.frame["lead_id"]).to_numpy(),
        "learned uplift x value": pick_best(_learn_uplift(seen, new, seed=seed) * value),
        "true uplift x value": pick_best((new["chance"] - new["chance_uncontacted"]).to_numpy() * value),
        "lot": np.random.default_rng([seed, 9]).permutation(len(new))[: len(new) // 10],
    }
    revenue = {name: measure_revenue(new, rows) for name, rows in picked.items()}
    return pd.DataFrame(
        [(seed, name, brought / revenue["chance"]) for name, brought in revenue.items()],
        columns=["seed", "ranked_by", "times_chance"],
    )


def _learn_uplift(seen: pd.DataFrame, new: pd.DataFrame, *, seed: int) -> np.ndarray:
    rng = np.random.default_rng([seed, 8])
    contacted = rng.random(len(seen)) < 0.5
    won = rng.random(len(seen)) < np.where(contacted, seen["chance"], seen["chance_uncontacted"])
    value = seen["value_amount"]
    return np.asarray(
        estimate_uplift(seen[FEATURES], contacted, won, value=value, share=0.1, propensity=0.5).predict(new[FEATURES])
    )
