"""How much model do the data carry? Three rungs: the base rate, a regularised logit, small trees.

Each rung gives log-odds that are a sum over columns, so a reason can be read off any of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import lightgbm
import numpy as np
from scipy.special import logit as to_log_odds
from sklearn.linear_model import LogisticRegression

from saleslab.scoring.leads.columns import Columns, Floats
from saleslab.scoring.model.encoding import Encoding
from saleslab.scoring.model.tree_tables import TreeTables, write_tables
from saleslab.stats.shrunk_logits import learn_logit
from saleslab.stats.threads import count_threads, on_one_thread

RungName = Literal["prior", "logit", "trees"]
RUNGS: tuple[RungName, ...] = ("prior", "logit", "trees")

_VARIANCE = 0.3
"""Prior variance of the effect of one standard deviation, or of one name; where it is learned, the largest."""
_FEW_TERMS = 400
"""Terms up to which Newton's method is the fastest, and a variance is learned for each column."""
_MOST_ROWS_OF_LOGIT = 100_000
"""A logit of some hundred terms learns nothing from more rows; they are drawn evenly."""
_CHUNK = 50_000
"""Rows whose terms are held at once."""
_ALONE, _ALONE_IN_TRAINING = 2_000, 50_000
"""Rows up to which one thread scores, and learns; a model is the same to the last bit however many there are."""
_TREES = {
    "objective": "binary",
    "num_leaves": 15,
    "learning_rate": 0.03,
    "cat_smooth": 50,
    "cat_l2": 50,
    "deterministic": True,
    "force_row_wise": True,
    "verbose": -1,
}
_N_TREES = 200
_ROWS_FOR_TABLES = 20_000
"""Rows that repay the writing of tables, some tenths of a second for 500 trees."""
_ROWS_OF_A_LEAF = (20, 100)
"""Fewest rows of a leaf, on few rows and on many."""


@dataclass(frozen=True, slots=True)
class Logit:
    """A logit on standardised numbers and one 0/1 for each name.

    Attributes
    ----------
    encoding
        How its columns are read.
    slopes, centres
        For each term: log-odds for a step of one, and the value of an average row.
    base
        Log-odds of an average row.
    """

    encoding: Encoding
    slopes: Floats
    centres: Floats
    base: float

    def weigh(self, columns: Columns) -> Floats:
        """Return what each column adds to each row's log-odds, then the base."""
        owners, n = self.encoding.owners, len(self.encoding.plans)
        weights = np.zeros((columns.n_rows, n + 1))
        starts = np.flatnonzero(np.r_[True, np.diff(owners) > 0])[: len(owners)]
        for start in range(0, columns.n_rows, _CHUNK):
            rows = np.arange(start, min(start + _CHUNK, columns.n_rows))
            added = (self.encoding.write_terms(columns.take(rows)) - self.centres) * self.slopes
            # a column whose names are all rare has no term
            weights[rows[:, None], owners[starts]] = np.add.reduceat(added, starts, axis=1)
        weights[:, n] = self.base
        return weights

    def score(self, columns: Columns) -> Floats:
        """Return the log-odds of each row."""
        scores = np.empty(columns.n_rows)
        offset = self.base - float(self.centres @ self.slopes)
        for start in range(0, columns.n_rows, _CHUNK):
            rows = np.arange(start, min(start + _CHUNK, columns.n_rows))
            part = columns if columns.n_rows <= _CHUNK else columns.take(rows)
            # a sum along rows, not a matrix product: BLAS gives a row another last digit in another batch
            scores[rows] = (self.encoding.write_terms(part) * self.slopes).sum(axis=1) + offset
        return scores


@dataclass(frozen=True, slots=True)
class Trees:
    """Small boosted trees.

    Attributes
    ----------
    encoding
        How their columns are read.
    text
        The model as LightGBM writes it.
    """

    encoding: Encoding
    text: str
    _booster: Any = field(init=False, repr=False, compare=False)
    _tables: list[TreeTables | None] = field(init=False, repr=False, compare=False, default_factory=list)

    def __post_init__(self) -> None:
        # read back from the text that is kept, so that a model predicts the same before and after a bundle
        object.__setattr__(self, "_booster", lightgbm.Booster(model_str=self.text))

    def weigh(self, columns: Columns) -> Floats:
        """Return what each column adds to each row's log-odds, then the base."""
        return self._predict(columns, pred_contrib=True)

    def score(self, columns: Columns) -> Floats:
        """Return the log-odds of each row; many rows by tables, which gives the same to the last bit."""
        if columns.n_rows >= _ROWS_FOR_TABLES:
            if not self._tables:
                self._tables.append(write_tables(self.text))
            if self._tables[0] is not None:
                n_threads = count_threads(columns.n_rows, alone=_ALONE)
                return self._tables[0].score(self.encoding.write_cells(columns), n_threads=n_threads)
        return self._predict(columns, raw_score=True)

    def _predict(self, columns: Columns, **options: Any) -> Floats:
        n_threads = count_threads(columns.n_rows, alone=_ALONE)
        cells = self.encoding.write_cells(columns)
        return np.asarray(self._booster.predict(cells, num_threads=n_threads, **options))


