"""What is each customer worth, and what next?

Who comes back (`cohorts`), how much hangs on the largest (`concentration`), and how often each will buy, with intervals
of the number that comes (`value`). Every name is loaded when it is first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from saleslab.customers.account import AccountView, view_account
    from saleslab.customers.account_names import choose_account, read_labels
    from saleslab.customers.account_tables import (
        ACCOUNT_PARTS,
        name_account_columns,
        say_account_gap,
        tabulate_account,
        word_account_table,
    )
    from saleslab.customers.account_words import (
        write_account_banners,
        write_account_cards,
        write_account_findings,
        write_account_headline,
        write_account_notes,
    )
    from saleslab.customers.cohorts import BuyerCohort, CohortCell, RepeatPurchase, measure_cohorts
    from saleslab.customers.concentration import TOPS, Concentration, measure_concentration
    from saleslab.customers.contract_rows import (
        read_running_contracts,
    )
    from saleslab.customers.feedback import (
        count_themes,
        measure_customer_kpis,
        rank_drivers,
        score_csat,
        score_nps,
        score_pulse,
    )
    from saleslab.customers.follow_ups import FollowUpPlan, plan_follow_ups, read_planned_follow_ups, read_won_deals
    from saleslab.customers.health import CustomerHealth, HealthTest, KindHealth, rate_health
    from saleslab.customers.health_pictures import (
        best_test,
        describe_health,
        has_health_part,
        list_months,
        list_steps,
        name_health_columns,
        say_health_gap,
        tabulate_health,
        word_health_table,
    )
    from saleslab.customers.health_review import HealthReview, review_health
    from saleslab.customers.health_rows import read_health_accounts, read_health_groups
    from saleslab.customers.health_words import (
        tell_judgement,
        write_health_banners,
        write_health_cards,
        write_health_findings,
        write_health_headline,
        write_health_notes,
        write_health_worklist,
    )
    from saleslab.customers.inputs import (
        find_purchase_source,
        read_account_names,
        read_purchase_counts,
        read_purchases_by_month,
        read_purchases_since,
        read_ranked_customers,
        read_returns,
    )
    from saleslab.customers.log_spend import (
        LogSpend,
        fit_log_spend,
    )
    from saleslab.customers.occasions import OccasionModel, fit_occasions
    from saleslab.customers.offer_book import OfferBook, open_offers
    from saleslab.customers.offer_consent import AddressedOffers, address_offers
    from saleslab.customers.offer_rows import (
        read_basket_counts,
        read_family_matrix,
        read_item_histories,
        read_offer_contacts,
    )
    from saleslab.customers.offer_tests import OfferTest
    from saleslab.customers.offer_words import (
        describe_pairs,
        describe_whitespace,
        name_offer_columns,
        tabulate_gaps,
        tabulate_offers,
        tabulate_pairs,
        tabulate_tests,
        tell_offer_reason,
        word_offer_table,
        write_offer_banners,
        write_offer_findings,
        write_offer_headline,
        write_offer_lists,
        write_offer_notes,
    )
    from saleslab.customers.pairs import BasketCounts, ProductPairs, count_pairs, find_pairs
    from saleslab.customers.pictures import (
        describe_cohorts,
        describe_concentration,
        name_columns,
        say_gap,
        tabulate_cohorts,
        tabulate_concentration,
        tell_concentration,
        tell_returns,
    )
    from saleslab.customers.purchase_fits import PurchasePrior
    from saleslab.customers.purchases import count_purchases, group_purchases
    from saleslab.customers.reasons import ValueReason, tell_value_reason
    from saleslab.customers.recommending import OfferCheck, ProductOffers, recommend_products
    from saleslab.customers.renewals import RenewalModel, fit_renewals
    from saleslab.customers.retention import Retention, measure_retention
    from saleslab.customers.retention_rows import read_renewals_due, read_retention
    from saleslab.customers.spend import SpendModel, fit_spend
    from saleslab.customers.value import CustomerValue, TotalForecast
    from saleslab.customers.value_backtest import BASELINES, ForecastScore, ValueBacktest, backtest_value
    from saleslab.customers.whitespace import Whitespace, find_whitespace
    from saleslab.customers.worth import (
        CustomerWorth,
        value_customers,
    )
    from saleslab.customers.worth_pages import (
        count_slipping,
        find_verdict,
        write_slipping_list,
        write_value_banners,
        write_value_cards,
        write_value_findings,
        write_value_headline,
        write_value_notes,
    )
    from saleslab.customers.worth_pictures import (
        climb_ladder,
        describe_calibration,
        describe_ladder,
        describe_tracking,
        name_group,
        name_value_columns,
        tabulate_calibration,
        tabulate_contracts,
        tabulate_ladder,
        tabulate_scores,
        tabulate_tracking,
        tabulate_values,
        word_value_table,
    )
    from saleslab.customers.worth_review import (
        Contracts,
        TrackPoint,
        ValueReview,
        review_value,
        try_review,
    )
    from saleslab.customers.worth_trial import (
        CalibrationGroup,
        WorthScore,
        WorthTrial,
        try_worth,
    )

# fmt: off
_HOME = {
    "ACCOUNT_PARTS": "account_tables", "AccountView": "account", "AddressedOffers": "offer_consent",
    "BASELINES": "value_backtest", "BasketCounts": "pairs", "BuyerCohort": "cohorts",
    "CalibrationGroup": "worth_trial", "CohortCell": "cohorts", "Concentration": "concentration",
    "Contracts": "worth_review", "CustomerHealth": "health", "CustomerValue": "value", "CustomerWorth": "worth",
    "FollowUpPlan": "follow_ups", "ForecastScore": "value_backtest", "HealthReview": "health_review",
    "HealthTest": "health", "KindHealth": "health", "LogSpend": "log_spend", "OccasionModel": "occasions",
    "OfferBook": "offer_book", "OfferCheck": "recommending", "OfferTest": "offer_tests",
    "ProductOffers": "recommending", "ProductPairs": "pairs", "PurchasePrior": "purchase_fits",
    "RenewalModel": "renewals", "RepeatPurchase": "cohorts", "Retention": "retention", "SpendModel": "spend",
    "TOPS": "concentration", "TotalForecast": "value", "TrackPoint": "worth_review",
    "ValueBacktest": "value_backtest", "ValueReason": "reasons", "ValueReview": "worth_review",
    "Whitespace": "whitespace", "WorthScore": "worth_trial", "WorthTrial": "worth_trial",
    "address_offers": "offer_consent", "backtest_value": "value_backtest", "best_test": "health_pictures",
    "choose_account": "account_names", "climb_ladder": "worth_pictures", "count_pairs": "pairs",
    "count_purchases": "purchases", "count_slipping": "worth_pages", "count_themes": "feedback",
    "describe_calibration": "worth_pictures", "describe_cohorts": "pictures", "describe_concentration": "pictures",
    "describe_health": "health_pictures", "describe_ladder": "worth_pictures", "describe_pairs": "offer_words",
    "describe_tracking": "worth_pictures", "describe_whitespace": "offer_words", "find_pairs": "pairs",
    "find_purchase_source": "inputs", "find_verdict": "worth_pages", "find_whitespace": "whitespace",
    "fit_log_spend": "log_spend", "fit_occasions": "occasions", "fit_renewals": "renewals", "fit_spend": "spend",
    "group_purchases": "purchases", "has_health_part": "health_pictures", "list_months": "health_pictures",
    "list_steps": "health_pictures", "measure_cohorts": "cohorts", "measure_concentration": "concentration",
    "measure_customer_kpis": "feedback", "measure_retention": "retention", "name_account_columns": "account_tables",
    "name_columns": "pictures", "name_group": "worth_pictures", "name_health_columns": "health_pictures",
    "name_offer_columns": "offer_words", "name_value_columns": "worth_pictures", "open_offers": "offer_book",
    "plan_follow_ups": "follow_ups", "rank_drivers": "feedback", "rate_health": "health",
    "read_basket_counts": "offer_rows", "read_family_matrix": "offer_rows", "read_health_accounts": "health_rows",
    "read_health_groups": "health_rows", "read_item_histories": "offer_rows", "read_labels": "account_names",
    "read_offer_contacts": "offer_rows", "read_planned_follow_ups": "follow_ups", "read_account_names": "inputs",
    "read_purchase_counts": "inputs", "read_purchases_by_month": "inputs", "read_purchases_since": "inputs",
    "read_ranked_customers": "inputs", "read_renewals_due": "retention_rows", "read_retention": "retention_rows",
    "read_returns": "inputs", "read_running_contracts": "contract_rows", "read_won_deals": "follow_ups",
    "recommend_products": "recommending", "review_health": "health_review", "review_value": "worth_review",
    "say_account_gap": "account_tables", "say_gap": "pictures", "say_health_gap": "health_pictures",
    "score_csat": "feedback", "score_nps": "feedback", "score_pulse": "feedback",
    "tabulate_account": "account_tables", "tabulate_calibration": "worth_pictures", "tabulate_cohorts": "pictures",
    "tabulate_concentration": "pictures", "tabulate_contracts": "worth_pictures", "tabulate_gaps": "offer_words",
    "tabulate_health": "health_pictures", "tabulate_ladder": "worth_pictures", "tabulate_offers": "offer_words",
    "tabulate_pairs": "offer_words", "tabulate_scores": "worth_pictures", "tabulate_tests": "offer_words",
    "tabulate_tracking": "worth_pictures", "tabulate_values": "worth_pictures", "tell_concentration": "pictures",
    "tell_judgement": "health_words", "tell_offer_reason": "offer_words", "tell_returns": "pictures",
    "tell_value_reason": "reasons", "try_review": "worth_review", "try_worth": "worth_trial",
    "value_customers": "worth", "view_account": "account", "word_account_table": "account_tables",
    "word_health_table": "health_pictures", "word_offer_table": "offer_words", "word_value_table": "worth_pictures",
    "write_account_banners": "account_words", "write_account_cards": "account_words",
    "write_account_findings": "account_words", "write_account_headline": "account_words",
    "write_account_notes": "account_words", "write_health_banners": "health_words",
    "write_health_cards": "health_words", "write_health_findings": "health_words",
    "write_health_headline": "health_words", "write_health_notes": "health_words",
    "write_health_worklist": "health_words", "write_offer_banners": "offer_words",
    "write_offer_findings": "offer_words", "write_offer_headline": "offer_words", "write_offer_lists": "offer_words",
    "write_offer_notes": "offer_words", "write_slipping_list": "worth_pages", "write_value_banners": "worth_pages",
    "write_value_cards": "worth_pages", "write_value_findings": "worth_pages", "write_value_headline": "worth_pages",
    "write_value_notes": "worth_pages",
}
# fmt: on
"""The file of each name; add yours here, above and in ``__all__``, sorted."""

__all__ = [
    "ACCOUNT_PARTS",
    "BASELINES",
    "TOPS",
    "AccountView",
    "AddressedOffers",
    "BasketCounts",
    "BuyerCohort",
    "CalibrationGroup",
    "CohortCell",
    "Concentration",
    "Contracts",
    "CustomerHealth",
    "CustomerValue",
    "CustomerWorth",
    "FollowUpPlan",
    "ForecastScore",
    "HealthReview",
    "HealthTest",
    "KindHealth",
    "LogSpend",
    "OccasionModel",
    "OfferBook",
    "OfferCheck",
    "OfferTest",
    "ProductOffers",
    "ProductPairs",
    "PurchasePrior",
    "RenewalModel",
    "RepeatPurchase",
    "Retention",
    "SpendModel",
    "TotalForecast",
    "TrackPoint",
    "ValueBacktest",
    "ValueReason",
    "ValueReview",
    "Whitespace",
    "WorthScore",
    "WorthTrial",
    "address_offers",
    "backtest_value",
    "best_test",
    "choose_account",
    "climb_ladder",
    "count_pairs",
    "count_purchases",
    "count_slipping",
    "count_themes",
    "describe_calibration",
    "describe_cohorts",
    "describe_concentration",
    "describe_health",
    "describe_ladder",
    "describe_pairs",
    "describe_tracking",
    "describe_whitespace",
    "find_pairs",
    "find_purchase_source",
    "find_verdict",
    "find_whitespace",
    "fit_log_spend",
    "fit_occasions",
    "fit_renewals",
    "fit_spend",
    "group_purchases",
    "has_health_part",
    "list_months",
    "list_steps",
    "measure_cohorts",
    "measure_concentration",
    "measure_customer_kpis",
    "measure_retention",
    "name_account_columns",
    "name_columns",
    "name_group",
    "name_health_columns",
    "name_offer_columns",
    "name_value_columns",
    "open_offers",
    "plan_follow_ups",
    "rank_drivers",
    "rate_health",
    "read_account_names",
    "read_basket_counts",
    "read_family_matrix",
    "read_health_accounts",
    "read_health_groups",
    "read_item_histories",
    "read_labels",
    "read_offer_contacts",
    "read_planned_follow_ups",
    "read_purchase_counts",
    "read_purchases_by_month",
    "read_purchases_since",
    "read_ranked_customers",
    "read_renewals_due",
    "read_retention",
    "read_returns",
    "read_running_contracts",
    "read_won_deals",
    "recommend_products",
    "review_health",
    "review_value",
    "say_account_gap",
    "say_gap",
    "say_health_gap",
    "score_csat",
    "score_nps",
    "score_pulse",
    "tabulate_account",
    "tabulate_calibration",
    "tabulate_cohorts",
    "tabulate_concentration",
    "tabulate_contracts",
    "tabulate_gaps",
    "tabulate_health",
    "tabulate_ladder",
    "tabulate_offers",
    "tabulate_pairs",
    "tabulate_scores",
    "tabulate_tests",
    "tabulate_tracking",
    "tabulate_values",
    "tell_concentration",
    "tell_judgement",
    "tell_offer_reason",
    "tell_returns",
    "tell_value_reason",
    "try_review",
    "try_worth",
    "value_customers",
    "view_account",
    "word_account_table",
    "word_health_table",
    "word_offer_table",
    "word_value_table",
    "write_account_banners",
    "write_account_cards",
    "write_account_findings",
    "write_account_headline",
    "write_account_notes",
    "write_health_banners",
    "write_health_cards",
    "write_health_findings",
    "write_health_headline",
    "write_health_notes",
    "write_health_worklist",
    "write_offer_banners",
    "write_offer_findings",
    "write_offer_headline",
    "write_offer_lists",
    "write_offer_notes",
    "write_slipping_list",
    "write_value_banners",
    "write_value_cards",
    "write_value_findings",
    "write_value_headline",
    "write_value_notes",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"saleslab.customers.{_HOME[name]}"), name)
    raise AttributeError(f"module 'saleslab.customers' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
