"""Invented companies, in which the chance of every lead is planted: how near does a scorer come to it?

Leads are described as at their first contact; success is the appointment. The newest quarter of the leads whose window
is over is judged, by a scorer that has seen the others. Luck is taken out: AUCs are those expected under the chances.
"""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import pandas as pd
from scipy.special import logit
from scoring_rivals import MODELS, Floats, measure_expected_auc

from saleslab.scoring import LeadTable, build_leads, label_outcomes
from saleslab.simulation import Company, Scenario, load_company, simulate
from saleslab.warehouse import connect

AS_OF = date(2026, 9, 30)
WHO = ("industry", "employees", "region", "title", "seniority")
"""What the leads themselves say of a company and of a person."""


def describe_leads(company: Company) -> LeadTable:
    """Return the leads of a company at their first contact."""
    lab = connect("duckdb://")
    load_company(company, lab, loaded_at=datetime(2026, 10, 1))
    return build_leads(lab, as_of=AS_OF, known_at="contacted", goal="qualified")


def measure_recovery(seed: int, *, n_deals: int = 3_200, rivals: bool = True) -> pd.DataFrame:
    """Return the expected AUC of each model on the newest quarter, and how far it is below the best that can be known.

    The planted chance also rests on what no column tells: whether the caller was still being trained, which script was
    used. ``best that columns tell`` is its projection on those that do: source, wait, seniority, size and caller.
    """
    company = simulate(Scenario(seed=seed, n_deals=n_deals))
    leads = describe_leads(company)
    outcomes = label_outcomes(leads.frame, as_of=AS_OF)
    is_over, won = outcomes.has_whole_window, outcomes.frame["is_won"]
    since = leads.time[is_over].quantile(0.75)
    past, judged = is_over & (leads.time < since).to_numpy(), is_over & (leads.time >= since).to_numpy()
    planted = company.truth.leads.set_index("lead_id")["chance_qualified"]
    chance = planted.reindex(leads.frame.loc[judged, "lead_id"]).to_numpy()
    new = leads.inputs[judged]
    said = {"planted chance": chance, "best that columns tell": _project(chance, new)}
    ways = {"LeadScorer": leads.inputs, "LeadScorer without the lead's own columns": leads.inputs.drop(columns=[*WHO])}
    ways |= dict.fromkeys(list(MODELS)[1:], leads.inputs) if rivals else {}
    for name, inputs in ways.items():
        model = MODELS[name.split(" without")[0]]
        said[name] = model(inputs[past], won[past].to_numpy(dtype=bool), leads.time[past], inputs[judged])
    found = {name: measure_expected_auc(chance, scores) for name, scores in said.items()}
    best = found["best that columns tell"]
    return pd.DataFrame(
        [(seed, n_deals, int(past.sum()), name, auc, best - auc) for name, auc in found.items()],
        columns=["seed", "n_deals", "n_learned", "scores", "auc", "below_best"],
    )


def _project(chance: Floats, leads: pd.DataFrame) -> Floats:
    """Return the log-odds that least squares gives to what columns tell; no outcome is looked at."""
    names = pd.get_dummies(leads[["source", "seniority", "owner"]], dtype=float).to_numpy()
    wait, size = np.log1p(leads["response_hours"].clip(lower=0)), np.log(leads["employees"])
    waits = pd.get_dummies(leads["source"], dtype=float).mul(wait, axis=0)
    terms = np.column_stack([np.ones(len(leads)), names, waits, size])
    return np.asarray(terms @ np.linalg.lstsq(terms, logit(chance), rcond=None)[0])
