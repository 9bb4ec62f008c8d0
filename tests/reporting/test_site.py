"""The site: a list of what was published, latest first, that never shows half of anything."""

import json
import shutil
from dataclasses import replace
from datetime import date

import pytest
from demo_report import demo_blocks
from page_reader import read_page
from run_maker import make_run

from saleslab.reporting import publish_site
from saleslab.reporting.page import INDEX_FILES, PAGE_FILES
from saleslab.reporting.run_folder import MANIFEST
from saleslab.wording import Text


@pytest.fixture(scope="module")
def head():
    return demo_blocks()[0]


@pytest.fixture
def runs(tmp_path, head):
    """Three days of one report and one day of another, made out of order."""
    folder = tmp_path / "runs"
    for report, key, day, tone in (
        ("target_study", "k2", date(2026, 11, 16), "bad"),
        ("sales_review", "k9", date(2026, 10, 31), "good"),
        ("target_study", "k1", date(2026, 11, 23), "warn"),
        ("target_study", "k3", date(2026, 11, 9), "neutral"),
    ):
        told = replace(head, as_of=day, tone=tone, subject=Text(f"{report} {day}", f"{report} {day}"))
        make_run(folder, report, key, [told])
    return folder


def hrefs(site, lang="en"):
    main = read_page((site / INDEX_FILES[lang]).read_text(encoding="utf-8")).one("main")
    return [link.attrs["href"] for link in main.all("a")]


def snapshot(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("lang", list(INDEX_FILES))
def test_every_report_is_listed_latest_first_and_its_page_is_there(runs, tmp_path, lang):
    site = publish_site(runs, tmp_path / "site")
    listed = hrefs(tmp_path / "site", lang)
    file = PAGE_FILES[lang]
    assert listed == [f"target_study/{key}/{file}" for key in ("k1", "k2", "k3")] + [f"sales_review/k9/{file}"]
    assert (site.n_runs, site.refused, site.index) == (4, (), tmp_path / "site" / "index.html")
    for href in listed:
        assert (tmp_path / "site" / href).read_bytes() == (runs / href).read_bytes()


def test_the_latest_of_each_report_shows_its_status_and_earlier_ones_are_folded(runs, tmp_path):
    publish_site(runs, tmp_path / "site")
    page = read_page((tmp_path / "site" / "index.html").read_text(encoding="utf-8"))
    group = page.one("section", id="target_study")
    assert group.one("p", class_="status").text.startswith("Watch: 61")
    assert group.one("details").one("summary").text == "2 earlier reports"
    assert page.one("section", id="sales_review").all("details") == []


def test_the_same_runs_give_the_same_bytes_wherever_they_lie(runs, tmp_path):
    publish_site(runs, tmp_path / "site")
    moved = tmp_path / "elsewhere" / "runs"
    shutil.copytree(runs, moved)
    publish_site(moved, tmp_path / "other")
    assert snapshot(tmp_path / "other") == snapshot(tmp_path / "site")


def test_publishing_again_touches_nothing(runs, tmp_path):
    site = tmp_path / "site"
    publish_site(runs, site)
    before = {path: path.stat().st_mtime_ns for path in site.rglob("*")}
    publish_site(runs, site)
    assert {path: path.stat().st_mtime_ns for path in site.rglob("*")} == before


def test_drafts_failed_runs_and_half_written_runs_are_not_listed(runs, tmp_path, head):
    (runs / "target_study" / "k2" / MANIFEST).unlink()
    make_run(runs, ".draft-target_study", "k5", [head])
    make_run(runs, "target_study", ".draft-k6", [head])
    assert publish_site(runs, tmp_path / "site").n_runs == 3
    assert not [href for href in hrefs(tmp_path / "site") if "k2" in href or "draft" in href]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda run: (run / "en.html").write_text("<h1>All is well</h1>", encoding="utf-8"),
        lambda run: (run / "blocks.json").unlink(),
        lambda run: (run / MANIFEST).write_text("{", encoding="utf-8"),
        lambda run: (run / MANIFEST).write_text(
            json.dumps(json.loads((run / MANIFEST).read_text()) | {"outputs": {}}), encoding="utf-8"
        ),
    ],
)
def test_a_run_whose_files_are_not_what_its_manifest_says_is_refused(runs, tmp_path, spoil):
    spoil(runs / "target_study" / "k1")
    site = publish_site(runs, tmp_path / "site")
    assert site.refused == (runs / "target_study" / "k1",)
    assert not [href for href in hrefs(tmp_path / "site") if "k1" in href]


def test_of_two_runs_of_one_day_the_later_made_comes_first(runs, tmp_path, head):
    make_run(
        runs, "sales_review", "ka", [replace(head, as_of=date(2026, 10, 31))], started_at="2026-11-02T09:00:00+00:00"
    )
    publish_site(runs, tmp_path / "site")
    assert [href.split("/")[1] for href in hrefs(tmp_path / "site") if href.startswith("sales_review")] == ["ka", "k9"]


def test_pages_of_runs_that_are_gone_are_removed_and_other_files_are_left(runs, tmp_path):
    site = tmp_path / "site"
    publish_site(runs, site)
    (site / "target_study" / "k2" / "notes.txt").write_text("mine", encoding="utf-8")
    (site / "CNAME").write_text("mine", encoding="utf-8")
    shutil.rmtree(runs / "target_study")
    publish_site(runs, site)
    assert sorted(snapshot(site)) == [
        "CNAME", "index.html", "index.ja.html", "sales_review/k9/en.html", "sales_review/k9/ja.html",
        "target_study/k2/notes.txt",
    ]  # fmt: skip


def test_no_half_written_file_stays(runs, tmp_path):
    publish_site(runs, tmp_path / "site")
    assert [name for name in snapshot(tmp_path / "site") if "/." in f"/{name}"] == []


def test_a_site_without_runs_says_so(tmp_path):
    site = publish_site(tmp_path / "nowhere", tmp_path / "site")
    assert site.n_runs == 0
    assert "公開されたレポートはまだありません。" in (tmp_path / "site" / "index.ja.html").read_text(encoding="utf-8")


def test_pages_lead_back_to_the_list_in_their_language(runs, tmp_path):
    site = tmp_path / "site"
    publish_site(runs, site)
    for lang, file in PAGE_FILES.items():
        page = site / "target_study" / "k1" / file
        home = read_page(page.read_text(encoding="utf-8")).one("nav").all("a")[0].attrs["href"]
        assert (page.parent / home).resolve() == site / INDEX_FILES[lang]
