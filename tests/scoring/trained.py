"""Small trained scorers that several test files share: training one takes a second."""

from functools import cache

import numpy as np
import pandas as pd

from saleslab.scoring import LeadScorer


@cache
def invent_leads(n=900):
    """Return leads and whether each was won; the product of two columns is what trees find and a logit does not."""
    lot = np.random.default_rng(0)
    leads = pd.DataFrame({f"signal_{at}": lot.normal(size=n) for at in range(3)})
    leads["signal_2"] = leads["signal_2"].where(lot.random(n) > 0.2)
    leads["source"] = pd.array(lot.choice(["web", "展示会", "phone"], n), dtype="str")
    log_odds = -0.5 + 2 * leads["signal_0"] * leads["signal_1"] + 0.5 * (leads["source"] == "web")
    return leads, (lot.random(n) < 1 / (1 + np.exp(-log_odds))).astype(int)


@cache
def train_scorer(seed=0):
    """Return a scorer of trees."""
    leads, won = invent_leads()
    return LeadScorer(seed=seed).fit(leads, won, time=np.arange(len(won)))


@cache
def train_plain_scorer():
    """Return a scorer without a signal to find: it says no more than the share won."""
    leads, _ = invent_leads()
    return LeadScorer().fit(leads[["signal_2"]], np.random.default_rng(1).random(len(leads)) < 0.2)


def name_trees():
    """Return the name of the scorer's text of trees."""
    (name,) = train_scorer().get_state()[1]
    return name
