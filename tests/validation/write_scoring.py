"""Writes docs/validation/scoring.md: what was measured of the room `scoring`, on real calls and in invented worlds.

python tests/validation/write_scoring.py [SHARE] [FILE]    SHARE of the full number of runs, 1 by default

Public data are read from ``../shared/data``. Every table is seeded; none of them depends on a clock.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from pages import Table, run_from_shell
from promises import Promise
from scoring_calls import measure_few_calls, measure_retraining, measure_splits, summarise_few_calls
from scoring_capacity import measure_capacity
from scoring_companies import measure_recovery
from scoring_funnels import OLIST_DAYS, measure_maven, measure_noise, measure_olist
from scoring_rivals import MODELS
from scoring_simulations import measure_label_delay

PAGE = Path(__file__).resolve().parents[2] / "docs" / "validation" / "scoring.md"
INTRODUCTION = """# What was measured of `saleslab.scoring`

`make validate-scoring` writes this page anew. A model is judged on leads that came after those it learned from, beside
a plain logit (every column, nothing tuned) and LightGBM as it comes. No model is chosen on what it is judged on. The
way to learn and to choose is another matter: it was changed after some of these tables had been seen, and they say so.
"""


def average_capacity(runs: int) -> pd.DataFrame:
    """Return simulation 2: the mean over seeds, and the worst seed."""
    seeds = pd.concat([measure_capacity(seed) for seed in range(runs)])
    found = seeds.groupby("ranked_by", sort=False)["times_chance"].agg(["mean", "min", "max"])
    return found.reset_index().rename(columns={"mean": "times_chance", "min": "worst_seed", "max": "best_seed"})


def average_delay(runs: int) -> pd.DataFrame:
    """Return simulation 1: mean biases over seeds, and the largest of one seed."""
    seeds = pd.concat([measure_label_delay(seed=seed) for seed in range(runs)])
    found = seeds.groupby("method", sort=False)[["truth", "bias", "bias_180", "slow_bias", "slow_bias_180"]].mean()
    found["largest_bias"] = seeds.assign(size=seeds["bias"].abs()).groupby("method", sort=False)["size"].max()
    return found.reset_index()


def join_recoveries(runs: int) -> pd.DataFrame:
    """Return how near each model comes to the planted chance, over invented companies."""
    seeds = pd.concat([measure_recovery(seed) for seed in range(7, 7 + runs)])
    found = seeds.groupby("scores", sort=False)[["auc", "below_best"]].mean()
    found["farthest_below"] = seeds.groupby("scores", sort=False)["below_best"].max()
    return found.reset_index()


CALLS, WORLDS, FUNNELS = "41,188 real sales calls", "Invented worlds", "Where a model must not be used"
OURS = "model == 'LeadScorer'"

TABLES = (
    Table(
        CALLS,
        "One split",
        "The same model family looks good on calls of the same weeks and poor on later ones. Issue 4 asks for .797 and "
        ".755; FLAML reached .799 and .678 in 60 s, AutoGluon .797 and .754 in 90 s. More than 50 forms of the model "
        "were compared on these calls, most for the lists below: take the last quarter as the best of what was tried. "
        "Forms that were better in every invented company fell to .72 there.",
        "A price change or a campaign that starts within the last quarter: whatever was learned before it.",
        1,
        lambda _: measure_splits(),
        (
            Promise(("auc",), 0.797, 1, f"{OURS} and test == 'a quarter at random'", " at random"),
            Promise(("auc",), 0.755, 1, f"{OURS} and test == 'the last quarter'", " in the last quarter"),
        ),
    ),
    Table(
        CALLS,
        "Trained anew before every list",
        "Learned from the last 20,000 calls, asked about the next 1,000, 22 times. `per_list`: AUC within a list, as a "
        "caller sees it; `captured`: share of the sales in the better half. Moro, Cortez, Rita (2014) report an "
        "AUC of .80 and .79 captured, with private columns. The choice once took two standard errors for sure, though "
        "they come from five windows, and reached an AUC of .778; Student's range replaced them. The same 50 forms "
        "were compared on these lists, so the last digits flatter.",
        "A list much longer than a few weeks of calls; a column that changes its meaning.",
        1,
        lambda _: pd.concat([measure_retraining(name) for name in MODELS]),
        (
            Promise(("auc",), 0.78, 1, OURS, " of LeadScorer"),
            Promise(("per_list",), 0.60, 1, OURS, " of LeadScorer"),
            Promise(("captured",), 0.81, 1, OURS, " of LeadScorer"),
            Promise(("log_loss",), 0, 0.386, OURS, " of LeadScorer"),
        ),
    ),
    Table(
        CALLS,
        "Forty that sold and forty that did not",
        "All other calls are sorted. `held`: the 95 % interval shown with the model holds the AUC on them. On noise, "
        "the same calls are given outcomes by lot: one model in twenty may then call itself `ready`. Of 160 draws, "
        "the first 60 and those from 100 to 199, .956 held and .044 called noise `ready` (.067 of the first 60 alone). "
        "With a third of the variance that a column may have in its logit the AUC was higher by .01, and .050 called "
        "noise `ready`.",
        "Calls that are not drawn from those to be sorted, such as only those that one person remembers.",
        20,
        lambda n: summarise_few_calls(measure_few_calls(range(n))),
        (
            Promise(("mean",), 0.85, 1, "what == 'held'", " of `held`"),
            Promise(("mean",), 0, 0.05, "what == 'ready on noise'", " of `ready on noise`"),
        ),
    ),
    Table(
        WORLDS,
        "How near to the planted chance",
        "Default invented companies, described at the first contact; AUC as expected under the planted chances, so "
        "that no luck is left. `below_best`: distance to the best that the columns can tell; issue 4 asks for .01. "
        "Numbers that spread over magnitudes (waits, employees) are read by their logarithm since this was first seen. "
        "It was .0128 before each column's say was learned, and before the sturdiest model gave way to the simplest "
        "where windows agree; both were chosen on the companies of seeds 21 to 26 (.0063 there), these are those of 7 "
        "to 10.",
        "Fewer leads: with a fifth of the deals the distance is about twice as large.",
        4,
        join_recoveries,
        (Promise(("below_best",), -0.005, 0.01, "scores == 'LeadScorer'", " of LeadScorer"),),
    ),
    Table(
        WORLDS,
        "Wins that show late",
        "Simulation 1: 60,000 leads, observed on day 300; bias of the mean chance of the leads that come after it. "
        "`slow_`: the two sources whose wins take 60 days on average.",
        "Delays that grow in the last weeks, and wins later than the horizon.",
        4,
        average_delay,
        (Promise(("bias", "bias_180", "largest_bias"), -0.010, 0.010, "method == 'hazard'", " of the hazard"),),
    ),
    Table(
        WORLDS,
        "Few contacts",
        "Simulation 2: one lead in ten can be contacted; incremental revenue in multiples of ranking by chance.",
        "Values that are guesses: the list is worth what `value_amount` is worth. Uplift needs contacts drawn by lot.",
        3,
        average_capacity,
        (Promise(("times_chance",), 2.2, 9, "ranked_by == 'list: chance x value'", " of the list"),),
    ),
    Table(
        FUNNELS,
        "A CRM without a signal (Maven)",
        "Won against lost, described when the deal was created, and with what is written when it closes.",
        "Nothing that was found; with the columns of closing the model looks perfect, and `find_leaks` blocks it.",
        1,
        lambda _: measure_maven(),
        (
            Promise(("low",), 0, 0.5, "columns == 'known when created'", " at creation"),
            Promise(("high",), 0.5, 1, "columns == 'known when created'", " at creation"),
        ),
    ),
    Table(
        FUNNELS,
        "Leads that are still open (Olist)",
        "Trained on a day on leads whose 90 days were over; `share_censored` of all leads had no outcome yet; they "
        "are judged (`later_auc`) when their 90 days are over too. A model that is not `ready` gives no list.",
        "Few wins: here a plain logit sorts the later leads better, and no verdict is `ready`.",
        len(OLIST_DAYS),
        lambda n: pd.concat([measure_olist(day) for day in OLIST_DAYS[-n:]]),
    ),
    Table(
        FUNNELS,
        "Noise",
        "Five columns that have nothing to do with the outcome, three leads in ten won.",
        "Columns tried by the hundred and chosen by their AUC before they get here.",
        60,
        measure_noise,
        (Promise(("ready",), 0, 0.05),),
    ),
)


if __name__ == "__main__":
    run_from_shell(INTRODUCTION, TABLES, PAGE)
