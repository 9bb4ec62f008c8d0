"""Words that several tables share as their only allowed values."""

from __future__ import annotations

ROLES = ("appointer", "closer", "inside", "outside", "cs", "manager")
"""Roles of sales people; an appointer (アポインター) hands over to a closer (クローザー)."""

CHANNELS = ("phone", "video", "email", "chat", "visit", "event", "other")
"""Ways in which sales and customers meet."""

SCOPES = ("company", "team", "user", "segment", "channel")
"""What a target or a measured value is about."""
