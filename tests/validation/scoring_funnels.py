"""Where a model must not be used: a CRM without a signal (Maven), leads still open (Olist), and noise.

Read from ``../shared/data``. Each function returns a small frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from scoring_rivals import MODELS
from sklearn.metrics import roc_auc_score

from saleslab.scoring import LeadScorer, find_leaks, label_outcomes, read_lead_file, read_lead_map
from saleslab.scoring.leads.features import KnownAt

DATA = Path(__file__).resolve().parents[3] / "shared/data"
OLIST = DATA / "olist_funnel/olist_marketing_qualified_leads_dataset.csv"
MAVEN = DATA / "maven_crm/sales_pipeline.csv"
OLIST_DAYS = (date(2018, 3, 31), date(2018, 4, 30), date(2018, 5, 31))
OLIST_END = date(2018, 11, 14)
"""Last day on which a win of a lead is on record."""


def measure_olist(as_of: date, *, models: Sequence[str] = tuple(MODELS)) -> pd.DataFrame:
    """Return what a scorer says that is trained on a day, and what came of the leads that were open then.

    It learns from leads whose 90 days are over; ``low`` and ``high`` are the interval of the AUC that it shows.
    ``later_auc`` is the AUC on the leads of the 90 days before, once their own 90 days are over.
    """
    leads = read_lead_file(OLIST, read_lead_map("olist"))
    frame, inputs, created = leads.frame, leads.inputs, pd.to_datetime(leads.frame["created_at"])
    is_possible = ~(pd.to_datetime(frame["won_at"]) < created)  # one lead is said to be won before it came
    here = (is_possible & (created < pd.Timestamp(as_of) + pd.Timedelta(days=1))).to_numpy()
    seen = label_outcomes(frame[here], as_of=as_of)
    in_the_end = label_outcomes(frame[here], as_of=OLIST_END)
    over, won = seen.has_whole_window, in_the_end.frame["is_won"].to_numpy(dtype=bool)
    inputs, created = inputs[here], created[here]
    rows = []
    for name in models:
        chance = MODELS[name](inputs[over], won[over], created[over], inputs[~over])
        rows.append({"as_of": str(as_of), "model": name, "later_auc": roc_auc_score(won[~over], chance)})
    scorer = LeadScorer().fit(inputs[over], won[over], time=created[over])
    shown = {
        "n_learned": int(over.sum()),
        "share_censored": seen.share_censored,
        "verdict": scorer.verdict_,
        "shown_auc": scorer.forward_auc_.estimate,
        "low": scorer.forward_auc_.low,
        "high": scorer.forward_auc_.high,
    }
    return pd.DataFrame(rows).assign(**shown)


def measure_maven(moments: Sequence[KnownAt] = ("created", "closed")) -> pd.DataFrame:
    """Return what each column set of Maven's closed deals is worth, with and without what is written at closing."""
    rows = []
    for known_at in moments:
        deals = read_lead_file(MAVEN, read_lead_map("maven"), known_at=known_at)
        closed = deals.frame["is_won"].notna().to_numpy() & ~deals.frame["is_open"].to_numpy(dtype=bool)
        won = deals.frame.loc[closed, "is_won"].to_numpy(dtype=bool)
        inputs, time = deals.inputs[closed], deals.time[closed]
        judged = find_leaks(inputs, won, time=time, groups=deals.groups[closed])
        scorer = LeadScorer().fit(inputs, won, time=time)
        blocked = sorted(judged.loc[judged["verdict"] == "block", "column"])
        rows.append(
            {
                "columns": f"known when {known_at}",
                "n_deals": len(won),
                "verdict": scorer.verdict_,
                "auc": scorer.forward_auc_.estimate,
                "low": scorer.forward_auc_.low,
                "high": scorer.forward_auc_.high,
                "blocked": ", ".join(blocked) or "none",
            }
        )
    return pd.DataFrame(rows)


def measure_noise(runs: int, *, n: int = 3_000, seed: int = 7) -> pd.DataFrame:
    """Return the verdicts on columns that have nothing to do with the outcome, as shares of the runs."""
    rows = []
    for size in (80, 400, n):
        rng, verdicts = np.random.default_rng([seed, size]), []
        for _ in range(runs):
            leads = pd.DataFrame(rng.normal(size=(size, 4)), columns=list("abcd"))
            leads["source"] = rng.choice(["web", "fair", "partner"], size)
            verdicts.append(LeadScorer().fit(leads, rng.random(size) < 0.3, time=np.arange(size)).verdict_)
        shares = pd.Series(verdicts).value_counts(normalize=True)
        row = {verdict: float(shares.get(verdict, 0.0)) for verdict in ("ready", "drifting", "too_small", "no_signal")}
        rows.append({"n_leads": size, "runs": runs} | row)
    return pd.DataFrame(rows)
