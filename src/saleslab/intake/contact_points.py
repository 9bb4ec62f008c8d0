"""E-mail addresses, telephone numbers and postal codes in one form each: two writings of one thing become equal."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

FREE_MAIL = frozenset([
    "gmail.com", "googlemail.com", "yahoo.com", "yahoo.co.jp", "ymail.ne.jp", "outlook.com", "outlook.jp",
    "hotmail.com", "hotmail.co.jp", "live.com", "live.jp", "icloud.com", "me.com", "aol.com", "proton.me",
    "protonmail.com", "gmx.de", "gmx.net", "web.de", "mail.com", "docomo.ne.jp", "ezweb.ne.jp", "au.com",
    "softbank.ne.jp", "i.softbank.jp", "nifty.com", "biglobe.ne.jp", "ocn.ne.jp", "so-net.ne.jp", "qq.com", "163.com",
    "naver.com",
])  # fmt: skip
"""Domains that everyone may use; they say nothing of a person's company."""

SHARED_BOXES = frozenset([
    "info", "sales", "contact", "office", "mail", "admin", "support", "help", "hello", "team", "service", "soumu",
    "somu", "eigyo", "jinji", "keiri", "toiawase", "webmaster", "postmaster", "inquiry", "enquiries", "reception",
    "marketing", "hr", "recruit", "purchasing", "accounting", "billing",
])  # fmt: skip
"""Names of boxes that several people read."""

_EXTENSION = re.compile(r"(?:内線|ext\.?|extension|x)\s*[:：]?\s*\d+\s*$", re.IGNORECASE)
_NOT_DIGIT = re.compile(r"\D+")
_EMAIL = re.compile(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+")
_SHORTEST_PHONE, _LONGEST_PHONE = 9, 15


@lru_cache(maxsize=200_000)
def normal_email(text: str | None) -> str | None:
    """Return an e-mail address in lower case, without a display name, a ``+tag`` or full-width letters.

    Examples
    --------
    >>> normal_email("Hana <Hana.Sato+expo@Example.CO.JP>")
    'hana.sato@example.co.jp'
    >>> normal_email("none") is None
    True
    """
    if not isinstance(text, str):
        return None
    found = _EMAIL.search(unicodedata.normalize("NFKC", text).casefold())
    if found is None:
        return None
    box, _, domain = found.group().strip(".,;'\"").rpartition("@")
    box = box.removeprefix("mailto:").partition("+")[0].strip("'\"")
    return f"{box}@{domain}" if box else None


def domain_of(email: str | None) -> str | None:
    """Return the company's domain of a normal address, or None where the address is a free one.

    Examples
    --------
    >>> domain_of("hana@mail.soraniwa.co.jp"), domain_of("hana@gmail.com")
    ('soraniwa.co.jp', None)
    """
    if email is None:
        return None
    return normal_domain(email.rpartition("@")[2])


@lru_cache(maxsize=100_000)
def normal_domain(text: str | None) -> str | None:
    """Return the registered part of a domain or web address, or None for a free mail domain or no domain at all.

    Examples
    --------
    >>> normal_domain("https://www.Soraniwa.co.jp/about"), normal_domain("shop.soraniwa.com")
    ('soraniwa.co.jp', 'soraniwa.com')
    """
    if not isinstance(text, str):
        return None
    host = unicodedata.normalize("NFKC", text).strip().casefold()
    host = re.sub(r"^[a-z]+://", "", host).partition("/")[0].partition(":")[0].rpartition("@")[2]
    labels = [label for label in host.split(".") if label]
    if len(labels) < 2 or " " in host:
        return None
    is_two_part_ending = len(labels[-1]) == 2 and labels[-2] in {
        "co",
        "ne",
        "or",
        "ac",
        "go",
        "gr",
        "com",
        "net",
        "org",
    }
    n_kept = 3 if is_two_part_ending and len(labels) > 2 else 2
    if labels[-n_kept] == "example":  # reserved for examples (RFC 2606): each name below it is a company of its own
        n_kept += 1
    domain = ".".join(labels[-n_kept:])
    return None if domain in FREE_MAIL or host in FREE_MAIL else domain


def is_shared_box(email: str | None) -> bool:
    """Say whether a normal address belongs to a desk rather than to a person.

    Examples
    --------
    >>> is_shared_box("info@example.co.jp"), is_shared_box("hana@example.co.jp")
    (True, False)
    """
    return isinstance(email, str) and re.sub(r"[\d._-]+$", "", email.partition("@")[0]) in SHARED_BOXES


@lru_cache(maxsize=200_000)
def normal_phone(text: str | None) -> str | None:
    """Return a telephone number as digits in its national form; None where it is too short or too long to be one.

    A leading ``+81`` or ``0081`` becomes ``0``; extensions (内線, ext.) are left out.

    Examples
    --------
    >>> normal_phone("+81 (0)3-1234-5678"), normal_phone("０３（１２３４）５６７８ 内線 12")
    ('0312345678', '0312345678')
    """
    if not isinstance(text, str):
        return None
    plain = _EXTENSION.sub("", unicodedata.normalize("NFKC", text).strip())
    digits = _NOT_DIGIT.sub("", plain)
    if plain.startswith("+81") or digits.startswith("0081"):
        digits = "0" + digits.removeprefix("00").removeprefix("81").lstrip("0")
    if not _SHORTEST_PHONE <= len(digits) <= _LONGEST_PHONE or len(set(digits)) == 1:
        return None
    return digits


@lru_cache(maxsize=100_000)
def normal_postal(text: str | None) -> str | None:
    """Return a postal code as upper-case letters and digits.

    Examples
    --------
    >>> normal_postal("〒１００−０００１"), normal_postal("sw1a 1aa")
    ('1000001', 'SW1A1AA')
    """
    if not isinstance(text, str):
        return None
    plain = re.sub(r"[^0-9A-Za-z]", "", unicodedata.normalize("NFKC", text)).upper()
    return plain if len(plain) >= 4 and any(letter.isdigit() for letter in plain) else None


@lru_cache(maxsize=200_000)
def normal_address(text: str | None) -> str | None:
    """Return a street address with numbers, hyphens and 丁目・番・号 in one form, without spaces.

    Examples
    --------
    >>> normal_address("東京都千代田区丸の内１丁目２番３号") == normal_address("東京都千代田区丸の内 1-2-3")
    True
    """
    if not isinstance(text, str):
        return None
    plain = unicodedata.normalize("NFKC", text).casefold()
    plain = re.sub(r"(?<=\d)\s*(?:丁目|番地の?|番|号|[-‐‑‒–—―−ーの])\s*(?=\d)", "-", plain)
    plain = re.sub(r"(?<=\d)(?:丁目|番地|番|号)", "", plain)
    plain = re.sub(r"[\s,.、。・]+", "", plain)
    return plain if len(plain) >= 5 else None
