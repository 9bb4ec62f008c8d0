"""What a model may know about a lead, and from which moment on.

A feature says when its value is known. What is known only later than the moment at which a lead is scored is never
given to a model, however well it would predict: the length of the call that sold, the reason why a lead was given up.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from saleslab.errors import BadArgument
from saleslab.wording import Text

KnownAt = Literal["created", "contacted", "closed"]
FeatureKind = Literal["category", "number", "flag"]

MOMENTS: tuple[KnownAt, ...] = ("created", "contacted", "closed")
"""Moments in the life of a lead, the earliest first."""


@dataclass(frozen=True, slots=True)
class Feature:
    """One column that a model may use.

    Attributes
    ----------
    name
        Its column.
    known_at
        The moment from which its value is known: when the lead was created, first contacted, or closed.
    label
        What a reader sees.
    kind
        ``category`` (text), ``number`` or ``flag`` (yes or no).
    unit
        Unit of a number (``h``, ``d``); empty for a plain count.
    needs
        ``table.column`` from which it is made; without values there, it is left out.
    is_owner
        Tells who works the lead: a model may use it, a reason never names it.
    is_protected
        The company has declared that no reason may rest on it.
    moves_with_time
        Moves because time goes by, even where nothing changes: leads of a month are all of that month, each campaign
        ends and has a new name next time, and what counts up since the records began only grows. A watch does not call
        that drift; the type and the channel of campaigns it does watch.
    """

    name: str
    known_at: KnownAt
    label: Text
    kind: FeatureKind = "category"
    unit: str = ""
    needs: tuple[str, ...] = ()
    is_owner: bool = False
    is_protected: bool = False
    moves_with_time: bool = False

    def is_known_at(self, moment: KnownAt) -> bool:
        """Say whether the value is known at a moment."""
        return MOMENTS.index(self.known_at) <= MOMENTS.index(moment)


@dataclass(frozen=True, slots=True)
class AbsentFeature:
    """A feature that could not be built.

    Attributes
    ----------
    name
        Which.
    needs
        ``table.column`` that hold nothing, or nothing that was known in time.
    """

    name: str
    needs: tuple[str, ...]


FEATURES: tuple[Feature, ...] = (
    Feature("source", "created", Text("Source", "流入元"), needs=("leads.source",)),
    Feature("campaign", "created", Text("Campaign", "キャンペーン"), needs=("leads.campaign_id",),
            moves_with_time=True),
    Feature("campaign_type", "created", Text("Type of campaign", "施策の種別"), needs=("campaigns.type",)),
    Feature("campaign_channel", "created", Text("Channel of the campaign", "施策のチャネル"),
            needs=("campaigns.channel",)),
    Feature("campaign_age_days", "created", Text("Days since the campaign began", "施策開始からの日数"), "number", "d",
            needs=("campaigns.start",), moves_with_time=True),
    Feature("industry", "created", Text("Industry", "業種"), needs=("leads.industry", "accounts.industry")),
    Feature("employees", "created", Text("Employees", "従業員数"), "number",
            needs=("leads.employees", "accounts.employees")),
    Feature("annual_revenue", "created", Text("Annual revenue", "年間売上"),
            "number", needs=("accounts.annual_revenue",)),
    Feature("region", "created", Text("Region", "地域"), needs=("leads.region", "accounts.region")),
    Feature("title", "created", Text("Title", "役職"), needs=("leads.title", "contacts.title")),
    Feature("seniority", "created", Text("Seniority", "職位"), needs=("leads.seniority", "contacts.seniority")),
    Feature("is_known_company", "created", Text("Company already on record", "登録済みの企業"), "flag",
            needs=("accounts.name",)),
    Feature("is_known_person", "created", Text("Person already on record", "登録済みの担当者"), "flag",
            needs=("contacts.email",)),
    Feature("is_customer", "created", Text("Already a customer", "既存顧客"), "flag", needs=("orders.account_id",)),
    Feature("n_deals_won_before", "created", Text("Deals won before", "過去の受注件数"), "number",
            needs=("opportunities.account_id",), moves_with_time=True),
    Feature("n_deals_lost_before", "created", Text("Deals lost before", "過去の失注件数"), "number",
            needs=("opportunities.account_id",), moves_with_time=True),
    Feature("n_marketing_touches", "created", Text("Marketing touches so far", "それまでのマーケティング接触回数"),
            "number",
            needs=("touches.lead_id",)),
    Feature("n_activities", "created", Text("Contacts so far", "それまでの接触回数"),
            "number", needs=("activities.lead_id",)),
    Feature("n_leads_of_owner", "created", Text("Open leads of the owner", "所有者の対応中リード数"), "number",
            needs=("leads.owner_id",), moves_with_time=True),
    Feature("owner", "created", Text("Owner", "所有者"), needs=("leads.owner_id",), is_owner=True),
    Feature("created_month", "created", Text("Month of arrival", "発生月"), "number", needs=("leads.created_at",),
            moves_with_time=True),
    Feature("created_weekday", "created", Text("Weekday of arrival", "発生曜日"),
            "number", needs=("leads.created_at",)),
    Feature("created_hour", "created", Text("Hour of arrival", "発生時刻"), "number", needs=("leads.created_at",)),
    Feature("created_on_business_day", "created", Text("Arrived on a business day", "営業日に発生"), "flag",
            needs=("calendar.is_business_day",)),
    Feature("response_hours", "contacted", Text("Hours to the first contact", "初回接触までの時間"), "number", "h",
            needs=("leads.first_touch_at", "activities.lead_id")),
    Feature("contact_channel", "contacted", Text("Channel of the first contact", "初回接触のチャネル"),
            needs=("activities.lead_id",)),
    Feature("contact_weekday", "contacted", Text("Weekday of the first contact", "初回接触の曜日"), "number",
            needs=("leads.first_touch_at", "activities.lead_id")),
    Feature("contact_hour", "contacted", Text("Hour of the first contact", "初回接触の時刻"), "number",
            needs=("leads.first_touch_at", "activities.lead_id")),
    Feature("crm_score", "closed", Text("Score of the CRM", "CRMのスコア"), "number", needs=("leads.score",)),
    Feature("disqualify_reason", "closed", Text("Reason of disqualification", "対象外理由"),
            needs=("leads.disqualify_reason",)),
)  # fmt: skip
"""Every feature that `build_leads` can make from canonical tables, the earliest known first."""


def find_feature(name: str) -> Feature:
    """Return the declaration of one feature.

    Raises
    ------
    BadArgument
        When there is no such feature.

    Examples
    --------
    >>> find_feature("response_hours").known_at
    'contacted'
    """
    for feature in FEATURES:
        if feature.name == name:
            return feature
    raise BadArgument(
        f"There is no feature '{name}'.", f"choose from: {', '.join(feature.name for feature in FEATURES)}."
    )


def known_features(moment: KnownAt) -> tuple[Feature, ...]:
    """Return the features whose values are known at a moment.

    Raises
    ------
    BadArgument
        When there is no such moment.

    Examples
    --------
    >>> [feature.name for feature in known_features("closed") if feature.known_at == "closed"]
    ['crm_score', 'disqualify_reason']
    """
    if moment not in MOMENTS:
        raise BadArgument(f"'{moment}' is no moment of a lead.", f"give one of: {', '.join(MOMENTS)}.")
    return tuple(feature for feature in FEATURES if feature.is_known_at(moment))


def wanted_features(moment: KnownAt, columns: Iterable[str] | None = None) -> tuple[Feature, ...]:
    """Return the features of these names, in their order; all that are known at the moment when None.

    Raises
    ------
    BadArgument
        When there is no such moment or feature, or one is not known at the moment.

    Examples
    --------
    >>> [feature.name for feature in wanted_features("created", ["source", "region"])]
    ['source', 'region']
    """
    known = known_features(moment)
    if columns is None:
        return known
    features = tuple(find_feature(name) for name in columns)
    early = [feature.name for feature in features if feature not in known]
    if early:
        raise BadArgument(
            f"Not known when a lead is {moment}: {', '.join(early)}.",
            "describe leads at a later moment, or leave these out.",
        )
    return features
