"""The numbers of a readout as tables of typed cells, each with its headings in English and Japanese."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from saleslab.experiments.answers import LIFT_LEVELS
from saleslab.experiments.findings import name_segment
from saleslab.experiments.readout import Readout
from saleslab.experiments.telling import name_assumption, write_level, write_lift
from saleslab.wording import Count, Money, Number, Share, Text, say

if TYPE_CHECKING:
    import pandas as pd

    from saleslab.experiments.prices import PriceResponse
    from saleslab.experiments.samples import SamplePlan


def name_columns(*names: str) -> Mapping[str, Text]:
    """Return the headings of some columns, for `reporting.table` and `reporting.figure`.

    Examples
    --------
    >>> name_columns("arm")["arm"].ja
    '群'
    """
    return {name: say(f"experiments.columns.{name}") for name in names}


def tabulate_arms(readout: Readout) -> pd.DataFrame:
    """Return what is known of each arm: ``arm, recorded_as, n_units, observed, level, low, high, chance_best``."""
    import pandas as pd

    kind, currency = readout.measured, readout.trial.currency
    rows = [
        {
            "arm": readout.trial.name_arm(one.arm),
            "recorded_as": Text.same(one.arm),
            "n_units": Count(one.n),
            "observed": write_level(one.mean, kind, currency),
            "level": write_level(one.posterior_mean, kind, currency),
            "low": write_level(one.interval.low, kind, currency),
            "high": write_level(one.interval.high, kind, currency),
            "chance_best": Share(one.chance_best),
        }
        for one in readout.comparison.arms
    ]
    return pd.DataFrame(rows)


def tabulate_assumptions(readout: Readout) -> pd.DataFrame:
    """Return the contrast of the decision under each assumption: ``assumption, chance_better, lift, low, high``."""
    import pandas as pd

    best = readout.best
    told = [("own", best.chance_better, best.interval)]
    told += [(one.assumption, one.chance_better, one.interval) for one in best.sensitivity]
    rows = [
        {"assumption": name_assumption(name), "chance_better": Share(chance), **_lifts(readout, interval)}
        for name, chance, interval in told
    ]
    return pd.DataFrame(rows)


def _lifts(readout: Readout, interval: Any) -> dict[str, Any]:
    ends = {"lift": interval.estimate, "low": interval.low, "high": interval.high}
    return {name: write_lift(value, readout.measured, readout.trial.currency) for name, value in ends.items()}


def tabulate_posterior(readout: Readout) -> pd.DataFrame:
    """Return the posterior of the lift: ``quantile, lift``."""
    import pandas as pd

    quantiles = zip(LIFT_LEVELS, readout.best.lift_quantiles, strict=True)
    kind, currency = readout.measured, readout.trial.currency
    return pd.DataFrame([{"quantile": Share(level), "lift": write_lift(q, kind, currency)} for level, q in quantiles])


def tabulate_path(readout: Readout) -> pd.DataFrame:
    """Return what was to be seen at each look: ``look, n_units, lift, low, high, chance_better, evidence, loss``."""
    import pandas as pd

    rows = []
    for sight in readout.path:
        one = sight.contrast
        loss = write_lift(one.expected_loss, readout.measured, readout.trial.currency)
        rows.append(
            {
                "look": sight.look,
                "n_units": Count(sight.n),
                **_lifts(readout, one.interval),
                "chance_better": Share(one.chance_better),
                "evidence": Number(min(one.e_value, 1e6)),
                "loss": loss if one.monthly_loss is None else Money(one.monthly_loss, readout.trial.currency),
            }
        )
    return pd.DataFrame(rows)


def tabulate_groups(readout: Readout) -> pd.DataFrame:
    """Return the lift by segment: ``group, n_control, n_treatment, lift, low, high, chance_better``."""
    import pandas as pd

    assert readout.groups is not None
    rows = [
        {
            "group": name_segment(one.group),
            "n_control": Count(one.n_control),
            "n_treatment": Count(one.n_treatment),
            **_lifts(readout, one.interval),
            "chance_better": Share(one.chance_better),
        }
        for one in readout.groups.groups
    ]
    return pd.DataFrame(rows)


def tabulate_prices(answer: PriceResponse, *, currency: str = "JPY") -> pd.DataFrame:
    """Return the prices tried: ``price, n_offers, n_sold, share, profit, low, high``."""
    import pandas as pd

    rows = [
        {
            "price": write_level(one.price, "amount", currency),
            "n_offers": Count(one.n_offers),
            "n_sold": Count(one.n_sold),
            "share": Share(one.share.estimate),
            "profit": write_level(one.profit.estimate, "amount", currency),
            "low": write_level(one.profit.low, "amount", currency),
            "high": write_level(one.profit.high, "amount", currency),
        }
        for one in answer.prices
    ]
    return pd.DataFrame(rows)


def tabulate_assurance(answer: SamplePlan) -> pd.DataFrame:
    """Return the curve of the planner: ``n_units, weeks, chance_ship, chance_futile, chance_decided``."""
    import pandas as pd

    rows = [
        {
            "n_units": Count(int(row["n_units"])),
            "weeks": Number(float(row["weeks"])),
            "chance_ship": Share(float(row["chance_ship"])),
            "chance_futile": Share(float(row["chance_futile"])),
            "chance_decided": Share(float(row["chance_decided"])),
        }
        for row in answer.curve.to_dict("records")
    ]
    return pd.DataFrame(rows)
