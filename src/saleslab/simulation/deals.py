"""What becomes of a first deal: stage by stage, won or lost, each stage with its own rate, delay and effects."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from saleslab.simulation.clock import HOURS
from saleslab.simulation.leads import Leads
from saleslab.simulation.people import APPOINTER
from saleslab.simulation.setting import Setting
from saleslab.simulation.streams import Bools, Floats, Ints, draw, log_odds, sigmoid
from saleslab.simulation.trials import OFFER, TEMPLATE, Trial, window

N_STAGES = 5
PROPOSAL, QUOTE, NEGOTIATION = 2, 3, 4
NEW, EXPANSION, RENEWAL = range(3)
WORK_SHARE = 5.0 / 7.0 * 0.955
"""Business days in a calendar day, holidays considered."""


@dataclass(frozen=True, slots=True, eq=False)
class Deals:
    """Deals, open, won and lost; arrays over deals, times are work times and may lie after the end."""

    kind: Ints
    lead: Ints
    account: Ints
    owner: Ints
    """Who owned it when it was created."""
    appointer: Ints
    created: Floats
    contacted: Floats
    """When the owner first got in touch."""
    entries: Floats
    """Deals x 5 stages: when each stage was first entered; infinite where never."""
    reworked: Floats
    """Deals x 2: when the quote went back to the proposal, and when it was quoted again; infinite where never."""
    closed: Floats
    won: Bools
    size: Floats
    """What the customer has in mind, in yen before discount."""
    discount: Ints
    competitor: Ints
    follow_up: Floats
    """Business days from the quote to the follow-up call."""
    chance: Floats
    """Planted chance to be won, seen when the deal is created."""

    def __len__(self) -> int:
        return len(self.kind)

    def keep(self, rows: Bools | Ints) -> Deals:
        """Return the deals of a mask, or at positions in their order."""
        return Deals(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})

    def join(self, other: Deals) -> Deals:
        """Return these deals and then the others."""
        pairs = {f.name: (getattr(self, f.name), getattr(other, f.name)) for f in fields(self)}
        return Deals(**{name: np.concatenate(pair) for name, pair in pairs.items()})

    @property
    def quote_stage(self) -> Ints:
        """Position of the quote stage: deals with existing customers have three stages only."""
        return np.where(self.kind == NEW, QUOTE, 1)

    @property
    def quoted(self) -> Floats:
        """When the first quote was made; infinite where never."""
        return np.take_along_axis(self.entries, self.quote_stage[:, None], axis=1)[:, 0]

    @property
    def priced(self) -> Floats:
        """When the deal got product lines: with the proposal."""
        return np.where(self.kind == NEW, self.entries[:, PROPOSAL], self.entries[:, 0])


@dataclass(frozen=True, slots=True, eq=False)
class Factors:
    """What makes one first deal different from another."""

    size: Floats
    discount: Ints
    competitor: Ints
    difficulty: Floats
    follow_up: Floats
    arm: Bools
    """Whether it would get the offer, were it quoted during the trial."""


@dataclass(frozen=True, slots=True, eq=False)
class FirstDeals:
    """First deals with what only the simulation knows."""

    deals: Deals
    chances: Floats
    """Deals x 5: planted chance to pass each stage."""
    offer: Trial
    """Deals (by position) in the price trial."""
    plain_chance: Floats
    offer_chance: Floats
    """Chance to pass the last stage without and with the offer."""


def segment_of(employees: Ints) -> Ints:
    """Return 0, 1, 2 for companies below 100, below 1,000 and above."""
    return np.searchsorted(np.array([100, 1_000]), employees, side="right").astype(np.int64)


def open_deals(setting: Setting, leads: Leads, *, template: Trial) -> FirstDeals:
    """Return the first deals that the accepted hand-overs of the window lead to."""
    hand = leads.handoffs
    taken = np.flatnonzero(hand.accepted & (hand.decided < setting.clock.end))
    lead, owner = hand.lead[taken], hand.taker[taken]
    appointer = np.where(setting.staff.role[hand.giver[taken]] == APPOINTER, hand.giver[taken], -1)
    created = hand.decided[taken]
    factors = _factors(setting, segment_of(leads.employees[lead]))
    wait = np.log1p(np.maximum(hand.contacted[taken] - created, 0.0) * HOURS)
    fixed = _fixed_scores(setting, leads, lead=lead, appointer=appointer, wait=wait, factors=factors)
    walk = _Walk(
        setting,
        owner=owner,
        created=created,
        contacted=hand.contacted[taken],
        fixed=fixed,
        factors=factors,
        template=template,
        industry=leads.industry[lead],
    )
    walk.run()
    deals = Deals(
        kind=np.full(len(lead), NEW),
        lead=lead,
        account=np.arange(len(lead)),
        owner=owner,
        appointer=appointer,
        created=created,
        contacted=hand.contacted[taken],
        entries=walk.entries,
        reworked=walk.reworked,
        closed=walk.closed,
        won=walk.won,
        size=factors.size,
        discount=walk.discount,
        competitor=factors.competitor,
        follow_up=factors.follow_up,
        chance=walk.foreseen,
    )
    offered = np.flatnonzero(walk.in_offer)
    offer = Trial(offered, factors.arm[offered], deals.quoted[offered])
    return FirstDeals(deals, walk.chances, offer, walk.plain_chance, walk.offer_chance)


def _factors(setting: Setting, segment: Ints) -> Factors:
    rng, n, pricing = setting.streams("deals.factors"), len(segment), setting.scenario.pricing
    size = np.asarray(setting.scenario.segments.median_amounts)[segment] * np.exp(rng.normal(0.0, pricing.deal_sd, n))
    difficulty = rng.normal(0.0, 1.0, n)
    asked = 6.0 + 3.5 * difficulty + 1.2 * segment + rng.normal(0.0, 3.0, n)
    choices = np.array([0, 3, 5, 8, 10, 12, 15, 18, 20, 25])
    discount = choices[np.abs(asked[:, None] - choices).argmin(axis=1)]
    contested = rng.random(n) < pricing.share_contested
    competitor = np.where(contested, draw(rng, (0.35, 0.25, 0.25, 0.15), n), -1)
    follow_up: Floats = np.clip(np.round(np.exp(rng.normal(1.25, 0.7, n))), 0, 14)
    arm = setting.streams("trials.offer").random(n) < 0.5
    return Factors(size, discount, competitor, difficulty, follow_up, arm)


def _fixed_scores(
    setting: Setting, leads: Leads, *, lead: Ints, appointer: Ints, wait: Floats, factors: Factors
) -> Floats:
    """Deals x 5 log-odds of what does not depend on the owner or the month."""
    stages, pricing = setting.scenario.stages, setting.scenario.pricing
    score = np.tile(log_odds(stages.advance), (len(lead), 1))
    quality = np.where(appointer >= 0, setting.staff.quality[appointer], 0.0)
    score[:, :PROPOSAL] += quality[:, None]
    score[:, 0] -= stages.handoff_speed * (wait - 1.2)
    score[:, PROPOSAL:] += np.asarray(setting.scenario.segments.industries)[leads.industry[lead], None]
    best = np.log((factors.follow_up + 1) / (setting.scenario.follow_up.best_days + 1))
    score[:, QUOTE] -= setting.scenario.follow_up.curvature * best**2
    rival = np.asarray((*pricing.competitors, 0.0))[factors.competitor]
    score[:, NEGOTIATION] += rival - pricing.difficulty * factors.difficulty
    return score


class _Walk:
    """Moves all deals through the stages, one stage at a time."""

    def __init__(
        self,
        setting: Setting,
        *,
        owner: Ints,
        created: Floats,
        contacted: Floats,
        fixed: Floats,
        factors: Factors,
        template: Trial,
        industry: Ints,
    ) -> None:
        n = len(owner)
        self.scenario, self.clock, self.staff = setting.scenario, setting.clock, setting.staff
        self.rng, self.owner, self.fixed, self.factors = setting.streams("deals.walk"), owner, fixed, factors
        self.new_template = np.isin(owner, template.units[template.treated])
        self.fits = self.staff.specialist[owner] & (industry == self.staff.specialty)
        self.entries, self.reworked = np.full((n, N_STAGES), np.inf), np.full((n, 2), np.inf)
        self.closed, self.won = np.full(n, np.inf), np.zeros(n, dtype=bool)
        self.chances, self.discount = np.zeros((n, N_STAGES)), factors.discount.copy()
        self.in_offer = np.zeros(n, dtype=bool)
        self.plain_chance, self.offer_chance = np.zeros(n), np.zeros(n)
        self.entries[:, 0], self.contacted = created, contacted
        self.foreseen = self._foreseen(created)
        spread = np.log(factors.size / np.median(factors.size)) if n else np.zeros(0)
        self.slowness = np.exp(np.clip(0.12 * spread, -0.6, 0.6))

    def run(self) -> None:
        """Walk from the first stage to the last."""
        alive = np.arange(len(self.owner))
        for stage in range(N_STAGES):
            alive = self._pass(stage, alive)

    def _owner_score(self, deals: Ints, at: Floats) -> Floats:
        owner = self.staff.in_charge(self.owner[deals], at)
        score = self.staff.closing[owner] + self.scenario.reps.ramp * self.staff.ramping(owner, at)
        kept = owner == self.owner[deals]
        score += self.scenario.reps.specialist * (self.fits[deals] & kept)
        return np.asarray(score, dtype=np.float64)

    def _price_score(self, discount: Ints) -> Floats:
        return np.asarray(self.scenario.pricing.sensitivity * (discount - 6.0), dtype=np.float64)

    def _foreseen(self, created: Floats) -> Floats:
        """Chance to be won as seen at the start: mean month, planned discount, no trial."""
        score, everyone = self.fixed.copy(), np.arange(len(created))
        score[:, PROPOSAL:] += self._owner_score(everyone, created)[:, None]
        score[:, NEGOTIATION] += self._price_score(self.factors.discount)
        return np.asarray(sigmoid(score).prod(axis=1), dtype=np.float64)

    def _pass(self, stage: int, alive: Ints) -> Ints:
        """Let the deals in one stage go on or be lost; return those that go on."""
        at = self.entries[alive, stage]
        score = self.fixed[alive, stage].copy()
        if stage >= PROPOSAL:
            score += self._owner_score(alive, at)
        if stage == PROPOSAL:
            trial = window(TEMPLATE, self.clock).holds(at) & self.new_template[alive]
            score += self.scenario.trials.template * trial
        if stage == QUOTE:
            self._offer(alive, at)
        if stage == NEGOTIATION:
            score += self.clock.months.win_shocks[self.clock.month_of(at)]
            self._remember_offer(alive, score)
            score += self._price_score(self.discount[alive])
        chance = sigmoid(score)
        self.chances[alive, stage] = chance
        goes_on = self.rng.random(len(alive)) < chance
        if stage == QUOTE:
            at = self._rework(alive, at)
        leaves = self._leave(stage, alive, at, goes_on)
        if stage == N_STAGES - 1:
            self.won[alive] = goes_on
            self.closed[alive] = leaves
            return alive[:0]
        self.entries[alive[goes_on], stage + 1] = leaves[goes_on]
        self.closed[alive[~goes_on]] = leaves[~goes_on]
        return alive[goes_on]

    def _leave(self, stage: int, alive: Ints, at: Floats, goes_on: Bools) -> Floats:
        """Return when the stage is left; the last stage runs on the season's clock."""
        stages = self.scenario.stages
        mean = np.where(goes_on, stages.days_advance[stage], stages.days_lost[stage]) * WORK_SHARE
        neglected = ~goes_on & (self.rng.random(len(alive)) < stages.neglect)
        mean = mean * np.where(neglected, 4.0, 1.0) * self.slowness[alive]
        delay = self.rng.gamma(stages.shape, mean / stages.shape) + 0.05
        if stage == 0:
            return np.maximum(at + delay, self.contacted[alive] + 0.1)
        if stage == NEGOTIATION:
            return self.clock.from_season(self.clock.to_season(at) + delay)
        return at + delay

    def _offer(self, alive: Ints, at: Floats) -> None:
        """Deals quoted during the price trial get the discount of their arm."""
        inside = alive[window(OFFER, self.clock).holds(at)]
        self.in_offer[inside] = True
        self.discount[inside] = np.where(self.factors.arm[inside], self.scenario.trials.offer_points, 0)

    def _remember_offer(self, alive: Ints, score: Floats) -> None:
        none, points = np.zeros(len(alive), dtype=np.int64), self.scenario.trials.offer_points
        self.plain_chance[alive] = sigmoid(score + self._price_score(none))
        self.offer_chance[alive] = sigmoid(score + self._price_score(none + points))

    def _rework(self, alive: Ints, at: Floats) -> Floats:
        """Send some quotes back to the proposal once; return when the quote stage was last entered."""
        again = self.rng.random(len(alive)) < self.scenario.stages.rework
        back, quoted = at + self.rng.gamma(2.0, 2.0, len(alive)) + 0.1, self.rng.gamma(2.0, 2.5, len(alive)) + 0.1
        self.reworked[alive[again], 0] = back[again]
        self.reworked[alive[again], 1] = (back + quoted)[again]
        return np.where(again, back + quoted, at)
