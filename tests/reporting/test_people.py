"""Whatever a report tells of people passes one door, and what earlier pages told is remembered."""

import json
from dataclasses import replace
from datetime import date, datetime

import pandas as pd
import pytest
from report_notebook import CELLS, FINDING, PROVENANCE, make_notebook

from saleslab import reporting
from saleslab.cli.reports import warn_of_near
from saleslab.errors import BadArgument, GateClosed, WarehouseError
from saleslab.intake import disclose_people
from saleslab.reporting.blocks import COUNTS_OF_PEOPLE, check_blocks
from saleslab.reporting.layout import lay_out
from saleslab.reporting.manifest import Inputs, inputs_from, read_manifest
from saleslab.reporting.people_log import PEOPLE_LOG, NearGroup, find_near_groups, insist_on_distance, note_people
from saleslab.reporting.running import Run, run_report
from saleslab.wording import Count, Text

WORDS = Text("Segments", "層")


def say_headline(day=date(2026, 10, 31)):
    words = [Text(word, word) for word in ("How are customers?", "Well", "They are well.", "Customers")]
    return reporting.headline(words[0], words[1], "good", words[2], words[3], day)


def count_segments(column="n_people"):
    rows = pd.DataFrame({"segment": ["retail", "services"], column: [Count(30), Count(31)]})
    return reporting.table("segments", WORDS, Text.same(""), rows)


def judge(n_retail=30, n_services=31, table="segments"):
    n = n_retail + n_services
    flags = pd.DataFrame(
        {"retail": [at < n_retail for at in range(n)], "services": [at >= n_retail for at in range(n)]}
    )
    return reporting.people(disclose_people(pd.Series(range(n)), tables={table: flags}))


@pytest.mark.parametrize("column", sorted(COUNTS_OF_PEOPLE))
def test_a_table_that_counts_people_and_was_not_judged_makes_no_page(column):
    with pytest.raises(
        BadArgument, match=rf"(?s)'segments' counts people \({column}\) and was not.*Next: ask.*disclose"
    ):
        check_blocks([say_headline(), count_segments(column)])
    with pytest.raises(BadArgument, match="'segments' counts people"):
        check_blocks([say_headline(), count_segments(column), judge(table="themes")])
    check_blocks([say_headline(), count_segments(column), judge()])
    check_blocks([say_headline(), count_segments("n_companies")])


def test_a_group_below_the_floor_makes_no_page_whoever_put_it_there():
    told = judge()
    small = replace(told.tables[0], groups=(("retail", 9), ("services", 31)))
    with pytest.raises(BadArgument, match=r"(?s)1 groups hold fewer people than the floor.*Next: ask"):
        check_blocks([say_headline(), count_segments(), replace(told, tables=(small,))])


def test_two_judgements_are_none_since_each_knows_half_of_the_page():
    with pytest.raises(BadArgument, match="'people' is used 2 times"):
        check_blocks([say_headline(), judge(), judge()])


def test_the_page_says_in_plain_words_how_much_is_hidden_and_why():
    for told, words in ((judge(), "Nothing had to be hidden"), (judge(n_retail=9), "2 groups are hidden on this page")):
        (note,) = lay_out([say_headline(), told], "en").notes
        assert "rest on at least 10 of them" in note.text.en
        assert words in note.text.en
    assert "区分を非表示" in judge(n_retail=9).text.ja


def make_inputs(key="1" * 64, **parameters):
    return Inputs("feedback", {"by": "industry", **parameters}, key, "", None, {}, {}, ())


def test_a_group_with_a_few_people_more_than_on_an_earlier_page_is_named(tmp_path):
    file, old = tmp_path / PEOPLE_LOG, make_inputs(as_of="2026-10-31")
    now = make_inputs(key="2" * 64, as_of="2026-11-30")
    note_people(file, old, [say_headline(), judge(30, 31)], at=datetime(2026, 11, 1))
    (near,) = find_near_groups(file, now, [say_headline(), judge(39, 31)])
    assert near == NearGroup("segments", "retail", 39, 30, "2026-10-31")
    assert find_near_groups(file, now, [say_headline(), judge(40, 31)]) == ()
    assert find_near_groups(file, now, [say_headline(), judge(30, 31)]) == (), "the same numbers tell nothing new"
    assert find_near_groups(file, make_inputs(by="region"), [say_headline(), judge(39, 31)]) == ()
    assert find_near_groups(file, now, [say_headline()]) == ()
    with pytest.raises(GateClosed, match=r"(?s)1 groups give a few.*retail \(39; 30 on 2026-10-31\).*Next: wait until"):
        insist_on_distance([near])


def test_the_nearest_of_several_earlier_pages_is_named_and_a_run_is_noted_once(tmp_path):
    file = tmp_path / PEOPLE_LOG
    for key, n, day in (("1", 30, date(2026, 8, 31)), ("2", 38, date(2026, 9, 30)), ("2", 38, date(2026, 9, 30))):
        note_people(file, make_inputs(key=key * 64), [say_headline(day), judge(n, 31)], at=datetime(2026, 11, 1))
    assert len(file.read_text(encoding="utf-8").splitlines()) == 2
    (near,) = find_near_groups(file, make_inputs(key="3" * 64), [say_headline(), judge(35, 31)])
    assert (near.n_before, near.as_of_before) == (38, "2026-09-30")


def test_the_log_holds_numbers_and_names_of_groups_only_and_must_not_be_edited(tmp_path):
    file = tmp_path / PEOPLE_LOG
    note_people(
        file, make_inputs(actions_file="/secret/place.csv"), [say_headline(), judge()], at=datetime(2026, 11, 1)
    )
    content = json.loads(file.read_text(encoding="utf-8"))["content"]
    assert content["tables"] == {"segments": {"retail": 30, "services": 31}}
    assert set(content) == {"run_key", "as_of", "cut", "floor", "tables"}
    assert "secret" not in file.read_text(encoding="utf-8")
    file.write_text(file.read_text(encoding="utf-8").replace(":30", ":55"), encoding="utf-8")
    with pytest.raises(WarehouseError, match=r"(?s)was changed after it was written.*Next: restore it"):
        find_near_groups(file, make_inputs(), [say_headline(), judge()])


JUDGED = """\
import pandas as pd
from saleslab import intake

flags = pd.DataFrame({"east": [i < 15 for i in range(30)], "west": [i >= 15 for i in range(30)]})
reporting.people(intake.disclose_people(pd.Series(range(30)), tables={"regions": flags}))"""


def test_a_published_run_is_noted_beside_the_runs_and_taken_as_known_by_the_next(company, tmp_path, capsys):
    cells = [*(cell for cell in CELLS if cell not in {FINDING, PROVENANCE}), FINDING, JUDGED, PROVENANCE]
    notebook, out = make_notebook(tmp_path / "people.ipynb", *cells), tmp_path / "out"
    run = run_report(notebook, db=str(company), out=out)
    assert run.near == ()
    later = replace(inputs_from(read_manifest(run.folder)), notebook_sha256="another")
    near = find_near_groups(out / PEOPLE_LOG, later, [say_headline(), judge(16, 15, table="regions")])
    assert near == (), "another group of another name"
    east = replace(judge().tables[0], table="regions", groups=(("east", 16),))
    near = find_near_groups(out / PEOPLE_LOG, later, [say_headline(), replace(judge(), tables=(east,))])
    assert [(one.group, one.n, one.n_before) for one in near] == [("east", 16, 15)]
    warn_of_near(Run("people", "1", run.folder, is_new=True, near=near), "en")
    assert "1 group has so few people more or fewer" in capsys.readouterr().err
