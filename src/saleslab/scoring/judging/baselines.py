"""What would do without the model? The plainest logit that still sees every column."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from saleslab.errors import NotEnoughData
from saleslab.scoring.leads.columns import Column, Names, read_columns

Floats = npt.NDArray[np.float64]

_MOST_NAMES = 50
_NO_NAME = ""


def predict_plainly(train: pd.DataFrame, won: npt.NDArray[Any], test: pd.DataFrame) -> Floats:
    """Return the chances that a plain logistic regression gives to the leads of a test.

    Numbers are standardised, missing ones filled with the median and marked; names become columns of their own, at most
    50 of a kind. Dates are passed over. Nothing is tuned and nothing is left out: this is what a model must beat.

    Examples
    --------
    >>> seen = pd.DataFrame({"visits": [0, 1, 2, 3], "source": ["web", "fair", "web", "web"]})
    >>> chances = predict_plainly(seen, np.array([0, 0, 1, 1]), seen)
    >>> bool(chances[3] > chances[0])
    True
    """
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    columns = _read(train)
    numbers = [name for name, column in columns.items() if _is_known_number(column)]
    names = [name for name, column in columns.items() if isinstance(column, Names) and column.known]
    if not numbers and not names:
        raise NotEnoughData("No column can be used for a plain logit.", "give at least one column of numbers or names.")
    encode = make_column_transformer(
        (make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler()), numbers),
        (OneHotEncoder(max_categories=_MOST_NAMES, handle_unknown="infrequent_if_exist"), names),
    )
    model = make_pipeline(encode, LogisticRegression(max_iter=2_000))
    model.fit(_lay_out(columns, numbers, names, len(train)), won)
    new = _lay_out(_read(test, tuple(numbers + names)), numbers, names, len(test))
    return np.asarray(model.predict_proba(new)[:, 1])


def _read(frame: pd.DataFrame, wanted: tuple[str, ...] | None = None) -> Mapping[str, Column]:
    return read_columns(frame, wanted).named


def _is_known_number(column: Column) -> bool:
    return isinstance(column, np.ndarray) and bool(np.isfinite(column).any())


def _lay_out(columns: Mapping[str, Column], numbers: list[str], names: list[str], n: int) -> pd.DataFrame:
    """Return a frame of numbers and names; a column that has changed its kind since counts as missing."""
    laid: dict[str, Any] = {}
    for name in numbers:
        column = columns[name]
        laid[name] = column if isinstance(column, np.ndarray) else np.full(n, np.nan)
    for name in names:
        column = columns[name]
        known, codes = (column.known, column.codes) if isinstance(column, Names) else ((), np.full(n, -1))
        laid[name] = np.array([*known, _NO_NAME], dtype=object)[codes]
    return pd.DataFrame(laid, index=range(n))
