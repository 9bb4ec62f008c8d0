"""What must never be read in a report or in the record of a failure?

The values of environment variables that look like secrets, and the password in the address of a database.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from saleslab.reporting.parameters import looks_secret

SHORTEST_SECRET = 6
"""A shorter value is a word like any other, and hiding it would only garble the text."""


def secret_values(database: str = "", environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the secrets that this process knows: where each is from, by its value.

    Examples
    --------
    >>> secret_values("postgresql://lab:open-sesame@db/sales", {"API_KEY": "k-123456", "LANG": "C.UTF-8"})
    {'k-123456': 'API_KEY', 'open-sesame': 'the password of the database'}
    """
    known = os.environ if environment is None else environment
    found = {value: name for name, value in known.items() if looks_secret(name)}
    password = urlsplit(database).password
    if password:
        found |= {password: "the password of the database", unquote(password): "the password of the database"}
    return {value: place for value, place in found.items() if len(value) >= SHORTEST_SECRET}


def redact(text: str, secrets: Mapping[str, str]) -> str:
    """Return a text in which every secret is replaced by where it is from.

    Examples
    --------
    >>> redact("login k-123456 failed", {"k-123456": "API_KEY"})
    'login [API_KEY] failed'
    """
    for value in sorted(secrets, key=len, reverse=True):
        text = text.replace(value, f"[{secrets[value]}]")
    return text
