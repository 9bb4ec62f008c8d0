"""Why customers were cut so or not cut at all, as codes that are worded in every language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from saleslab.wording import Count, Number, Share, Text, say

_SHARES = {"chance", "least_share"}


@dataclass(frozen=True, slots=True)
class SegmentReason:
    """One reason.

    Attributes
    ----------
    code
        Worded under ``segmentation.reason.<code>``.
    values
        What fills the sentence.
    """

    code: str
    values: Mapping[str, Any]


def tell_segment_reason(reason: SegmentReason) -> Text:
    """Return a reason as a sentence in every language.

    Examples
    --------
    >>> tell_segment_reason(SegmentReason("constructed", {"k": 4})).en
    '4 segments are a cut through a crowd without groups: use them if they serve a purpose, not as a discovery.'
    """
    return say(f"segmentation.reason.{reason.code}", **{name: _write(name, v) for name, v in reason.values.items()})


def _write(name: str, value: Any) -> Any:
    if name in _SHARES:
        return Share(value)
    if isinstance(value, float):
        return Number(value, 2)
    return Count(value) if isinstance(value, int) else value
