"""Why a value model was taken, left out or must not be used, as codes that are worded in every language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from saleslab.wording import Count, Number, Text, say

MODEL_NAMES = {
    "nbd": "NBD",
    "bgnbd": "BG/NBD",
    "mbgnbd": "MBG/NBD",
    "pareto_nbd": "Pareto/NBD",
    "mbgcnbd_k": "MBG/CNBD-k",
}
"""How the field writes the models."""


@dataclass(frozen=True, slots=True)
class ValueReason:
    """One reason.

    Attributes
    ----------
    code
        Worded under ``customers.value.reason.<code>``.
    values
        What fills the sentence.
    """

    code: str
    values: Mapping[str, Any]


def tell_value_reason(reason: ValueReason) -> Text:
    """Return a reason as a sentence in every language.

    Examples
    --------
    >>> tell_value_reason(ValueReason("grows_without_end", {"model": "nbd", "parameter": "r"})).en
    'NBD does not fit: its parameter r grows without end, so the data do not say how customers differ in it.'
    """
    return say(f"customers.value.reason.{reason.code}", **{name: _write(v) for name, v in reason.values.items()})


def _write(value: Any) -> Any:
    if isinstance(value, str):
        return MODEL_NAMES.get(value, value)
    if isinstance(value, float):
        return Number(value, 2)
    return Count(value) if isinstance(value, int) else value
