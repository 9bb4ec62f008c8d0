"""What is each customer worth, and what next?

The room has one folder a question, and each opens with its own:

- ``inputs`` reads the warehouse; ``cohorts`` says who comes back, ``concentration`` how much hangs on the largest;
- ``purchases`` foresees how often each buys, ``worth`` what it brings, ``contracts`` who renews;
- ``offers`` says what to offer next, ``health`` who is about to leave, ``feedback`` what customers tell us;
- ``accounts`` shows one account whole.

Every name is loaded when it is first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from saleslab._late_imports import serve_late

if TYPE_CHECKING:
    from saleslab.customers.accounts.names import choose_account, read_labels
    from saleslab.customers.accounts.tables import (
        ACCOUNT_PARTS,
        name_account_columns,
        say_account_gap,
        tabulate_account,
        word_account_table,
    )
    from saleslab.customers.accounts.view import AccountView, view_account
    from saleslab.customers.accounts.words import (
        write_account_banners,
        write_account_cards,
        write_account_findings,
        write_account_headline,
        write_account_notes,
    )
    from saleslab.customers.cohorts import BuyerCohort, CohortCell, RepeatPurchase, measure_cohorts
    from saleslab.customers.concentration import TOPS, Concentration, measure_concentration
    from saleslab.customers.contracts.occasions import OccasionModel, fit_occasions
    from saleslab.customers.contracts.renewals import RenewalModel, fit_renewals
    from saleslab.customers.contracts.retention import Retention, measure_retention
    from saleslab.customers.contracts.retention_rows import read_renewals_due, read_retention
    from saleslab.customers.contracts.rows import read_running_contracts
    from saleslab.customers.feedback import (
        count_themes,
        measure_customer_kpis,
        rank_drivers,
        score_csat,
        score_nps,
        score_pulse,
    )
    from saleslab.customers.health.follow_ups import (
        FollowUpPlan,
        plan_follow_ups,
        read_planned_follow_ups,
        read_won_deals,
    )
    from saleslab.customers.health.pictures import (
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
    from saleslab.customers.health.rating import CustomerHealth, HealthTest, KindHealth, rate_health
    from saleslab.customers.health.review import HealthReview, review_health
    from saleslab.customers.health.rows import read_health_accounts, read_health_groups
    from saleslab.customers.health.words import (
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
    from saleslab.customers.offers.book import OfferBook, open_offers
    from saleslab.customers.offers.checks import OfferTest
    from saleslab.customers.offers.consent import AddressedOffers, address_offers
    from saleslab.customers.offers.pairs import BasketCounts, ProductPairs, count_pairs, find_pairs
    from saleslab.customers.offers.recommending import OfferCheck, ProductOffers, recommend_products
    from saleslab.customers.offers.rows import (
        read_basket_counts,
        read_family_matrix,
        read_item_histories,
        read_offer_contacts,
    )
    from saleslab.customers.offers.whitespace import Whitespace, find_whitespace
    from saleslab.customers.offers.words import (
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
    from saleslab.customers.purchases.counting import count_purchases, group_purchases
    from saleslab.customers.purchases.fits import PurchasePrior
    from saleslab.customers.worth.backtest import BASELINES, ForecastScore, ValueBacktest, backtest_value
    from saleslab.customers.worth.customers import CustomerWorth, value_customers
    from saleslab.customers.worth.log_spend import LogSpend, fit_log_spend
    from saleslab.customers.worth.pages import (
        count_slipping,
        find_verdict,
        list_shown_accounts,
        write_slipping_list,
        write_value_banners,
        write_value_cards,
        write_value_findings,
        write_value_headline,
        write_value_notes,
    )
    from saleslab.customers.worth.pictures import (
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
    from saleslab.customers.worth.reasons import ValueReason, tell_value_reason
    from saleslab.customers.worth.review import Contracts, TrackPoint, ValueReview, review_value, try_review
    from saleslab.customers.worth.spend import SpendModel, fit_spend
    from saleslab.customers.worth.trial import CalibrationGroup, WorthScore, WorthTrial, try_worth
    from saleslab.customers.worth.value import CustomerValue, TotalForecast

_FILES = {
    "inputs": (
        "find_purchase_source", "read_account_names", "read_purchase_counts", "read_purchases_by_month",
        "read_purchases_since", "read_ranked_customers", "read_returns",
    ),
    "cohorts": ("BuyerCohort", "CohortCell", "RepeatPurchase", "measure_cohorts"),
    "concentration": ("TOPS", "Concentration", "measure_concentration"),
    "pictures": (
        "describe_cohorts", "describe_concentration", "name_columns", "say_gap", "tabulate_cohorts",
        "tabulate_concentration", "tell_concentration", "tell_returns",
    ),
    "purchases.counting": ("count_purchases", "group_purchases"),
    "purchases.fits": ("PurchasePrior",),
    "contracts.renewals": ("RenewalModel", "fit_renewals"),
    "contracts.occasions": ("OccasionModel", "fit_occasions"),
    "contracts.retention": ("Retention", "measure_retention"),
    "contracts.retention_rows": ("read_renewals_due", "read_retention"),
    "contracts.rows": ("read_running_contracts",),
    "worth.value": ("CustomerValue", "TotalForecast"),
    "worth.backtest": ("BASELINES", "ForecastScore", "ValueBacktest", "backtest_value"),
    "worth.spend": ("SpendModel", "fit_spend"),
    "worth.log_spend": ("LogSpend", "fit_log_spend"),
    "worth.reasons": ("ValueReason", "tell_value_reason"),
    "worth.customers": ("CustomerWorth", "value_customers"),
    "worth.trial": ("CalibrationGroup", "WorthScore", "WorthTrial", "try_worth"),
    "worth.review": ("Contracts", "TrackPoint", "ValueReview", "review_value", "try_review"),
    "worth.pages": (
        "count_slipping", "find_verdict", "list_shown_accounts", "write_slipping_list", "write_value_banners",
        "write_value_cards", "write_value_findings", "write_value_headline", "write_value_notes",
    ),
    "worth.pictures": (
        "climb_ladder", "describe_calibration", "describe_ladder", "describe_tracking", "name_group",
        "name_value_columns", "tabulate_calibration", "tabulate_contracts", "tabulate_ladder", "tabulate_scores",
        "tabulate_tracking", "tabulate_values", "word_value_table",
    ),
    "offers.recommending": ("OfferCheck", "ProductOffers", "recommend_products"),
    "offers.book": ("OfferBook", "open_offers"),
    "offers.consent": ("AddressedOffers", "address_offers"),
    "offers.rows": ("read_basket_counts", "read_family_matrix", "read_item_histories", "read_offer_contacts"),
    "offers.checks": ("OfferTest",),
    "offers.words": (
        "describe_pairs", "describe_whitespace", "name_offer_columns", "tabulate_gaps", "tabulate_offers",
        "tabulate_pairs", "tabulate_tests", "tell_offer_reason", "word_offer_table", "write_offer_banners",
        "write_offer_findings", "write_offer_headline", "write_offer_lists", "write_offer_notes",
    ),
    "offers.pairs": ("BasketCounts", "ProductPairs", "count_pairs", "find_pairs"),
    "offers.whitespace": ("Whitespace", "find_whitespace"),
    "health.rating": ("CustomerHealth", "HealthTest", "KindHealth", "rate_health"),
    "health.pictures": (
        "best_test", "describe_health", "has_health_part", "list_months", "list_steps", "name_health_columns",
        "say_health_gap", "tabulate_health", "word_health_table",
    ),
    "health.review": ("HealthReview", "review_health"),
    "health.rows": ("read_health_accounts", "read_health_groups"),
    "health.words": (
        "tell_judgement", "write_health_banners", "write_health_cards", "write_health_findings",
        "write_health_headline", "write_health_notes", "write_health_worklist",
    ),
    "health.follow_ups": ("FollowUpPlan", "plan_follow_ups", "read_planned_follow_ups", "read_won_deals"),
    "accounts.view": ("AccountView", "view_account"),
    "accounts.names": ("choose_account", "read_labels"),
    "accounts.tables": (
        "ACCOUNT_PARTS", "name_account_columns", "say_account_gap", "tabulate_account", "word_account_table",
    ),
    "accounts.words": (
        "write_account_banners", "write_account_cards", "write_account_findings", "write_account_headline",
        "write_account_notes",
    ),
    "feedback": ("count_themes", "measure_customer_kpis", "rank_drivers", "score_csat", "score_nps", "score_pulse"),
}  # fmt: skip
"""The names of each file, in reading order; add yours here, above and in ``__all__``, sorted."""

_HOME = {name: file for file, names in _FILES.items() for name in names}

__all__ = [
    "ACCOUNT_PARTS", "BASELINES", "TOPS", "AccountView", "AddressedOffers", "BasketCounts", "BuyerCohort",
    "CalibrationGroup", "CohortCell", "Concentration", "Contracts", "CustomerHealth", "CustomerValue",
    "CustomerWorth", "FollowUpPlan", "ForecastScore", "HealthReview", "HealthTest", "KindHealth", "LogSpend",
    "OccasionModel", "OfferBook", "OfferCheck", "OfferTest", "ProductOffers", "ProductPairs", "PurchasePrior",
    "RenewalModel", "RepeatPurchase", "Retention", "SpendModel", "TotalForecast", "TrackPoint", "ValueBacktest",
    "ValueReason", "ValueReview", "Whitespace", "WorthScore", "WorthTrial", "address_offers", "backtest_value",
    "best_test", "choose_account", "climb_ladder", "count_pairs", "count_purchases", "count_slipping",
    "count_themes", "describe_calibration", "describe_cohorts", "describe_concentration", "describe_health",
    "describe_ladder", "describe_pairs", "describe_tracking", "describe_whitespace", "find_pairs",
    "find_purchase_source", "find_verdict", "find_whitespace", "fit_log_spend", "fit_occasions", "fit_renewals",
    "fit_spend", "group_purchases", "has_health_part", "list_months", "list_shown_accounts", "list_steps",
    "measure_cohorts",
    "measure_concentration", "measure_customer_kpis", "measure_retention", "name_account_columns", "name_columns",
    "name_group", "name_health_columns", "name_offer_columns", "name_value_columns", "open_offers",
    "plan_follow_ups", "rank_drivers", "rate_health", "read_account_names", "read_basket_counts",
    "read_family_matrix", "read_health_accounts", "read_health_groups", "read_item_histories", "read_labels",
    "read_offer_contacts", "read_planned_follow_ups", "read_purchase_counts", "read_purchases_by_month",
    "read_purchases_since", "read_ranked_customers", "read_renewals_due", "read_retention", "read_returns",
    "read_running_contracts", "read_won_deals", "recommend_products", "review_health", "review_value",
    "say_account_gap", "say_gap", "say_health_gap", "score_csat", "score_nps", "score_pulse", "tabulate_account",
    "tabulate_calibration", "tabulate_cohorts", "tabulate_concentration", "tabulate_contracts", "tabulate_gaps",
    "tabulate_health", "tabulate_ladder", "tabulate_offers", "tabulate_pairs", "tabulate_scores", "tabulate_tests",
    "tabulate_tracking", "tabulate_values", "tell_concentration", "tell_judgement", "tell_offer_reason",
    "tell_returns", "tell_value_reason", "try_review", "try_worth", "value_customers", "view_account",
    "word_account_table", "word_health_table", "word_offer_table", "word_value_table", "write_account_banners",
    "write_account_cards", "write_account_findings", "write_account_headline", "write_account_notes",
    "write_health_banners", "write_health_cards", "write_health_findings", "write_health_headline",
    "write_health_notes", "write_health_worklist", "write_offer_banners", "write_offer_findings",
    "write_offer_headline", "write_offer_lists", "write_offer_notes", "write_slipping_list", "write_value_banners",
    "write_value_cards", "write_value_findings", "write_value_headline", "write_value_notes",
]  # fmt: skip

__getattr__, __dir__ = serve_late(__name__, _HOME)
