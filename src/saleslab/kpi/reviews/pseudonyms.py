"""An opinion without a name: who said it cannot be told from the log, and nobody votes twice.

A pseudonym is a keyed digest of the person and of what the opinion is about: the same person has another one for every
decision, so that opinions cannot be put together to a profile. Whoever holds the key can recompute them; keep it away
from the log.
"""

from __future__ import annotations

import hashlib
import hmac
import re

from saleslab.errors import BadArgument

PREFIX = "anon:"
"""What a pseudonym begins with; no user id may."""

_FEWEST_BYTES = 16
_DIGITS = 20
_SHAPE = re.compile(rf"{PREFIX}[0-9a-f]{{{_DIGITS}}}")


def is_pseudonym(author: str) -> bool:
    """Say whether a name can have come from `Pseudonyms`: a user id behind the prefix would hide nobody.

    Examples
    --------
    >>> is_pseudonym("anon:u:7"), is_pseudonym("anon:0123456789abcdef0123")
    (False, True)
    """
    return _SHAPE.fullmatch(author) is not None


class Pseudonyms:
    """The names under which people say what they think.

    Parameters
    ----------
    key
        Secret of at least sixteen random bytes, such as ``secrets.token_bytes(32)``.

    Examples
    --------
    >>> names = Pseudonyms(b"sixteen bytes or more")
    >>> first, again, other = (names.name_author("u:7", about=topic) for topic in ("d:1", "d:1", "d:2"))
    >>> first == again, first == other, "u:7" in first
    (True, False, False)
    """

    def __init__(self, key: bytes) -> None:
        if len(key) < _FEWEST_BYTES:
            raise BadArgument(
                f"The key of pseudonyms has {len(key)} bytes.", f"use at least {_FEWEST_BYTES} random ones."
            )
        self._key = key

    def __repr__(self) -> str:
        return "Pseudonyms(key=...)"

    def name_author(self, user_id: str, *, about: str) -> str:
        """Return what a person is called in opinions about one thing."""
        said = f"{len(about)}:{about}:{user_id}".encode()
        return PREFIX + hmac.new(self._key, said, hashlib.sha256).hexdigest()[:_DIGITS]