@dataclass(frozen=True, slots=True)
class LeadModel:
    """What a rung learnt: a base and parts that add up.

    Attributes
    ----------
    base
        Log-odds before any part.
    parts
        Each with its share.
    """

    base: float
    parts: tuple[tuple[float, Logit | Trees], ...] = ()

    def score(self, columns: Columns) -> Floats:
        """Return the log-odds of each row."""
        scores = np.full(columns.n_rows, self.base)
        for share, part in self.parts:
            scores += share * part.score(columns)
        return scores

    def weigh(self, columns: Columns, names: tuple[str, ...]) -> Floats:
        """Return what each of these columns adds to each row's log-odds, then the base."""
        place = {name: at for at, name in enumerate(names)}
        weights = np.zeros((columns.n_rows, len(names) + 1))
        weights[:, -1] = self.base
        for share, part in self.parts:
            added = share * part.weigh(columns)
            weights[:, [place[name] for name in part.encoding.names]] += added[:, :-1]
            weights[:, -1] += added[:, -1]
        return weights


def fit_prior(is_won: Floats, weight: Floats) -> LeadModel:
    """Return the base rate; half a success and half a failure keep it off 0 and 1."""
    rate = (weight @ is_won + 0.5) / (weight.sum() + 1)
    return LeadModel(float(to_log_odds(rate)))


def fit_logit(
    columns: Columns, is_won: Floats, weight: Floats, encoding: Encoding, *, learns_variances: bool = True
) -> Logit:
    """Return a logit with a normal prior on its slopes; the base is free.

    How much each column may say is learned only where rows count as they came. Where older ones count less, the sum of
    their log chances is no chance of anything that happened, and cannot be compared between priors.
    """
    used = np.flatnonzero(weight > 0)
    if len(used) > _MOST_ROWS_OF_LOGIT:
        used = used[np.linspace(0, len(used) - 1, _MOST_ROWS_OF_LOGIT).round().astype(np.intp)]
    terms, won, weight = encoding.write_terms(columns.take(used)), is_won[used], weight[used]
    n_terms = terms.shape[1]
    with on_one_thread():  # faster at this size, and the last digit of a product depends on the number of threads
        if n_terms == 0 or (n_terms <= _FEW_TERMS and learns_variances):
            learned = learn_logit(terms, won, weight, encoding.owners, widest=_VARIANCE)
            slopes, offset = learned.slopes, learned.base
        else:
            solver = "newton-cholesky" if n_terms <= _FEW_TERMS else "lbfgs"
            model = LogisticRegression(C=_VARIANCE, solver=solver, tol=1e-8, max_iter=1000)
            model.fit(terms, won > 0, sample_weight=weight)
            slopes, offset = model.coef_[0], float(model.intercept_[0])
    centres = np.average(terms, axis=0, weights=weight)
    return Logit(encoding, np.ascontiguousarray(slopes), centres, float(offset + centres @ slopes))


def fit_trees(
    columns: Columns, is_won: Floats, weight: Floats, encoding: Encoding, *, seed: int, n_trees: int = _N_TREES
) -> Trees:
    """Return small trees; a leaf holds half a percent of the rows, within bounds."""
    used = np.flatnonzero(weight > 0)
    if len(used) < len(weight):
        columns, is_won, weight = columns.take(used), is_won[used], weight[used]
    fewest = int(np.clip(len(weight) / 200, *_ROWS_OF_A_LEAF))
    named = [at for at, plan in enumerate(encoding.plans) if plan.kind == "name"]
    n_threads = count_threads(len(weight), alone=_ALONE_IN_TRAINING)
    data = lightgbm.Dataset(
        encoding.write_cells(columns),
        label=is_won,
        weight=weight,
        categorical_feature=named,
        params={"verbose": -1, "num_threads": n_threads},
    )
    options = {**_TREES, "num_threads": n_threads, "min_data_in_leaf": fewest, "seed": seed}
    text = lightgbm.train(options, data, num_boost_round=n_trees).model_to_string()
    # LightGBM notes the number of threads, on which nothing of the trees depends
    return Trees(encoding, text.replace(f"[num_threads: {n_threads}]\n", "[num_threads: 1]\n"))
