"""Writes docs/validation/customers.md: what was measured of the rooms `customers` and `segmentation`.

python tests/validation/write_customers.py [SHARE] [FILE]    SHARE of the full number of runs, 1 by default

CDNOW is read from ``../shared/data``. Every table is seeded; none of them depends on a clock. Speeds are those of
``tests/bench/bench_customers.py``, ``bench_offers.py`` and ``bench_segmentation.py``.
"""

from __future__ import annotations

from pathlib import Path

from customers_cdnow import compare_forms, compare_published, cover_customers
from customers_cdnow import cover_totals as cover_cdnow_totals
from customers_health import find_slipping, rate_companies
from customers_offers import cover_offers, cover_whitespace, find_planted
from customers_posterior import compare_nuts, weigh_draws
from customers_segments import judge_crowds
from customers_worlds import cover_amounts, cover_retention, cover_sums, cover_totals
from feedback_words import compare_words
from pages import Table, run_from_shell
from promises import Promise

PAGE = Path(__file__).resolve().parents[2] / "docs" / "validation" / "customers.md"
INTRODUCTION = """# What was measured of `saleslab.customers` and `saleslab.segmentation`

`make validate-customers` writes this page anew. The numbers promised are those of issue 5, or follow from what a range
says of itself; where a table has no promise, its text says what to expect. What is not kept is printed as such.
"""


CDNOW, WORLDS, OFFERS, HEALTH = "CDNOW", "Invented customers", "Segments, offers and words", "Health"
NOISE = "crowd == 'all noise'"

