"""What may be won: stages, deals, and the history of both."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from saleslab.simulation.accounts import Roster
from saleslab.simulation.clock import WorkClock
from saleslab.simulation.closing_dates import CloseDates
from saleslab.simulation.columns import PREFIX, dates, make_ids, make_table, pick, stamps, yen
from saleslab.simulation.deals import N_STAGES, NEW, PROPOSAL, QUOTE, RENEWAL, Deals
from saleslab.simulation.leads import Leads
from saleslab.simulation.people import CLOSER, INSIDE
from saleslab.simulation.setting import Setting
from saleslab.simulation.streams import Bools, Floats, Ints, draw, draw_rows
from saleslab.simulation.trade import Amounts
from saleslab.simulation.words import Words

PIPELINES = (f"{PREFIX}pipeline-new", f"{PREFIX}pipeline-existing")
_N_EXISTING = 3
WON, LOST = N_STAGES, N_STAGES + 1
"""Positions of the closed stages within the new-business pipeline; the other pipeline follows from 7 on."""
_PER_PIPELINE = N_STAGES + 2
_PROBABILITY = (0.10, 0.20, 0.35, 0.55, 0.75, 1.0, 0.0, 0.40, 0.60, 0.80, 1.0, 0.0)
_CATEGORY = ("pipeline", "pipeline", "best_case", "best_case", "commit", "closed", "omitted",
             "best_case", "best_case", "commit", "closed", "omitted")  # fmt: skip
STAGE_IDS = tuple(
    [f"{PREFIX}stage-new-{s}" for s in (1, 2, 3, 4, 5, "won", "lost")]
    + [f"{PREFIX}stage-existing-{s}" for s in (1, 2, 3, "won", "lost")]
)

# Lost reasons (price, competitor, budget, too early, requirements, moved on, silence) by stage, without a competitor.
_REASONS = np.array(
    [
        [1, 0, 2, 5, 3, 1, 5],
        [1, 0, 3, 5, 4, 1, 3],
        [3, 0, 4, 3, 4, 1, 2],
        [6, 0, 4, 2, 1, 1, 2],
        [5, 0, 5, 2, 1, 1, 1],
    ],
    dtype=np.float64,
)
_TO_COMPETITOR = np.array([1.0, 2.0, 5.0, 7.0, 9.0])


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """How each deal stands at the end of the records."""

    closed: Bools
    won: Bools
    stage: Ints
    """Position in `STAGE_IDS`."""
    reached: Ints
    """Last stage that was entered."""
    owner: Ints


def stand(setting: Setting, deals: Deals) -> Standing:
    """Return how deals stand when the records end."""
    closed = deals.closed < setting.clock.end
    won = closed & deals.won
    reached = (deals.entries < setting.clock.end).sum(axis=1) - 1
    again = (deals.reworked[:, 0] < setting.clock.end) & (deals.reworked[:, 1] >= setting.clock.end)
    reached = np.where(again, PROPOSAL, reached)
    new = deals.kind == NEW
    base, n_open = np.where(new, 0, _PER_PIPELINE), np.where(new, N_STAGES, _N_EXISTING)
    stage = base + np.select([won, closed], [n_open, n_open + 1], default=reached)
    owner = setting.staff.in_charge(deals.owner, np.minimum(deals.closed, setting.clock.end))
    return Standing(closed, won, stage, reached, owner)


def stage_table(setting: Setting) -> pa.Table:
    """Return ``stages`` of both pipelines."""
    ends = [setting.words.text("stage_won"), setting.words.text("stage_lost")]
    names = setting.words.several("pipelines")
    labels = setting.words.several("stages_new") + ends + setting.words.several("stages_existing") + ends
    position = [*range(1, _PER_PIPELINE + 1), *range(1, _N_EXISTING + 3)]
    n, first = len(STAGE_IDS), int(setting.clock.workdays[int(setting.clock.start)])
    columns = {
        "pipeline_id": [PIPELINES[0]] * _PER_PIPELINE + [PIPELINES[1]] * (_N_EXISTING + 2),
        "pipeline_label": [names[0]] * _PER_PIPELINE + [names[1]] * (_N_EXISTING + 2),
        "stage_id": list(STAGE_IDS),
        "label": labels,
        "position": position,
        "is_closed": [c in ("closed", "omitted") for c in _CATEGORY],
        "is_won": [c == "closed" for c in _CATEGORY],
        "probability": list(_PROBABILITY),
        "forecast_category": list(_CATEGORY),
        "valid_from": dates(np.full(n, first)),
    }
    return make_table("stages", columns, n)


def deal_table(
    setting: Setting,
    ids: pa.Array,
    *,
    deals: Deals,
    standing: Standing,
    amounts: Amounts,
    close_dates: CloseDates,
    roster: Roster,
    leads: Leads,
    lead_ids: pa.Array,
    lead_campaign: pa.Array,
    last_activity: Ints,
) -> pa.Table:
    """Return ``opportunities``."""
    rng, n = setting.streams("pipeline.deals"), len(deals)
    everyone, from_lead = np.arange(n), deals.lead
    expected = close_dates.at(everyone, np.full(n, setting.clock.end))
    expected = np.where(standing.closed, setting.clock.day_of(deals.closed), expected)
    role = setting.staff.role[standing.owner]
    hybrid = (role == CLOSER) & (rng.random(n) < 0.35)
    known_source = np.where(from_lead >= 0, leads.source[from_lead], -1)
    names = pick(roster.companies.names, roster.company[deals.account])
    amount = yen(amounts.amount)
    columns = {
        "opportunity_id": ids,
        "name": pc.binary_join_element_wise(names, " ", pick(setting.words.several("deal_words"), deals.kind), ""),
        "account_id": pick(roster.ids, deals.account),
        "primary_contact_id": pick(roster.contact_ids, roster.main_contact(deals.account)),
        "lead_id": pick(lead_ids, from_lead),
        "campaign_id": pick(lead_campaign, from_lead),
        "pipeline_id": pick(PIPELINES, (deals.kind != NEW).astype(np.int64)),
        "stage_id": pick(STAGE_IDS, standing.stage),
        "amount": amount,
        "currency": "JPY",
        "amount_base": amount,
        "probability": np.asarray(_PROBABILITY)[standing.stage],
        "forecast_category": pick(_CATEGORY, standing.stage),
        "expected_close_date": dates(expected),
        "created_at": stamps(setting.clock.to_local(deals.created)),
        "closed_at": stamps(setting.clock.to_local(np.where(standing.closed, deals.closed, 0.0)), standing.closed),
        "is_closed": standing.closed,
        "is_won": standing.won,
        "lost_reason": _lost_reasons(rng, deals, standing, setting.words),
        "competitor": pick(setting.words.several("competitors"), deals.competitor),
        "type": pick(["new", "expansion", "renewal"], deals.kind),
        "owner_id": pick(setting.staff.ids, standing.owner),
        "appointer_id": pick(setting.staff.ids, deals.appointer),
        "closer_id": pick(setting.staff.ids, standing.owner),
        "coverage": pick(["inside", "outside", "hybrid"], np.select([role == INSIDE, hybrid], [0, 2], default=1)),
        "source": pick(setting.words.several("sources"), known_source),
        "next_step": _next_steps(rng, standing, setting.words),
        "last_activity_at": stamps(last_activity, last_activity > 0),
    }
    return make_table("opportunities", columns, n)


def _lost_reasons(rng: np.random.Generator, deals: Deals, standing: Standing, words: Words) -> pa.Array:
    weights = _REASONS[np.where(deals.kind == NEW, standing.reached, standing.reached + 2)].copy()
    weights[:, 1] = np.where(deals.competitor >= 0, _TO_COMPETITOR[standing.reached], 0.0)
    lost = standing.closed & ~standing.won
    cancels = words.several("cancel_reasons")
    reason = draw_rows(rng, weights)
    cancelled = len(_REASONS[0]) + draw(rng, (4, 3, 2), len(deals))
    reason = np.where(deals.kind == RENEWAL, cancelled, reason)
    return pick(words.several("lost_reasons") + cancels, np.where(lost, reason, -1))


def _next_steps(rng: np.random.Generator, standing: Standing, words: Words) -> pa.Array:
    steps = words.several("next_steps")
    step = np.minimum(standing.reached + rng.integers(0, 3, len(standing.stage)), len(steps) - 1)
    return pick(steps, np.where(~standing.closed & (rng.random(len(step)) < 0.8), step, -1))


@dataclass(frozen=True, slots=True, eq=False)
class Moves:
    """Moves of deals between stages, by deal and time."""

    deal: Ints
    at: Floats
    stage: Ints
    previous: Ints


def move_deals(deals: Deals, clock: WorkClock) -> Moves:
    """Return all moves before the end of the records, in order within each deal."""
    n, everyone = len(deals), np.arange(len(deals))
    base, new = np.where(deals.kind == NEW, 0, _PER_PIPELINE), deals.kind == NEW
    done = base + np.where(new, N_STAGES, _N_EXISTING) + np.where(deals.won, 0, 1)
    at = np.column_stack([deals.entries, deals.reworked, deals.closed])
    stage = np.column_stack([base[:, None] + np.arange(N_STAGES), np.full(n, PROPOSAL), np.full(n, QUOTE), done])
    happened = at < clock.end
    deal, at, stage = np.repeat(everyone, happened.sum(axis=1)), at[happened], stage[happened]
    order = np.lexsort((at, deal))
    deal, at, stage = deal[order], at[order], stage[order]
    first = np.concatenate([[True], deal[1:] != deal[:-1]]) if len(deal) else np.zeros(0, dtype=bool)
    previous = np.where(first, -1, np.concatenate([[-1], stage[:-1]]))
    return Moves(deal, at, stage, previous)


def deal_moves_table(
    setting: Setting,
    deal_ids: pa.Array,
    *,
    deals: Deals,
    moves: Moves,
    amounts: Amounts,
    close_dates: CloseDates,
) -> dict[str, object]:
    """Return the columns of the deals' part of ``stage_events``."""
    ends = [setting.words.text("stage_won"), setting.words.text("stage_lost")]
    labels = setting.words.several("stages_new") + ends + setting.words.several("stages_existing") + ends
    closing = np.isin(moves.stage, (WON, LOST, _PER_PIPELINE + 3, _PER_PIPELINE + 4))
    expected = np.where(closing, setting.clock.day_of(moves.at), close_dates.at(moves.deal, moves.at))
    priced = moves.at >= deals.priced[moves.deal]
    amount = np.where(priced, amounts.amount[moves.deal], amounts.estimate[moves.deal])
    return {
        "object_type": pa.repeat("opportunity", len(moves.deal)),
        "object_id": pick(deal_ids, moves.deal),
        "pipeline_id": pick(PIPELINES, (deals.kind[moves.deal] != NEW).astype(np.int64)),
        "from_stage_id": pick(STAGE_IDS, moves.previous),
        "to_stage_id": pick(STAGE_IDS, moves.stage),
        "to_stage_label": pick(labels, moves.stage),
        "at": stamps(setting.clock.to_local(moves.at)),
        "by_user_id": pick(setting.staff.ids, setting.staff.in_charge(deals.owner[moves.deal], moves.at)),
        "amount": yen(amount),
        "expected_close_date": dates(expected),
    }


