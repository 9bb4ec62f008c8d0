"""What does one type?

``saleslab <verb>``: one file a theme. Heavy libraries load inside the verbs, so that ``saleslab --help`` answers at
once.
"""

from __future__ import annotations

import gc
import os
from typing import Any

import typer
from typer.core import TyperGroup

from saleslab.cli import (
    checks,
    company,
    customer_accounts,
    customer_feedback,
    customer_offers,
    customer_segments,
    customers,
    experiments,
    forecast_records,
    forecasts,
    imports,
    kpi_reviews,
    kpi_trees,
    kpi_weeks,
    lead_models,
    leads,
    notebooks,
    reports,
    shelves,
)
from saleslab.cli.demo import demo
from saleslab.cli.simulate import simulate
from saleslab.cli.snapshots import snapshot

READING_ORDER = (
    "demo", "simulate",
    "map", "import", "snapshot", "check", "duplicates", "settings", "dictionary", "export",
    "experiment", "leads", "customers", "forecast", "kpi", "report", "notebooks",
)  # fmt: skip
"""Verbs as a newcomer needs them; a verb that is not named here comes last."""


class _InReadingOrder(TyperGroup):
    """Lists verbs in an order of ours: the help is a table of contents."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of all verbs."""
        place = {name: number for number, name in enumerate(READING_ORDER)}
        return sorted(super().list_commands(ctx), key=lambda name: place.get(name, len(place)))


app = typer.Typer(
    name="saleslab",
    cls=_InReadingOrder,
    help="The scientific sales lab: from a CRM export to decisions that can be proved.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def _set_up() -> None:
    """Prepare for the libraries that load inside the verbs.

    Linear algebra gets one thread, since more wait for each other on a busy machine; garbage is collected seldom, since
    loading libraries makes hardly any.
    """
    for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    gc.set_threshold(50_000, 20, 20)


app.command(rich_help_panel="Start")(demo)
app.command(rich_help_panel="Start")(simulate)
app.command("import", rich_help_panel="Your data")(imports.import_)
app.command(rich_help_panel="Your data")(snapshot)
app.command(rich_help_panel="Your data")(checks.check)
app.command(rich_help_panel="Your data")(checks.duplicates)
app.command(rich_help_panel="Your data")(company.settings)
app.command(rich_help_panel="Your data")(company.dictionary)
app.command(rich_help_panel="Your data")(company.export)

map_verbs = typer.Typer(help="See, check and propose the maps that an import reads by.", no_args_is_help=True)
map_verbs.command("check")(imports.map_check)
map_verbs.command("suggest")(imports.map_suggest)
map_verbs.command("list")(imports.map_list)
map_verbs.command("show")(imports.map_show)
app.add_typer(map_verbs, name="map", rich_help_panel="Your data")

report_verbs = typer.Typer(help="Run reports, prove them, publish them.", no_args_is_help=True)
report_verbs.command("run")(reports.run_)
report_verbs.command("list")(shelves.list_)
report_verbs.command("show")(shelves.show)
report_verbs.command("verify")(shelves.verify)
report_verbs.command("publish")(reports.publish)
app.add_typer(report_verbs, name="report", rich_help_panel="Reports")

experiment_verbs = typer.Typer(help="Plan a test, draw the lots, read the result.", no_args_is_help=True)
experiment_verbs.command("plan")(experiments.plan)
experiment_verbs.command("assign")(experiments.assign)
experiment_verbs.command("analyse")(experiments.analyse)
experiment_verbs.command("registry")(experiments.registry)
app.add_typer(experiment_verbs, name="experiment", rich_help_panel="Experiments")

lead_verbs = typer.Typer(help="Train a model of who will buy, and call the right lead first.", no_args_is_help=True)
lead_verbs.command("train")(leads.train)
lead_verbs.command("score")(leads.score)
lead_verbs.command("rank")(leads.rank)
lead_verbs.command("watch")(lead_models.watch)
lead_verbs.command("card")(lead_models.card)
lead_verbs.command("models")(lead_models.models_)
app.add_typer(lead_verbs, name="leads", rich_help_panel="Leads")

customer_verbs = typer.Typer(help="What each customer is worth, and what comes next.", no_args_is_help=True)
customer_verbs.command("value")(customers.value)
customer_verbs.command("segment")(customer_segments.segment)
customer_verbs.command("offers")(customer_offers.offers)
customer_verbs.command("account")(customer_accounts.account)
customer_verbs.command("health")(customer_accounts.health)
customer_verbs.command("feedback")(customer_feedback.feedback)
app.add_typer(customer_verbs, name="customers", rich_help_panel="Customers")

forecast_verbs = typer.Typer(
    help="What we will sell, how sure we are, and which deals decide it.", no_args_is_help=True
)
forecast_verbs.command("run")(forecasts.run_)
forecast_verbs.command("backtest")(forecast_records.backtest)
forecast_verbs.command("log")(forecast_records.log)
app.add_typer(forecast_verbs, name="forecast", rich_help_panel="Forecasts")

kpi_verbs = typer.Typer(no_args_is_help=True, help="Goals and their measures: what must be reached, and will it be?")
kpi_verbs.command("lint")(kpi_trees.lint)
kpi_verbs.command("measure")(kpi_trees.measure_)
kpi_verbs.command("study")(kpi_trees.study)
kpi_verbs.command("monitor")(kpi_weeks.monitor)
review_verbs = typer.Typer(no_args_is_help=True, help="The review log: due, decided, voted, predicted, judged.")
review_verbs.command("due")(kpi_reviews.due)
review_verbs.command("held")(kpi_reviews.held)
review_verbs.command("decide")(kpi_reviews.decide)
review_verbs.command("outcome")(kpi_reviews.outcome)
review_verbs.command("say")(kpi_reviews.opine)
review_verbs.command("seen")(kpi_reviews.seen)
review_verbs.command("record")(kpi_reviews.record)
review_verbs.command("score")(kpi_reviews.score)
review_verbs.command("verify")(kpi_reviews.verify)
kpi_verbs.add_typer(review_verbs, name="review")
app.add_typer(kpi_verbs, name="kpi", rich_help_panel="Goals")

notebook_verbs = typer.Typer(help="Prove, refresh and format the notebooks of the project.", no_args_is_help=True)
notebook_verbs.command("check")(notebooks.check)
notebook_verbs.command("run")(notebooks.run_)
notebook_verbs.command("format")(notebooks.format_)
app.add_typer(notebook_verbs, name="notebooks", rich_help_panel="Reports")

__all__ = ["app"]