TABLES = (
    Table(
        CDNOW,
        "Published parameters",
        "The 1/10 sample to 1997-09-30, and two published cohorts of contracts. `parameters_off`: the farthest "
        "from the "
        "published value, which has three decimals and more; Pareto/NBD's beta is printed as 11.668 in the issue and "
        "11.669 in the paper.",
        "A file with same-day purchases not merged.",
        1,
        lambda _: compare_published(),
        (
            Promise(("parameters_off",), 0, 0.001),
            Promise(("likelihood_off",), 0, 0.001, "not model.str.startswith('beta')"),
            Promise(("likelihood_off",), 0, 0.05, "model.str.startswith('beta')", " (published to one decimal)"),
        ),
    ),
    Table(
        CDNOW,
        "Ranges of single customers",
        "Forecasts of 39 weeks for 2,357 customers. Counts are whole, so a range holds at least what it says.",
        "Customers who change their pace all at once: a range of one customer knows nothing of a common change.",
        1,
        lambda _: cover_customers(),
        (Promise(("in_90%", "amounts_in_90%"), 0.90, 0.96),),
    ),
    Table(
        CDNOW,
        "The total of all 23,570 customers",
        "The interval that believes the model is far from what came; the other allows for how far the model "
        "was off from "
        "three past days.",
        "A change larger than any in the past.",
        1,
        lambda _: cover_cdnow_totals(),
        (Promise(("held",), 1, 1),),
    ),
    Table(
        CDNOW,
        "Units, order, ids",
        "Forecasts from days, weeks and months, largest relative difference; and whether parameters keep every "
        "bit when "
        "rows are shuffled and customers renamed.",
        "Nothing that was found.",
        1,
        lambda _: compare_forms(),
        (Promise(("units_apart",), 0, 1e-6), Promise(("same_bits",), 1, 1)),
    ),
    Table(
        CDNOW,
        "What a posterior's draws are worth",
        "4,000 draws weighted by importance.",
        "Histories so few that the posterior is no bell; `ess_share` then says so.",
        5,
        lambda n: weigh_draws(range(n)),
        (Promise(("worst_share",), 0.8, 1),),
    ),
    Table(
        CDNOW,
        "Beside NUTS",
        "BG/NBD drawn by PyMC from the same prior. Means and standard deviations of the logarithms of the parameters; "
        "`_errors`: how many Monte Carlo errors apart, at the most over seeds.",
        "Nothing that was found.",
        2,
        lambda n: compare_nuts(range(n)),
        (Promise(("mean_errors", "sd_errors"), 0, 3),),
    ),
    Table(
        WORLDS,
        "Totals of 1,500 customers",
        "From day 540, half a year ahead, by MBG/NBD whose world it is; then with a pace of all that changes "
        "on that day.",
        "A change that no past day has shown: then no interval holds, and this table says how seldom.",
        40,
        cover_totals,
        (Promise(("in_interval",), 0.87, 1, "what == 'nothing changes'", " where nothing changes"),),
    ),
    Table(
        WORLDS,
        "Amounts of single customers",
        "2,000 customers; 90 % ranges of what each brings in half a year, 0 included.",
        "Amounts with other tails than Gamma or log-normal.",
        10,
        cover_amounts,
        (Promise(("in_range", "worst_run"), 0.90, 0.97),),
    ),
    Table(
        WORLDS,
        "Sums of new purchases where frequent buyers spend more",
        "`luck`: coefficient of variation of one purchase. Of 4,000 customers a run, sums of one to four "
        "purchases. The sum "
        "was taken for log-normal before, and 87.8 % were in the range for a luck of .6, 77 % for 1.5. Where luck is "
        "small beside what is each customer's own, luck is estimated too large, and the range a little too wide.",
        "Purchases of one customer that are not Gamma.",
        10,
        cover_sums,
        (Promise(("in_range",), 0.89, 0.92, "luck >= 0.6", " from a luck of .6"),),
    ),
    Table(
        WORLDS,
        "NRR and GRR by the number of customers",
        "A company that keeps 88 of 100 customers of very unequal size; how often the 90 % interval holds the "
        "truth. Below "
        "100 customers no interval is told.",
        "One customer who brings a tenth of the money or more.",
        400,
        lambda n: cover_retention((100, 150, 300, 1_000, 3_000), n),
        (Promise(("nrr_held", "grr_held"), 0.85, 0.95),),
    ),
    Table(
        OFFERS,
        "Crowds without groups",
        "Forty crowds of 250 of each kind, and ten of each with four planted groups.",
        "Values on few steps with a planted gap: then there are groups.",
        40,
        judge_crowds,
        (
            Promise(("constructed",), 0.95, 1, NOISE, " of noise"),
            Promise(("natural",), 0.9, 1, "crowd.str.contains('spread 0.5|spread 1')", " of groups that lie apart"),
        ),
    ),
    Table(
        OFFERS,
        "Planted offers",
        "400 accounts, six pairs of products of which one brings the other. `planted_offered`: share of the "
        "accounts that "
        "lack the other one and are offered it; `_beats`: the list is said to beat every simple list; "
        "`noise_no_better`: "
        "of purchases by lot it is said to be no better.",
        "Pairs seen fewer than some ten times.",
        10,
        find_planted,
        (Promise(("mean",), 0.9, 1, "what in ['planted_offered', 'noise_no_better']"),),
    ),
    Table(
        OFFERS,
        "What offers promise, and what came",
        "The same accounts half a year on. `tenths_held`: of the tenths of offers by their chance, the share "
        "in which what came lies within the mean range and its luck. New products were promised too often "
        "(.168 for .106, and cells that were not offered too, .075 for .058, so that choosing the best was "
        "not the reason): scores grow with all that accounts have bought, so that the same score meant less "
        "at each later day; now its place among the scores of its day is read. Re-orders were promised too "
        "seldom (.148 for .178), since chances were those of a model learnt from less; what is still missing "
        "are products bought now and then by lot, which have no pace.",
        "A half-year unlike both that were learned from.",
        10,
        cover_offers,
        (Promise(("tenths_held",), 0.9, 1, "kind == 'new'", " of new products"),),
    ),
    Table(
        OFFERS,
        "Ranges of white space",
        "Two kinds of accounts that buy their own families with one chance and the others with another. "
        "`held`: the range "
        "of the share among accounts alike holds the planted chance of the account's own kind. Where the kinds "
        "overlap, "
        "accounts alike are of both kinds, and the range is one of that mixture: it must not be read as the "
        "account's own "
        "chance, which one yes or no a family does not tell; the page says so. `wrong_gaps`: called a gap though the "
        "account's kind buys the family no more than all do.",
        "Kinds that their purchases hardly tell apart.",
        10,
        cover_whitespace,
        (
            Promise(("held",), 0.85, 1, "own_against_others == '0.4 against 0.4'", " where all are alike"),
            Promise(("wrong_gaps",), 0, 0.05),
        ),
    ),
    Table(
        OFFERS,
        "Japanese comments: words or runs of letters",
        "The same few-label model on both, over ways to deal folds.",
        "Comments in a jargon that the dictionary does not have.",
        20,
        compare_words,
    ),
    Table(
        HEALTH,
        "Planted chances to leave, over seeds",
        "Companies of 20,000 deals. `auc` is that on later customers, beside the days since contact alone; "
        "`off` the mean "
        "chance less what happened; `of_truth` how the ratings sort by a planted chance above the median "
        "(contracts), or by "
        "having left (buyers); `off_truth` the mean chance less the planted one. What counts as lost for a "
        "buyer was chosen "
        "on seed 7.",
        "Fewer customers: with a third of the deals contracts are `no_signal`, and nobody is told apart.",
        4,
        lambda n: rate_companies((7, 8, 9, 10)[:n]),
        (Promise(("off_truth",), -0.03, 0.03, "kind == 'contract'", " of contracts"),),
    ),
    Table(
        HEALTH,
        "Who is slipping away, by how far the chance must have fallen",
        "A customer is listed where the chance to be there fell by a tenth or more within half a year; chosen "
        "on seed 7.",
        "Customers who buy seldom: their chance falls slowly, and they are gone before it has.",
        5,
        lambda n: find_slipping((7, 8, 9, 10, 11)[:n]),
    ),
)


if __name__ == "__main__":
    run_from_shell(INTRODUCTION, TABLES, PAGE)