def field_event_table(
    setting: Setting, deal_ids: pa.Array, *, deals: Deals, amounts: Amounts, close_dates: CloseDates
) -> pa.Table:
    """Return ``field_events``: pushed close dates, estimates replaced by prices, owners that changed."""
    pushed, push = np.nonzero(np.isfinite(close_dates.pushed))
    old_day, new_day = close_dates.days[pushed, push], close_dates.days[pushed, push + 1]
    priced = np.flatnonzero((deals.kind == NEW) & amounts.priced & (amounts.amount != amounts.estimate))
    leaves = setting.staff.left[deals.owner]
    moved = np.flatnonzero((leaves > deals.created) & (leaves < np.minimum(deals.closed, setting.clock.end)))
    parts = (
        (pushed, "close_date", _iso(old_day), _iso(new_day), close_dates.pushed[pushed, push]),
        (priced, "amount", _digits(amounts.estimate[priced]), _digits(amounts.amount[priced]), deals.priced[priced]),
        (
            moved,
            "owner",
            pick(setting.staff.ids, deals.owner[moved]),
            pick(setting.staff.ids, setting.staff.successor[deals.owner[moved]]),
            leaves[moved] + 0.02,
        ),
    )
    deal = np.concatenate([part[0] for part in parts])
    columns = {
        "object_type": "opportunity",
        "object_id": pick(deal_ids, deal),
        "field": pa.concat_arrays([pa.repeat(part[1], len(part[0])) for part in parts]),
        "old": pa.concat_arrays([part[2] for part in parts]),
        "new": pa.concat_arrays([part[3] for part in parts]),
        "at": stamps(setting.clock.to_local(np.concatenate([part[4] for part in parts]))),
        "at_uncertainty_days": 0.0,
        "origin": "crm_history",
    }
    return make_table("field_events", columns, len(deal))


def _iso(days: Ints) -> pa.Array:
    return pc.cast(dates(days), pa.string())


def _digits(amount: Ints) -> pa.Array:
    return pc.cast(pa.array(amount), pa.string())


def event_table(parts: list[dict[str, object]]) -> pa.Table:
    """Return ``stage_events`` from the parts of deals and leads."""
    names = parts[0].keys() | parts[1].keys()
    sizes = [len(part["object_id"]) for part in parts]  # type: ignore[arg-type]
    declared = {"amount": pa.decimal128(18, 2), "expected_close_date": pa.date32()}
    columns: dict[str, object] = {}
    for name in sorted(names):
        filled = [
            part.get(name, pa.nulls(size, declared.get(name, pa.string())))
            for part, size in zip(parts, sizes, strict=True)
        ]
        columns[name] = pa.concat_arrays(filled)
    n = sum(sizes)
    columns |= {"event_id": make_ids("event", n), "at_uncertainty_days": 0.0, "origin": "crm_history"}
    return make_table("stage_events", columns, n)
