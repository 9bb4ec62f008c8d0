"""Which purchase models there are, and how regularly these customers buy."""

from __future__ import annotations

from saleslab.customers.purchases.beta_geometric import BetaGeometric
from saleslab.customers.purchases.fits import PurchaseFit, PurchasePrior, fit_purchases
from saleslab.customers.purchases.groups import PurchaseGroups
from saleslab.customers.purchases.models import PurchaseModel
from saleslab.customers.purchases.nbd import NBD
from saleslab.customers.purchases.pareto import ParetoNBD
from saleslab.customers.purchases.regularity import MOST_STEPS, Regular
from saleslab.errors import BadArgument, TableError

MODELS = ("nbd", "bgnbd", "mbgnbd", "pareto_nbd", "mbgcnbd_k")
"""Names of the models, the simplest first."""

_MOST_TRIED = 20_000


def find_model(name: str, groups: PurchaseGroups, prior: PurchasePrior | None = None) -> PurchaseModel:
    """Return a model by its name; of the regular one, with the number of steps that fits best.

    Raises
    ------
    BadArgument
        When there is no such model.
    """
    fixed: dict[str, PurchaseModel] = {
        "nbd": NBD(),
        "bgnbd": BetaGeometric(may_leave_at_once=False),
        "mbgnbd": BetaGeometric(may_leave_at_once=True),
        "pareto_nbd": ParetoNBD(),
    }
    if name in fixed:
        return fixed[name]
    if name != "mbgcnbd_k":
        raise BadArgument(f"There is no purchase model {name!r}.", f"give 'auto' or one of {', '.join(MODELS)}.")
    return Regular(find_steps(groups, prior))


def find_steps(groups: PurchaseGroups, prior: PurchasePrior | None = None) -> int:
    """Return how many steps a purchase takes, by the highest likelihood: 1 where customers buy at random.

    Raises
    ------
    TableError
        When nobody counted ``log_gaps``: regularity cannot be seen without the times between purchases.
    """
    if groups.log_gaps is None:
        raise TableError(
            "The summary has no column 'log_gaps', so how regularly customers buy is not known.",
            "make the summary with count_purchases, or choose another model than 'mbgcnbd_k'.",
        )
    part = groups.take(slice(None, None, len(groups) // _MOST_TRIED + 1))
    # of the part's own times only the sum over all customers is known; it is shared out by purchases
    share = float(part.n_customers @ part.n_repeats / (groups.n_customers @ groups.n_repeats))
    part = PurchaseGroups(part.n_repeats, part.recency, part.age, part.n_customers, groups.log_gaps * share)
    best: PurchaseFit | None = None
    for k in range(1, MOST_STEPS + 1):
        fit = fit_purchases(Regular(k), part, prior)
        if fit.fault is not None or (best is not None and fit.log_likelihood <= best.log_likelihood):
            break
        best = fit
    return best.model.k if best is not None and isinstance(best.model, Regular) else 1
