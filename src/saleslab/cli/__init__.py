"""What does one type?

``saleslab <verb>``: one file a theme. Heavy libraries load inside the verbs, so that ``saleslab --help`` answers at
once.
"""

from __future__ import annotations

import typer

from saleslab.cli import company
from saleslab.cli.demo import demo
from saleslab.cli.simulate import simulate

app = typer.Typer(
    name="saleslab",
    help="The scientific sales lab: from a CRM export to decisions that can be proved.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.command(rich_help_panel="Start")(demo)
app.command(rich_help_panel="Start")(simulate)
app.command(rich_help_panel="Company")(company.settings)
app.command(rich_help_panel="Company")(company.dictionary)

__all__ = ["app"]
