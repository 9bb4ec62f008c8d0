"""What is still to do, and what customers say."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from saleslab.simulation.accounts import Roster
from saleslab.simulation.columns import make_ids, make_table, pick, stamps, yen
from saleslab.simulation.deals import Deals
from saleslab.simulation.loyalty import YEAR, Customers
from saleslab.simulation.pipeline import Standing
from saleslab.simulation.setting import Setting
from saleslab.simulation.streams import Floats, Ints, Streams, draw
from saleslab.simulation.trade import Amounts
from saleslab.simulation.words import Words

_AFTER_SALE_DAYS = (7, 30, 90)
_NEXT_STEP, _FIRST_AFTER_SALE = 0, 2
_KINDS = ("csat", "nps", "interview")


def task_table(
    setting: Setting,
    deal_ids: pa.Array,
    *,
    deals: Deals,
    standing: Standing,
    amounts: Amounts,
    roster: Roster,
) -> pa.Table:
    """Return ``tasks``: the next step of open deals, and the checks after each sale."""
    rng = setting.streams("service.tasks")
    ongoing = np.flatnonzero(~standing.closed & (rng.random(len(deals)) < 0.75))
    next_due = setting.clock.end + rng.uniform(-6.0, 12.0, len(ongoing))
    won = np.flatnonzero(standing.won)
    checks = setting.clock.day_of(deals.closed[won])[:, None] + np.array(_AFTER_SALE_DAYS)
    check_due = setting.clock.from_days(checks.ravel(), rng.uniform(0.1, 0.9, checks.size))
    deal = np.concatenate([ongoing, np.repeat(won, 3)])
    due = np.concatenate([next_due, check_due])
    done = np.concatenate([np.full(len(ongoing), np.inf), check_due + rng.exponential(1.5, len(check_due)) - 1.0])
    done = np.where(rng.random(len(deal)) < 0.9, done, np.inf)
    finished = done < setting.clock.end
    which = np.concatenate(
        [rng.integers(_NEXT_STEP, 2, len(ongoing)), np.tile(np.arange(3), len(won)) + _FIRST_AFTER_SALE]
    )
    urgent = np.where((due < setting.clock.end) & ~finished, 2, draw(rng, (2, 5, 3), len(deal)))
    owner = setting.staff.in_charge(deals.owner[deal], np.minimum(due, setting.clock.end))
    columns = {
        "task_id": make_ids("task", len(deal)),
        "subject": pick(setting.words.several("task_subjects"), which),
        "due_at": stamps(setting.clock.to_local(due)),
        "priority": pick(["low", "normal", "high"], urgent),
        "status": pick(["open", "done"], finished.astype(np.int64)),
        "assignee_id": pick(setting.staff.ids, owner),
        "account_id": pick(roster.ids, deals.account[deal]),
        "contact_id": pick(roster.contact_ids, roster.main_contact(deals.account[deal])),
        "opportunity_id": pick(deal_ids, deal),
        "origin": pick(["crm", "cadence"], (which >= _FIRST_AFTER_SALE).astype(np.int64)),
        "minutes": np.asarray((15.0, 20.0, 15.0, 15.0, 30.0))[which],
        "expected_value": yen(amounts.amount[deal] // 20, which < _FIRST_AFTER_SALE),
        "closed_at": stamps(setting.clock.to_local(np.where(finished, done, 0.0)), finished),
    }
    return make_table("tasks", columns, len(deal))


def satisfaction(customers: Customers, streams: Streams) -> Floats:
    """Return how content each customer is (mean 0, sd 1): the less so, the likelier the customer leaves."""
    rng = streams("service.satisfaction")
    risk = np.where(customers.contract, customers.chance_leave, customers.chance_dropout)
    rank = np.argsort(np.argsort(risk, kind="stable"), kind="stable") / max(len(risk) - 1, 1)
    return np.asarray(-0.8 * np.sqrt(12.0) * (rank - 0.5) + 0.6 * rng.normal(size=len(risk)), dtype=np.float64)


def feedback_table(setting: Setting, customers: Customers, *, content: Floats, roster: Roster) -> pa.Table:
    """Return ``feedback``: surveys and interviews while customers buy."""
    rng = setting.streams("service.feedback")
    opens, ends = (
        int(setting.clock.workdays[int(setting.clock.start)]),
        int(setting.clock.workdays[int(setting.clock.end) - 1]),
    )
    begin = np.maximum(customers.first + 20, opens)
    years = np.maximum(np.minimum(customers.left + 60, ends) - begin, 0.0) / YEAR
    answers = rng.poisson(0.9 * years)
    who = np.repeat(np.arange(len(answers)), answers)
    day = np.floor(begin[who] + rng.random(len(who)) * years[who] * YEAR).astype(np.int64)
    at = np.minimum(setting.clock.from_days(day, rng.uniform(0.05, 0.95, len(who))), setting.clock.end - 0.01)
    kind = draw(rng, (0.50, 0.35, 0.15), len(who))
    felt = content[who] + 0.5 * rng.normal(size=len(who))
    score = np.where(kind == 1, np.clip(np.round(6.8 + 1.9 * felt), 0, 10), np.clip(np.round(3.7 + 0.85 * felt), 1, 5))
    account = customers.account[who]
    columns = {
        "feedback_id": make_ids("feedback", len(who)),
        "account_id": pick(roster.ids, account),
        "contact_id": pick(roster.contact_ids, roster.any_contact(rng, account)),
        "at": stamps(setting.clock.to_local(at)),
        "kind": pick(_KINDS, kind),
        "score": pa.array(score, mask=kind == 2),
        "text": _texts(rng, felt, setting.words),
    }
    return make_table("feedback", columns, len(who))


def _texts(rng: np.random.Generator, felt: Floats, words: Words) -> pa.Array:
    lists = [words.several(f"feedback_{mood}") for mood in ("bad", "neutral", "good")]
    sizes: Ints = np.array([len(texts) for texts in lists])
    mood = np.searchsorted(np.array([-0.7, 0.6]), felt, side="right")
    starts = np.cumsum(sizes) - sizes
    text = starts[mood] + (rng.random(len(felt)) * sizes[mood]).astype(np.int64)
    return pick([t for texts in lists for t in texts], np.where(rng.random(len(felt)) < 0.6, text, -1))
