"""What can be planted: one small group of parameters per theme, with defaults that a sales manager would believe."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Season:
    """How the months of the year differ, January first; each row of 12 has mean 1.

    Attributes
    ----------
    arrivals
        New leads of a month, relative to the average month.
    closing
        Speed of the last stage: in March decisions fall 1.75 times as fast as on average, the Japanese fiscal
        year-end; September is the half-year's end.
    month_end_rush
        How much faster decisions fall in the last four business days of a month than in the days before.
    growth
        Growth of lead arrivals a year.
    """

    arrivals: tuple[float, ...] = (0.90, 1.05, 1.00, 1.10, 1.00, 1.10, 1.00, 0.80, 1.00, 1.10, 1.10, 0.85)
    closing: tuple[float, ...] = (0.85, 0.95, 1.75, 0.70, 0.80, 1.00, 0.95, 0.70, 1.45, 0.80, 0.95, 1.10)
    month_end_rush: float = 2.2
    growth: float = 0.06


@dataclass(frozen=True, slots=True)
class Overdispersion:
    """Shocks that one month shares over all deals: what makes months differ more than chance would.

    Attributes
    ----------
    arrivals, closing
        Variance of the month's multiplier of lead arrivals and of the speed of decisions (gamma, mean 1).
    wins_sd
        Standard deviation of the month's shift of the last stage's log-odds.
    """

    arrivals: float = 0.015
    closing: float = 0.015
    wins_sd: float = 0.15


@dataclass(frozen=True, slots=True)
class LeadFlow:
    """How prospects become appointments; effects are log-odds of the appointment.

    Attributes
    ----------
    share_qualified
        Mean chance that a lead becomes an appointment.
    sources
        One effect per source, in the order of the word list (enquiry, brochure, fair, seminar, referral, advertising,
        call list).
    source_mix
        Share of each source.
    seniority
        Effect of each step of seniority above staff.
    size
        Effect of one standard deviation of log employees.
    speed
        Loss per unit of ``log(1 + hours to the first touch)``; only sources that wait for an answer lose.
    never_touched
        Share of leads that nobody calls.
    share_rejected, share_rejected_incomplete
        Share of hand-overs that the closer sends back, with complete and with incomplete notes.
    """

    share_qualified: float = 0.08
    sources: tuple[float, ...] = (1.15, 0.65, 0.60, 0.70, 1.45, 0.0, -1.25)
    source_mix: tuple[float, ...] = (0.11, 0.14, 0.13, 0.10, 0.04, 0.16, 0.32)
    seniority: float = 0.18
    size: float = 0.20
    speed: float = 0.30
    never_touched: float = 0.02
    share_rejected: float = 0.05
    share_rejected_incomplete: float = 0.30


@dataclass(frozen=True, slots=True)
class StageRates:
    """How deals of the new-business pipeline move; five stages, then won or lost.

    Attributes
    ----------
    advance
        Chance of the next stage for a deal without any other effect.
    days_advance, days_lost
        Mean calendar days in the stage before the next stage, and before it is lost.
    shape
        Shape of the gamma distribution of those days (1 would be memoryless).
    rework
        Share of quotes that go back to the proposal once.
    neglect
        Share of losses that stay open four times as long because nobody closes them.
    handoff_speed
        Loss of log-odds of the first stage per unit of ``log(1 + hours from acceptance to first contact)``.
    """

    advance: tuple[float, ...] = (0.83, 0.79, 0.77, 0.77, 0.72)
    days_advance: tuple[float, ...] = (12.0, 18.0, 19.0, 15.0, 22.0)
    days_lost: tuple[float, ...] = (18.0, 26.0, 30.0, 28.0, 34.0)
    shape: float = 1.6
    rework: float = 0.08
    neglect: float = 0.20
    handoff_speed: float = 0.15


@dataclass(frozen=True, slots=True)
class RepEffects:
    """How people differ; log-odds, normal with mean 0.

    Attributes
    ----------
    calling_sd
        Of appointers, on the appointment.
    quality_sd
        Of appointers, on the first two stages of the deals they hand over.
    closing_sd
        Of those who close, on the last three stages.
    specialist
        Extra log-odds of the planted specialists (one in nine closers) in their industry.
    ramp
        Shift of a new hire until the end of the ramp-up.
    optimism_sd
        Standard deviation of the log of what people commit to over what is likely; its mean is 0.10.
    """

    calling_sd: float = 0.30
    quality_sd: float = 0.30
    closing_sd: float = 0.40
    specialist: float = 0.9
    ramp: float = -0.35
    optimism_sd: float = 0.15


@dataclass(frozen=True, slots=True)
class Pricing:
    """How price decides the last stage.

    Attributes
    ----------
    sensitivity
        Log-odds of the last stage gained per percentage point of discount.
    difficulty
        Log-odds lost per standard deviation of a hidden difficulty of the deal, which also draws discounts: the reason
        why discounts look harmful in records and help in an experiment.
    competitors
        Effect of each competitor on the last stage.
    share_contested
        Share of deals with a competitor.
    deal_sd
        Standard deviation of the log of the deal size within a segment.
    """

    sensitivity: float = 0.06
    difficulty: float = 0.60
    competitors: tuple[float, ...] = (-0.55, -0.15, -0.30, -0.75)
    share_contested: float = 0.5
    deal_sd: float = 0.70


@dataclass(frozen=True, slots=True)
class FollowUp:
    """How the wait between quote and follow-up call decides the quote stage.

    The log-odds lose ``curvature * log((days + 1) / (best_days + 1)) ** 2``.
    """

    best_days: float = 3.0
    curvature: float = 0.9


@dataclass(frozen=True, slots=True)
class Segments:
    """How customers differ in what they buy; log-odds of the last three stages.

    Attributes
    ----------
    industries
        One effect per industry, in the order of the word list; the first is the planted best.
    median_amounts
        Median deal in yen for companies below 100, below 1,000 and above 1,000 employees.
    """

    industries: tuple[float, ...] = (0.40, 0.15, 0.10, -0.05, 0.20, -0.15, -0.30, -0.20, 0.0)
    median_amounts: tuple[float, ...] = (900_000.0, 2_600_000.0, 7_500_000.0)


@dataclass(frozen=True, slots=True)
class Loyalty:
    """How customers buy again and leave: BG/NBD for those who buy by the piece, yearly renewal for contracts.

    Attributes
    ----------
    share_contract
        Share of customers on a yearly contract.
    rate_shape, rate_a_year
        Gamma distribution of a piece buyer's orders a year: shape and mean.
    dropout_a, dropout_b
        Beta distribution of the chance to become inactive after a repeat order.
    leave_a, leave_b
        Beta distribution of the chance that a contract is not renewed.
    expansions_a_year
        Mean of the further orders a year of a contract customer.
    share_via_deal
        Share of a piece buyer's repeat orders that pass through a deal.
    win_rate_existing
        Chance that a deal with an existing customer is won by an average owner.
    years_of_history
        Years of orders before the CRM was introduced.
    """

    share_contract: float = 0.45
    rate_shape: float = 1.3
    rate_a_year: float = 1.6
    dropout_a: float = 0.8
    dropout_b: float = 5.0
    leave_a: float = 1.5
    leave_b: float = 9.5
    expansions_a_year: float = 0.30
    share_via_deal: float = 0.25
    win_rate_existing: float = 0.55
    years_of_history: int = 3


@dataclass(frozen=True, slots=True)
class Calling:
    """When people call and when somebody answers.

    Attributes
    ----------
    hours
        Share of calls by hour of the day from 9:00 to 17:59.
    connected
        Chance that a call of that hour reaches the person.
    attempts
        Mean number of calls to a lead that is not won over.
    """

    hours: tuple[float, ...] = (0.07, 0.15, 0.15, 0.05, 0.12, 0.14, 0.12, 0.12, 0.08)
    connected: tuple[float, ...] = (0.15, 0.22, 0.24, 0.09, 0.18, 0.20, 0.22, 0.28, 0.23)
    attempts: float = 9.0


@dataclass(frozen=True, slots=True)
class Trials:
    """Experiments that the company ran, with their planted effects.

    Attributes
    ----------
    script
        Log-odds of the appointment under the new call script (unit: lead).
    offer_points
        Discount in points of the offer arm; the other arm gives none (unit: account). Works through
        `Pricing.sensitivity`.
    template
        Log-odds of the proposal stage under the new template (unit: rep): nothing, on purpose.
    """

    script: float = 0.40
    offer_points: int = 10
    template: float = 0.0
