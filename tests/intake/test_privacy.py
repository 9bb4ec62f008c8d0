"""Privacy: pseudonyms that join and tell nothing, groups too small to show, opt-outs, the scanner, safe files."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleslab.errors import BadArgument, FileProblem, TableError
from saleslab.intake import (
    find_personal,
    keep_reachable,
    make_pseudonym,
    mask_personal,
    read_key,
    redact_frame,
    suppress_small_groups,
    write_safe_csv,
)
from saleslab.reporting import publish_site, run_report
from saleslab.simulation import Scenario, load_company, simulate
from saleslab.warehouse import connect

KEY = b"0123456789abcdef"
ROOT = Path(__file__).resolve().parents[2]


# Pseudonyms


def test_one_person_has_one_pseudonym_in_every_table_and_spelling():
    contacts = pd.DataFrame({"contact_id": ["1"], "name": ["髙橋　花子"], "email": ["Hana@Example.co.jp"]})
    leads = pd.DataFrame({"lead_id": ["9"], "contact_name": ["高橋花子 様"], "email": ["hana+expo@example.co.jp"],
                          "company": ["（株）ソラニワ"]})  # fmt: skip
    accounts = pd.DataFrame({"account_id": ["a"], "name": ["株式会社ソラニワ"]})
    contact, lead, account = (
        redact_frame(frame, table, key=KEY).iloc[0]
        for frame, table in ((contacts, "contacts"), (leads, "leads"), (accounts, "accounts"))
    )
    assert contact["name"] == lead["contact_name"]
    assert contact["email"] == lead["email"]
    assert account["name"] == lead["company"]
    assert len({contact["name"], contact["email"], account["name"]}) == 3


@given(st.text(min_size=1, max_size=20), st.text(min_size=1, max_size=20))
def test_different_values_keys_and_purposes_have_different_pseudonyms(one, other):
    said = make_pseudonym(one, key=KEY, purpose="email")
    assert (said == make_pseudonym(other, key=KEY, purpose="email")) == (one == other)
    assert said != make_pseudonym(one, key=KEY[::-1], purpose="email")
    assert said != make_pseudonym(one, key=KEY, purpose="phone")
    assert len(said) == 18


def test_a_pseudonym_is_the_hmac_of_rfc_2104():
    # Independent: printf 'email\0hana@example.jp' | openssl dgst -sha256 -hmac 0123456789abcdef
    assert make_pseudonym("hana@example.jp", key=KEY, purpose="email") == "p-134068c34c22f222"


def test_the_key_is_read_from_a_file_outside_any_repository_or_from_the_environment(tmp_path, monkeypatch):
    file = tmp_path / "key"
    file.write_bytes(KEY + b"\n")
    assert read_key(file) == KEY
    monkeypatch.setenv("SALESLAB_PSEUDONYM_KEY", KEY.decode())
    assert read_key() == KEY


def test_a_key_that_is_absent_short_or_shared_is_refused(tmp_path, monkeypatch):
    monkeypatch.delenv("SALESLAB_PSEUDONYM_KEY", raising=False)
    with pytest.raises(BadArgument, match=r"(?s)no key of at least 16 bytes in the variable.*Next: make one: python"):
        read_key()
    short = tmp_path / "short"
    short.write_text("secret")
    with pytest.raises(BadArgument, match=r"(?s)no key of at least 16 bytes in the file") as refused:
        read_key(short)
    assert "secret:" not in str(refused.value)
    with pytest.raises(FileProblem, match=r"(?s)cannot be read.*Next: check the path"):
        read_key(tmp_path / "absent")
    (tmp_path / ".git").mkdir()
    with pytest.raises(FileProblem, match=r"(?s)lies in a Git repository.*Next: keep it outside"):
        read_key(short)


# Redaction


def test_without_a_key_personal_columns_are_left_out_and_custom_always():
    rows = pd.DataFrame({"contact_id": ["1"], "account_id": ["a"], "name": ["佐藤"], "email": ["x@example.jp"],
                         "phone": ["0312345678"], "title": ["部長"], "custom": ['{"mobile": "090"}']})  # fmt: skip
    assert list(redact_frame(rows, "contacts")) == ["contact_id", "account_id", "title"]
    assert list(redact_frame(rows, "contacts", key=KEY)) == [name for name in rows if name != "custom"]
    assert list(redact_frame(rows, "contacts", keep=["name"])) == ["contact_id", "account_id", "name", "title"]


def test_free_text_is_left_out_even_with_a_key():
    rows = pd.DataFrame({"activity_id": ["1"], "subject": ["call Hana"], "note": ["090-1111-2222"], "type": ["call"]})
    assert list(redact_frame(rows, "activities", key=KEY)) == ["activity_id", "type"]


def test_no_personal_value_of_the_invented_company_survives_redaction():
    company = simulate(Scenario(seed=3, n_deals=60))
    for table in ("users", "accounts", "contacts", "leads", "activities", "opportunities"):
        frame = company.tables[table].to_pandas()
        shown = redact_frame(frame, table, key=KEY)
        text = shown.to_csv()
        assert find_personal(text) == ()
        for column in {"name", "contact_name", "company"} & set(frame.columns):
            assert not any(name in text for name in frame[column].dropna().head(200))


def test_missing_personal_values_stay_missing():
    rows = pd.DataFrame({"contact_id": ["1", "2"], "email": [None, " "]})
    assert redact_frame(rows, "contacts", key=KEY)["email"].isna().all()


def test_a_column_that_nobody_declared_is_refused_since_it_may_be_personal():
    rows = pd.DataFrame({"contact_id": ["1"], "mobile_2": ["090-1111-2222"]})
    with pytest.raises(TableError, match=r"(?s)contacts does not declare mobile_2, which may be personal.*Next: leave"):
        redact_frame(rows, "contacts")
    with pytest.raises(TableError, match=r"(?s)contacts has no personal column title.*Next: keep some of: name, email"):
        redact_frame(rows[["contact_id"]], "contacts", keep=["title"])


# Small groups


@pytest.mark.requirement("F03")
@given(st.lists(st.integers(0, 30), min_size=1, max_size=12), st.integers(2, 10))
def test_no_small_group_is_shown_and_none_can_be_had_by_subtraction(counts, least):
    groups = pd.DataFrame({"n": counts, "mean": [float(n) for n in counts]})
    shown = suppress_small_groups(groups, count="n", values=["mean"], least=least)
    assert shown["n"].dropna().isin([0, *range(least, 31)]).all()
    assert shown["mean"].isna().equals(shown["is_suppressed"])
    hidden = groups[shown["is_suppressed"]]
    n_people = sum(counts) - int(shown["n"].sum())  # what a reader who knows the total can work out
    assert n_people == hidden["n"].sum()
    everyone_is_hidden = len(hidden) == sum(n > 0 for n in counts)
    assert len(hidden) == 0 or everyone_is_hidden or (len(hidden) >= 2 and n_people >= least)


@given(st.lists(st.integers(0, 30), min_size=1, max_size=12))
def test_only_small_groups_are_hidden_where_the_total_is_not_known(counts):
    groups = pd.DataFrame({"n": counts, "mean": 1.0})
    shown = suppress_small_groups(groups, count="n", values=["mean"], total_is_known=False)
    assert shown["is_suppressed"].tolist() == [0 < n < 5 for n in counts]


def test_what_is_suppressed_stays_so_when_it_is_done_again():
    groups = pd.DataFrame({"team": list("abcd"), "n": [40, 1, 2, 9], "mean": [1.0, 2.0, 3.0, 4.0]})
    once = suppress_small_groups(groups, count="n", values=["mean"])
    assert once["is_suppressed"].tolist() == [False, True, True, True]
    again = suppress_small_groups(once.drop(columns="is_suppressed"), count="n", values=["mean"])
    assert again["is_suppressed"].tolist() == [False, True, True, True]


def test_a_table_without_its_counts_is_refused():
    with pytest.raises(TableError, match="groups has no column 'n'"):
        suppress_small_groups(pd.DataFrame({"mean": [1.0]}), count="n", values=["mean"])


# Opt-outs

CONTACTS = pd.DataFrame(
    {
        "contact_id": ["1", "2", "3", "4", "5", "6"],
        "email": ["hana@example.jp", "HANA+x@example.jp", "info@example.jp", "info@example.jp", None, "ren@example.jp"],
        "phone": ["090-1111-2222", "03-9999-1111", None, "03-1234-5678", "０９０１１１１２２２２", "+81 3-9999-1111"],
        "opt_out_email": [True, False, False, False, None, False],
        "opt_out_phone": [True, False, True, False, False, None],
    }
)


@pytest.mark.requirement("F03")
@pytest.mark.parametrize(
    ("channel", "reachable"),
    [("email", ["3", "4", "5", "6"]), ("phone", ["4"])],  # 2 and 5 are person 1 again, 6 answers the number of 2
)
def test_who_opted_out_is_on_no_list_under_any_record(channel, reachable):
    assert keep_reachable(CONTACTS[["contact_id"]], CONTACTS, channel=channel)["contact_id"].tolist() == reachable


@pytest.mark.requirement("F03")
def test_a_lead_who_gives_the_address_of_a_contact_that_opted_out_is_on_no_list():
    leads = pd.DataFrame({"lead_id": ["a", "b", "c"], "phone": ["(090) 1111-2222", "03-1111-0000", None]})
    assert keep_reachable(leads, CONTACTS, channel="phone")["lead_id"].tolist() == ["b", "c"]


def test_rows_of_unknown_contacts_are_left_out_and_rows_of_nobody_stay():
    tasks = pd.DataFrame({"task_id": ["x", "y", "z"], "contact_id": ["4", "unknown", None]})
    assert keep_reachable(tasks, CONTACTS, channel="phone")["task_id"].tolist() == ["x", "z"]


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.booleans()), max_size=10))
def test_no_address_that_anyone_closed_is_ever_left_open(records):
    contacts = pd.DataFrame(
        {
            "contact_id": [str(n) for n in range(len(records))],
            "email": [f"{box}@example.jp" for box, _ in records],
            "opt_out_email": [out for _, out in records],
        }
    )
    kept = keep_reachable(contacts, contacts, channel="email")
    assert set(kept["email"]) == {f"{box}@example.jp" for box, _ in records} - {
        f"{b}@example.jp" for b, o in records if o
    }


def test_an_opt_out_that_was_never_imported_is_no_permission():
    with pytest.raises(TableError, match="contacts has no column 'opt_out_phone'"):
        keep_reachable(CONTACTS[["contact_id"]], CONTACTS.drop(columns="opt_out_phone"), channel="phone")
    with pytest.raises(TableError, match="rows has no column 'contact_id'"):
        keep_reachable(pd.DataFrame({"lead_id": ["a"]}), CONTACTS, channel="phone")


# The scanner

SHOWS = [
    "03-1234-5678", "０３－１２３４－５６７８", "(03) 1234-5678", "03(1234)5678", "0312345678", "090 1234 5678",
    "+81-3-1234-5678", "+81 (0)90-1234-5678", "+1 415 555 2671", "+442079460000", "0120-123-456", "050-1234-5678",
    "hana.sato@example.co.jp", "ＨＡＮＡ＠ｅｘａｍｐｌｅ．ｊｐ", "x+y@sub.example.com",
]  # fmt: skip
SHOWS_NOT = [
    "2026-11-24", "2026-04-01 09:00:00", "¥12,345,678", "1,234,567.89", "deal-00000001", "sim:contact-00012345",
    "0.0312345678", "0012345", "3f0312345678ab", "v1.2.3", "100-0001", "@media print", "12:30-13:45", "#03a9f4",
    "61 %", "08-2026", "win rate 0.25-0.31", "person@", "00000000000", "sf:0312345678", "09:05-10:30", "1,090,123,456",
]  # fmt: skip


@pytest.mark.parametrize("text", SHOWS)
@pytest.mark.parametrize("around", ["{}", "電話 {} まで", "<td>{}</td>", '"{}",', "（{}）", "1,{},2", "{}, {{}}"])
def test_addresses_and_numbers_are_found_in_every_writing(text, around):
    said = around.format(text)
    (trace,) = find_personal(said)
    assert trace.kind == ("email" if "@" in text or "＠" in text else "phone")
    assert text.strip("+(") in said[trace.start : trace.end + 1]


@pytest.mark.parametrize("text", ["TEL:03-1234-5678", "電話：03-1234-5678", "phone=0312345678", "tel 0312345678."])
def test_a_number_is_found_behind_its_label(text):
    assert [trace.kind for trace in find_personal(text)] == ["phone"]


@pytest.mark.parametrize("text", SHOWS_NOT)
def test_dates_amounts_ids_and_colours_are_not_taken_for_numbers(text):
    assert find_personal(f"a {text} b") == ()


@given(st.text(max_size=200))
def test_any_text_is_scanned_and_traces_lie_in_it_in_order(text):
    traces = find_personal(text)
    assert list(traces) == sorted(traces)
    assert all(0 <= trace.start < trace.end <= len(text) for trace in traces)


@pytest.mark.requirement("F03")
def test_the_committed_notebooks_show_no_address_and_no_number():
    for path in sorted((ROOT / "notebooks").rglob("*.ipynb")):
        assert find_personal(path.read_text(encoding="utf-8")) == (), path.name


@pytest.mark.slow
@pytest.mark.requirement("F03")
def test_the_pages_of_a_company_full_of_addresses_show_none(tmp_path):
    company = simulate(Scenario(seed=7, n_deals=400))
    assert len(find_personal(company.tables["contacts"].to_pandas().to_csv())) > 800
    database = tmp_path / "lab.duckdb"
    with connect(f"duckdb:///{database}") as lab:
        load_company(company, lab, loaded_at=datetime(2026, 11, 24))
    run_report("sales_review", db=str(database), out=tmp_path, project=ROOT)
    publish_site(tmp_path / "runs", tmp_path / "site")
    pages = [*tmp_path.rglob("*.html"), *tmp_path.rglob("blocks.json")]
    assert len(pages) >= 4
    for page in pages:
        assert find_personal(page.read_text(encoding="utf-8")) == (), page.name


# Safe files


@given(st.text(min_size=1, max_size=30))
def test_no_text_of_a_file_begins_like_a_formula(tmp_path_factory, text):
    file = write_safe_csv(
        pd.DataFrame({"x": [f"={text}", f" +{text}", f"@{text}"]}), tmp_path_factory.mktemp("c") / "x.csv"
    )
    assert all(line[:1] not in "=+-@" for line in pd.read_csv(file, dtype=str, keep_default_na=False)["x"])


def test_texts_that_run_are_made_plain_and_numbers_and_dates_stay(tmp_path):
    table = pd.DataFrame(
        {
            "=id": ["=cmd|' /C calc'!A0", "＝1+1", "\t=1", "-1,200", "Acme"],
            "amount": [-1, 2, 3, 4, 5],
            "paid": [Decimal("-1.50")] * 5,
            "on": [date(2026, 11, 24)] * 5,
            "kind": pd.Categorical(["@a", "b", "@a", "b", None]),
        }
    )
    file = write_safe_csv(table, tmp_path / "deep" / "out.csv")
    assert file.read_bytes().startswith(b"\xef\xbb\xbf'=id,")
    read = pd.read_csv(file, encoding="utf-8-sig", dtype=str)
    assert read["'=id"].tolist() == ["'=cmd|' /C calc'!A0", "'＝1+1", "'\t=1", "-1,200", "Acme"]
    assert read["amount"].tolist()[:1] == ["-1"]
    assert read["paid"].tolist()[:1] == ["-1.50"]
    assert read["on"].tolist()[:1] == ["2026-11-24"]
    assert read["kind"].tolist()[:2] == ["'@a", "b"]
    assert [path.name for path in file.parent.iterdir()] == ["out.csv"]


def test_a_place_that_cannot_be_written_is_refused_and_nothing_half_remains(tmp_path):
    (tmp_path / "taken.csv").mkdir()
    with pytest.raises(FileProblem, match=r"(?s)taken.csv' cannot be written.*Next: name a file"):
        write_safe_csv(pd.DataFrame({"x": ["a"]}), tmp_path / "taken.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["taken.csv"]


@pytest.mark.requirement("F03")
@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Smith's offer", "███'s offer"),
        ("Smith-san called", "███-san called"),
        ("ask O'Brien", "ask ███"),
        ("Anne-Marie Dupont-Moretti", "███-███"),
        ("Smithさんへ", "███さんへ"),
        ("a blacksmith, Smithson", "a blacksmith, Smithson"),
    ],
)
def test_a_name_is_masked_whatever_sign_stands_beside_it_and_no_part_of_a_word_is(text, shown):
    names = ["Bob Smith", "Pat O'Brien", "Anne-Marie Dupont", "Luca Moretti"]
    assert mask_personal(text, names=names) == shown
