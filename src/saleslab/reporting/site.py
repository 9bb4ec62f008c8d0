"""The site: a list of every report, latest first, with a copy of each page.

It is a pure function of the runs found. A run counts when its manifest is there and its pages are what the manifest
says; drafts and failed runs have no manifest. Every file appears at once or not at all, the lists after the pages.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import quote

from saleslab.errors import BadArgument, FileProblem
from saleslab.reporting.blocks import Headline, Tone, read_blocks
from saleslab.reporting.manifest import read_manifest
from saleslab.reporting.page import INDEX_FILES, PAGE_FILES, render_template
from saleslab.reporting.run_folder import BLOCKS, MANIFEST, TIMING, changed_outputs, read_json_file
from saleslab.wording import LANGUAGES


@dataclass(frozen=True, slots=True)
class Site:
    """A published site.

    Attributes
    ----------
    index
        The list of reports in the first language.
    n_runs
        How many runs it lists.
    refused
        Folders of runs whose files are not what their manifest says; they are not listed.
    """

    index: Path
    n_runs: int
    refused: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class _Run:
    """A whole run: where it lies, what it is called, when it was made, and its headline."""

    folder: Path
    report: str
    headline: Headline
    made_at: str

    @property
    def place(self) -> str:
        return f"{self.report}/{self.folder.name}"


@dataclass(frozen=True, slots=True)
class _Entry:
    """A run as the list tells it in one language."""

    href: str
    question: str
    subject: str
    status: str
    tone: Tone
    answer: str
    as_of: date


@dataclass(frozen=True, slots=True)
class _Group:
    """The runs of one report: those of the latest day in full, the earlier ones folded."""

    name: str
    latest: tuple[_Entry, ...]
    earlier: tuple[_Entry, ...]


def publish_site(runs_folder: Path, site_folder: Path) -> Site:
    """Write the site of all whole runs of a folder; what has not changed is not touched.

    Parameters
    ----------
    runs_folder
        ``reports/runs``: a folder for each report, and in it one for each run.
    site_folder
        ``reports/site``: gets ``index.html``, ``index.ja.html`` and ``REPORT/RUN/en.html``, ``ja.html``. Pages of runs
        that are gone are removed; other files are left alone.

    Returns
    -------
    Site
        Where it is, how many runs it lists, and which were refused.
    """
    runs, refused = _find_runs(runs_folder)
    for run in runs:
        for file in PAGE_FILES.values():
            _write(site_folder / run.place / file, (run.folder / file).read_bytes())
    groups = _group(runs)
    for lang in LANGUAGES:
        _write(site_folder / INDEX_FILES[lang], _index(groups, lang).encode("utf-8"))
    _remove_stale(site_folder, {run.place for run in runs})
    return Site(site_folder / INDEX_FILES[LANGUAGES[0]], len(runs), tuple(refused))


def _find_runs(runs_folder: Path) -> tuple[list[_Run], list[Path]]:
    """Return whole runs, latest first, and the folders of those that were changed since."""
    runs, refused = [], []
    for file in sorted(runs_folder.glob(f"[!.]*/[!.]*/{MANIFEST}")):
        run = _read_run(file.parent)
        if run is None:
            refused.append(file.parent)
        else:
            runs.append(run)
    return sorted(runs, key=lambda run: (run.headline.as_of, run.made_at, run.place), reverse=True), refused


def _read_run(folder: Path) -> _Run | None:
    """Return the run in a folder, or None where its files are not what a manifest of this version says."""
    needed = {BLOCKS, *PAGE_FILES.values()}
    try:
        manifest = read_manifest(folder)
        if not needed <= set(manifest["outputs"]) or changed_outputs(folder, manifest):
            return None
        timing = read_json_file(folder / TIMING) if (folder / TIMING).is_file() else {}
        blocks = read_blocks(read_json_file(folder / BLOCKS))
    except (FileProblem, BadArgument):
        return None
    headline = next(block for block in blocks if isinstance(block, Headline))
    return _Run(folder, str(manifest["report"]), headline, str(timing.get("started_at", "")))


def _group(runs: Iterable[_Run]) -> list[list[_Run]]:
    """Return runs by report; the report with the latest day first."""
    by_report: dict[str, list[_Run]] = {}
    for run in runs:
        by_report.setdefault(run.report, []).append(run)
    return list(by_report.values())


def _index(groups: Iterable[list[_Run]], lang: str) -> str:
    shown = []
    for runs in groups:
        day = runs[0].headline.as_of
        latest = tuple(_entry(run, lang) for run in runs if run.headline.as_of == day)
        earlier = tuple(_entry(run, lang) for run in runs if run.headline.as_of != day)
        shown.append(_Group(runs[0].report, latest, earlier))
    translations = {other: name for other, name in INDEX_FILES.items() if other != lang}
    return render_template("index.html", lang, ("paper.css", "index.css"), groups=shown, translations=translations)


def _entry(run: _Run, lang: str) -> _Entry:
    told = run.headline
    return _Entry(
        href=quote(f"{run.place}/{PAGE_FILES[lang]}"),
        question=told.question.of(lang),
        subject=told.subject.of(lang),
        status=told.status.of(lang),
        tone=told.tone,
        answer=told.answer.of(lang),
        as_of=told.as_of,
    )


def _write(path: Path, content: bytes) -> None:
    """Write a file at once, unless it is the same already."""
    if path.is_file() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.{os.getpid()}")
    half.write_bytes(content)
    half.replace(path)


def _remove_stale(site_folder: Path, places: set[str]) -> None:
    """Remove pages of runs that are gone, and the folders that hold nothing else."""
    for folder in sorted(_page_folders(site_folder)):
        if folder.relative_to(site_folder).as_posix() in places:
            continue
        for file in PAGE_FILES.values():
            (folder / file).unlink(missing_ok=True)
        for empty in (folder, folder.parent):
            if not any(empty.iterdir()):
                empty.rmdir()


def _page_folders(site_folder: Path) -> Iterator[Path]:
    found = {file.parent for name in PAGE_FILES.values() for file in site_folder.glob(f"[!.]*/[!.]*/{name}")}
    yield from found
