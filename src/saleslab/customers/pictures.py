"""Title, caption and text alternative of the pictures of this room, and the tables behind them."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from saleslab.customers.cohorts import RepeatPurchase
from saleslab.customers.concentration import Concentration
from saleslab.wording import Count, Number, PictureWords, Share, Text, say


def name_columns(*names: str) -> Mapping[str, Text]:
    """Return the headings of some columns.

    Examples
    --------
    >>> name_columns("cohort")["cohort"].ja
    '初回購入'
    """
    return {name: say(f"customers.columns.{name}") for name in names}


def say_gap(question: str) -> Text:
    """Return why a question (``cohorts``, ``concentration``) has no answer in these data."""
    return say(f"customers.gap.{question}")


def describe_cohorts(answer: RepeatPurchase) -> PictureWords:
    """Return the words of the picture of repeat purchase."""
    grain, known = answer.cohorts[0].period.grain, tell_returns(answer)
    return {
        "title": say("customers.cohorts.title"),
        "caption": say(f"customers.cohorts.caption.{grain}", known=known),
        "alt": say("customers.cohorts.alt", n=len(answer.cohorts), n_customers=answer.n_customers, known=known),
    }


def tell_returns(answer: RepeatPurchase) -> Text:
    """Return in a sentence how many customers buy again within a year, or that it is too early to say."""
    share = answer.returned_within({"month": 12, "quarter": 4, "year": 1}[answer.cohorts[0].period.grain])
    if share is None:
        return say("customers.cohorts.too_early")
    return say("customers.cohorts.within_year", share=Share(share, 0))


def tell_concentration(answer: Concentration) -> Text:
    """Return in a sentence how many customers bring half of the money."""
    return say("customers.concentration.told", n_half=answer.n_for_half, n=answer.n_customers)


def tabulate_cohorts(answer: RepeatPurchase) -> pd.DataFrame:
    """Return one row a cohort and age: ``cohort, n_customers, age, n_returned, share, low, high``.

    Ages that are not over have no row.
    """
    rows = [
        {
            "cohort": cohort.period,
            "n_customers": Count(cohort.n_customers),
            "age": Count(cell.age),
            "n_returned": Count(cell.n_returned),
            "share": Share(cell.share.estimate, 0),
            "low": Share(cell.share.low, 0),
            "high": Share(cell.share.high, 0),
        }
        for cohort in answer.cohorts
        for cell in cohort.cells
        if cell.share is not None and cell.n_returned is not None
    ]
    columns = ["cohort", "n_customers", "age", "n_returned", "share", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def describe_concentration(answer: Concentration) -> PictureWords:
    """Return the words of the picture of concentration."""
    first = Share(answer.top_shares[1], 0) if 1 in answer.top_shares else Share(1.0, 0)
    words = {
        "n_half": answer.n_for_half,
        "n_most": answer.n_for_four_fifths,
        "n": answer.n_customers,
        "first": first,
        "equal": Number(answer.equal_customers, 0),
    }
    return {
        "title": say("customers.concentration.title"),
        "caption": say("customers.concentration.caption", **words),
        "alt": say("customers.concentration.alt", **words),
    }


def tabulate_concentration(answer: Concentration) -> pd.DataFrame:
    """Return the common share of the largest 1, 5, 10 and 20 customers: ``largest, share``."""
    rows = [{"largest": Count(n), "share": Share(share)} for n, share in answer.top_shares.items()]
    rows.append({"largest": Count(answer.n_customers), "share": Share(1.0)})
    return pd.DataFrame(rows)
