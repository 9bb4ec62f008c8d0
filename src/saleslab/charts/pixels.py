"""Pictures without axes, such as cards of a tree: every mark is laid by its place in pixels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import altair as alt

Encode = Callable[[str], Any]


def scale_pixels(channel: Literal["x", "y"], length: float) -> Encode:
    """Return what encodes a column of pixels, from the left or from the top, in a picture of a length.

    Examples
    --------
    >>> scale_pixels("y", 300)("top").to_dict()["scale"]
    {'domain': [300, 0], 'nice': False, 'zero': False}
    """
    domain = [0, length] if channel == "x" else [length, 0]
    scale = alt.Scale(domain=domain, nice=False, zero=False)
    make = alt.X if channel == "x" else alt.Y

    def encode(name: str) -> Any:
        return make(f"{name}:Q", scale=scale, axis=None)

    return encode
