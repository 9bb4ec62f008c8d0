"""How do the verbs about leads publish a page: the report of that name, about the same leads and the same model?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from saleslab.cli.lead_sources import WINDOW, some_database

if TYPE_CHECKING:
    from saleslab.scoring import Bundle


def publish_page(
    report: str,
    given: Mapping[str, object],
    *,
    bundle: Bundle,
    models: Path,
    db: str,
    file: Path | None,
    lead_map: str,
    out: Path,
) -> Path:
    """Run a report about a model of the shelf, publish the site, and return the folder of the run.

    Parameters
    ----------
    report
        Its name.
    given
        Its own parameters; those of the model and the leads are added.
    bundle, models
        The model and its shelf.
    db, file, lead_map
        Where leads come from.
    out
        Folder of all reports.

    Raises
    ------
    ReportFailed
        When the report stopped.
    """
    from saleslab.reporting import publish_site, run_report

    facts = bundle.manifest.facts
    told: dict[str, object] = {"models": str(models.absolute()), "model": bundle.folder.name}
    told |= {"goal": facts.goal or "won", "window": facts.window or WINDOW}
    if file is not None:
        is_own = Path(lead_map).is_file()
        told |= {"leads_file": str(file.absolute())}
        told |= {"lead_map": str(Path(lead_map).absolute()) if is_own else lead_map}
    plain = {name: value.isoformat() if isinstance(value, date) else value for name, value in given.items()}
    with some_database(db, is_needed=file is None) as address:
        run = run_report(report, db=address, parameters=told | plain, as_text=True, out=out)
    publish_site(out / "runs", out / "site")
    return run.folder


def list_pages(folder: Path | None) -> dict[str, str] | None:
    """Return the pages of a run by language, as JSON tells them."""
    from saleslab.reporting.page import PAGE_FILES

    return None if folder is None else {name: str(folder / file) for name, file in PAGE_FILES.items()}
