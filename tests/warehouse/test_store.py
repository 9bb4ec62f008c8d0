"""A warehouse keeps what it was given, once, whole or not at all."""

import os
import signal
import subprocess
import sys
import textwrap
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saleslab.errors import BadArgument, NotEnoughData, TableError, WarehouseError
from saleslab.periods import FiscalCalendar
from saleslab.warehouse import Settings, connect

MONDAY = datetime(2026, 11, 23)
TUESDAY = datetime(2026, 11, 24)


def deals(**changes: object) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "opportunity_id": ["o:1", "o:2", "o:3"],
            "stage_id": ["won", "lost", "open"],
            "amount": [Decimal("1000000.00"), Decimal("250000.50"), None],
            "created_at": pd.to_datetime(["2026-04-01 09:00", "2026-05-02 10:30", "2026-06-03 11:00"]),
            "expected_close_date": [date(2026, 6, 30), date(2026, 7, 31), date(2026, 12, 31)],
            "is_closed": [True, True, False],
            "is_won": [True, False, False],
        }
    )
    return frame.assign(**changes)


@pytest.fixture
def lab():
    with connect("duckdb://") as warehouse:
        yield warehouse


def write(lab, name, rows, *, at=MONDAY):
    written = lab.write(name, rows, source_system="test", loaded_at=at)
    return written.n_added, written.n_changed, written.n_unchanged


class TestWriting:
    @pytest.mark.parametrize("n_parts", [0, 1, 2, 3])
    def test_rows_that_come_in_parts_are_compared_across_them(self, lab, n_parts):
        part = pa.RecordBatch.from_pydict({"team_id": ["t:1", "t:2"], "name": ["East", "West"]})
        reader = pa.RecordBatchReader.from_batches(part.schema, [part] * n_parts)
        assert write(lab, "teams", reader) == (2 if n_parts else 0, 0, 0)
        other = pa.RecordBatch.from_pydict({"team_id": ["t:3", "t:1"], "name": ["North", "South"]})
        with pytest.raises(TableError, match="not unique: 1 keys .* such as t:1"):
            write(lab, "teams", pa.RecordBatchReader.from_batches(part.schema, [part] * n_parts + [other, part]))
        assert len(lab.read(lab.table("teams"))) == (2 if n_parts else 0)
        assert write(lab, "teams", pa.RecordBatchReader.from_batches(part.schema, [other])) == (
            (1, 1, 0) if n_parts else (2, 0, 0)
        )

    def test_what_is_written_reads_back_exactly(self, lab):
        write(lab, "opportunities", deals())
        read = lab.read(lab.table("opportunities").order_by("opportunity_id"))
        assert list(read["opportunity_id"]) == ["o:1", "o:2", "o:3"]
        assert list(read["amount"])[:2] == [Decimal("1000000.00"), Decimal("250000.50")]
        assert pd.isna(read["amount"][2])
        assert list(read["created_at"]) == list(deals()["created_at"])
        assert list(read["expected_close_date"].dt.date) == list(deals()["expected_close_date"])
        assert list(read["is_won"]) == [True, False, False]

    def test_the_same_rows_twice_change_nothing(self, lab):
        assert write(lab, "opportunities", deals()) == (3, 0, 0)
        before = lab.fingerprint("opportunities")
        assert write(lab, "opportunities", deals(), at=TUESDAY) == (0, 0, 3)
        assert lab.fingerprint("opportunities") == before
        assert set(lab.read(lab.table("opportunities"))["loaded_at"]) == {pd.Timestamp(MONDAY)}

    def test_a_changed_row_replaces_the_old_one(self, lab):
        write(lab, "opportunities", deals())
        assert write(lab, "opportunities", deals(stage_id=["won", "lost", "proposal"]), at=TUESDAY) == (0, 1, 2)
        rows = lab.read(lab.table("opportunities").order_by("opportunity_id"))
        assert list(rows["stage_id"]) == ["won", "lost", "proposal"]
        assert list(rows["loaded_at"]) == [pd.Timestamp(MONDAY)] * 2 + [pd.Timestamp(TUESDAY)]

    def test_rows_that_are_not_given_again_stay(self, lab):
        write(lab, "opportunities", deals())
        assert write(lab, "opportunities", deals().head(1)) == (0, 0, 1)
        assert len(lab.read(lab.table("opportunities"))) == 3

    def test_rows_arrive_in_parts_as_well_as_at_once(self, lab):
        parts = pa.Table.from_pandas(deals(), preserve_index=False).to_reader(max_chunksize=1)
        assert write(lab, "opportunities", parts) == (3, 0, 0)

    def test_a_repeated_row_is_written_once(self, lab):
        assert write(lab, "opportunities", pd.concat([deals(), deals()], ignore_index=True)) == (3, 0, 0)

    def test_deleted_and_merged_rows_are_kept_but_not_shown(self, lab):
        write(lab, "opportunities", deals(is_deleted=[True, False, False], merged_into_id=[None, "o:3", None]))
        assert list(lab.read(lab.table("opportunities"))["opportunity_id"]) == ["o:3"]
        assert len(lab.read(lab.table("opportunities", all_rows=True))) == 3

    def test_times_with_a_zone_become_utc(self, lab):
        zoned = deals()["created_at"].dt.tz_localize("Asia/Tokyo")
        write(lab, "opportunities", deals(created_at=zoned))
        first = lab.read(lab.table("opportunities").order_by("opportunity_id"))["created_at"][0]
        assert first == pd.Timestamp("2026-04-01 00:00")


class TestRefusals:
    def test_one_key_on_two_contents_is_refused(self, lab):
        twice = pd.concat([deals(), deals(stage_id="open")], ignore_index=True)
        with pytest.raises(
            TableError, match="opportunities.opportunity_id is not unique: 2 keys .*o:1.*\n  Next: keep"
        ):
            write(lab, "opportunities", twice)
        assert lab.names() == ()

    def test_a_missing_key_is_refused(self, lab):
        with pytest.raises(TableError, match="opportunity_id is missing"):
            write(lab, "opportunities", deals(opportunity_id=["o:1", None, "o:3"]))

    def test_an_unknown_column_is_refused(self, lab):
        with pytest.raises(TableError, match=r"opportunities has no column 'colour'"):
            write(lab, "opportunities", deals(colour="red"))

    def test_a_missing_required_column_is_refused(self, lab):
        with pytest.raises(TableError, match="needs the column 'is_won'; it has .*\n  Next: rename"):
            write(lab, "opportunities", deals().drop(columns="is_won"))

    def test_text_in_a_number_is_refused(self, lab):
        with pytest.raises(TableError, match=r"opportunities.amount holds values that are not decimal"):
            write(lab, "opportunities", deals(amount=["a lot", "1", "2"]))

    def test_an_absent_table_is_named(self, lab):
        with pytest.raises(TableError, match="no table 'orders'; it has none yet.\n  Next: import it"):
            lab.table("orders")

    def test_what_a_study_needs_is_named_by_table_and_column(self, lab):
        with pytest.raises(NotEnoughData, match=r"needs handoffs.accepted_at, and the warehouse has no handoffs"):
            lab.need("handoffs", "accepted_at")
        write(lab, "opportunities", deals())
        with pytest.raises(NotEnoughData, match=r"needs opportunities.lost_reason, which is empty in all 3 rows"):
            lab.need("opportunities", "stage_id", "lost_reason")

    def test_what_a_study_needs_is_asked_anew_after_each_write_and_each_undone_one(self, lab):
        write(lab, "opportunities", deals())
        with pytest.raises(NotEnoughData, match="lost_reason, which is empty in all 3 rows"):
            lab.need("opportunities", "lost_reason")
        with suppress(KeyError), lab.transaction():
            write(lab, "opportunities", deals(lost_reason="price"), at=TUESDAY)
            lab.need("opportunities", "lost_reason")
            raise KeyError
        with pytest.raises(NotEnoughData, match="lost_reason, which is empty in all 3 rows"):
            lab.need("opportunities", "lost_reason")
        write(lab, "opportunities", deals(lost_reason="price"), at=TUESDAY)
        lab.need("opportunities", "lost_reason")

    def test_a_warehouse_for_reading_refuses_to_write(self, tmp_path):
        url = f"duckdb:///{tmp_path}/lab.duckdb"
        with connect(url) as lab:
            write(lab, "opportunities", deals())
        with connect(url, read_only=True) as reader, pytest.raises(WarehouseError, match="for reading only"):
            write(reader, "opportunities", deals())

    @pytest.mark.parametrize(
        ("url", "message"),
        [
            ("lab.duckdb", "is not an address.*\n  Next: write duckdb:///FILE"),
            ("duckdb://lab.duckdb", "names a host"),
            ("oracle://x", "'oracle' is not an engine"),
        ],
    )
    def test_a_malformed_address_is_refused(self, url, message):
        with pytest.raises(WarehouseError, match=message):
            connect(url)

    def test_a_missing_file_is_not_made_by_reading(self, tmp_path):
        with pytest.raises(WarehouseError, match="There is no database"):
            connect(f"duckdb:///{tmp_path}/none.duckdb", read_only=True)
        assert list(tmp_path.iterdir()) == []

    def test_a_file_that_is_no_database_is_refused_and_kept(self, tmp_path):
        file = tmp_path / "notes.txt"
        file.write_text("not a database, but somebody's notes " * 500)
        with pytest.raises(WarehouseError, match="cannot be opened as a DuckDB database"):
            connect(f"duckdb:///{file}")
        assert file.read_text().startswith("not a database")


class TestTransactions:
    def test_a_failure_undoes_every_write_of_the_transaction(self, lab):
        write(lab, "opportunities", deals().head(1))
        before = lab.fingerprint("opportunities")
        with pytest.raises(ZeroDivisionError), lab.transaction():  # noqa: PT012
            write(lab, "opportunities", deals())
            write(lab, "teams", pd.DataFrame({"team_id": ["t:1"]}))
            _ = 1 / 0
        assert lab.names() == ("opportunities",)
        assert lab.fingerprint("opportunities") == before

    def test_a_killed_writer_leaves_the_database_as_it_was(self, tmp_path):
        url = f"duckdb:///{tmp_path}/lab.duckdb"
        with connect(url) as lab:
            write(lab, "opportunities", deals().head(1))
            before = lab.fingerprint("opportunities")
        script = f"""
            import sys, time
            from datetime import datetime
            import pandas as pd
            from saleslab.warehouse import connect
            lab = connect({url!r})
            frame = pd.DataFrame({{"opportunity_id": [f"k:{{i}}" for i in range(50_000)], "stage_id": "open",
                                  "is_closed": False, "is_won": False}})
            with lab.transaction():
                lab.write("opportunities", frame, source_system="killed", loaded_at=datetime(2026, 11, 24))
                print("written", flush=True)
                sys.stdin.read()
        """
        writer = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert writer.stdout.readline().strip() == b"written"
        os.kill(writer.pid, signal.SIGKILL)
        writer.wait()
        writer.stdin.close()
        writer.stdout.close()
        with connect(url) as lab:
            assert lab.fingerprint("opportunities") == before
            assert write(lab, "opportunities", deals()) == (2, 0, 1)


class TestFingerprints:
    def test_the_order_of_rows_does_not_matter(self):
        digests = set()
        for frame in (deals(), deals().iloc[::-1]):
            with connect("duckdb://") as lab:
                write(lab, "opportunities", frame)
                digests.add(lab.fingerprint("opportunities").digest)
        assert len(digests) == 1

    @settings(max_examples=15, deadline=None)
    @given(
        column=st.sampled_from(["amount", "stage_id", "is_won", "expected_close_date", "created_at"]),
        row=st.integers(0, 2),
    )
    def test_any_changed_cell_changes_the_fingerprint(self, column, row):
        other = {
            "amount": Decimal("7.07"),
            "stage_id": "other",
            "is_won": None,
            "expected_close_date": date(2030, 1, 1),
            "created_at": pd.Timestamp("2030-01-01"),
        }
        changed = deals()
        changed[column] = changed[column].astype(object)
        changed.loc[row, column] = other[column]
        with connect("duckdb://") as one, connect("duckdb://") as two:
            write(one, "opportunities", deals())
            write(two, "opportunities", changed)
            assert one.fingerprint("opportunities") != two.fingerprint("opportunities")

    def test_it_is_the_same_in_every_process(self, tmp_path):
        script = """
            from datetime import datetime
            import pandas as pd
            from saleslab.warehouse import connect
            lab = connect("duckdb://")
            lab.write("teams", pd.DataFrame({"team_id": ["t:1", "t:2"], "name": ["東京", None]}), source_system="x",
                      loaded_at=datetime(2026, 11, 24))
            print(lab.fingerprint("teams").digest)
        """
        digests = {
            subprocess.run(
                [sys.executable, "-c", textwrap.dedent(script)],
                env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone},
                capture_output=True,
                text=True,
                check=True,
                cwd=tmp_path,
            ).stdout
            for seed, zone in (("0", "UTC"), ("1", "Asia/Tokyo"))
        }
        assert len(digests) == 1

    def test_money_sums_are_the_same_on_every_run(self, lab):
        random = np.random.default_rng(7)
        n = 200_000
        frame = pd.DataFrame(
            {
                "order_id": [f"r:{i}" for i in range(n)],
                "account_id": "a:1",
                "ordered_at": pd.Timestamp("2026-01-01"),
                "total": pa.array(random.integers(1, 10**9, n)).cast(pa.decimal128(21, 2)).to_pylist(),
            }
        )
        write(lab, "orders", frame)
        sums = {lab.read(lab.table("orders").total.sum().name("total"))["total"][0] for _ in range(5)}
        assert sums == {sum(frame["total"])}


class TestSettings:
    def test_they_are_kept_with_the_tables(self, tmp_path):
        url = f"duckdb:///{tmp_path}/lab.duckdb"
        with connect(url) as lab:
            assert lab.settings == Settings()
            lab.change_settings(currency="USD", fiscal_start_month=1)
        with connect(url, read_only=True) as lab:
            assert lab.settings == Settings(currency="USD", fiscal_start_month=1)

    def test_a_year_of_weeks_its_name_and_the_days_of_rest_are_kept(self, tmp_path):
        url = f"duckdb:///{tmp_path}/lab.duckdb"
        told = {"fiscal_start_month": 2, "fiscal_pattern": "4-5-4", "fiscal_named_after": "end", "week_start": 6}
        with connect(url) as lab:
            lab.change_settings(**told, closed_days="12-30, 12-29,2026-08-14")
        with connect(url, read_only=True) as lab:
            calendar = lab.settings.fiscal_calendar
        assert calendar == FiscalCalendar(
            2, pattern="4-5-4", named_after="end", week_start=6, closed_days=("12-29", "12-30", "2026-08-14")
        )
        assert not calendar.is_business_day(date(2026, 12, 29))
        assert calendar.year_of(date(2026, 3, 2)).fiscal_year == 2027

    def test_settings_of_an_older_version_are_read_with_the_defaults_of_today(self):
        assert Settings.from_rows({"currency": "USD", "colour": "red"}) == Settings(currency="USD")

    @pytest.mark.parametrize(
        ("change", "next_step"),
        [
            ({"timezone": "Mars/Base"}, "give"),
            ({"currency": "yen"}, "give"),
            ({"fiscal_start_month": 13}, "give"),
            ({"fiscal_pattern": "13 weeks"}, "use one of: month, 4-4-5"),
            ({"fiscal_named_after": "middle"}, "use one of: start, end"),
            ({"week_start": 7}, "give 0 .Monday. to 6"),
            ({"closed_days": "12-29,Obon"}, "write every year's day"),
        ],
    )
    def test_an_impossible_setting_is_refused(self, lab, change, next_step):
        with pytest.raises(BadArgument, match=f"Next: {next_step}"):
            lab.change_settings(**change)
        assert lab.settings == Settings()


def test_rows_that_reach_python_are_counted(lab):
    write(lab, "opportunities", deals())
    deals_by_outcome = lab.table("opportunities").group_by("is_won").aggregate(n=lambda rows: rows.count())
    lab.read(deals_by_outcome)
    assert lab.rows_read == 2
    assert lab.tables_used() == ("opportunities",)


def test_a_table_of_an_older_version_gains_its_new_columns(tmp_path):
    import duckdb

    file = tmp_path / "lab.duckdb"
    with connect(f"duckdb:///{file}") as lab:
        write(lab, "opportunities", deals())
    with duckdb.connect(str(file)) as old:
        old.execute("ALTER TABLE opportunities DROP COLUMN competitor")
    with connect(f"duckdb:///{file}", read_only=True) as lab:
        assert lab.read(lab.table("opportunities"))["competitor"].isna().all()
    with connect(f"duckdb:///{file}") as lab:
        assert write(lab, "opportunities", deals()) == (0, 0, 3)
        assert "competitor" in lab.table("opportunities").columns


def test_a_long_query_draws_no_progress_bar_into_what_a_command_prints(tmp_path):
    script = f"""
        from saleslab.warehouse import connect
        for url in ("duckdb://", "duckdb:///{tmp_path}/lab.duckdb"):
            lab = connect(url)
            lab._backend.raw_sql("SET progress_bar_time = 0")
            lab._backend.raw_sql("SELECT count(*) FROM range(3000000) AS row WHERE hash(row) % 7 = 1").fetchall()
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], capture_output=True, check=True)
    assert done.stdout == b""


def test_a_table_and_settings_that_another_connection_writes_are_seen(tmp_path):
    address = f"duckdb:///{tmp_path}/lab.duckdb"
    with connect(address) as reader, connect(address) as writer:
        assert (reader.names(), reader.settings.currency) == ((), "JPY")
        write(writer, "opportunities", deals())
        writer.change_settings(currency="USD")
        assert (reader.names(), reader.settings.currency) == (("opportunities",), "USD")


def test_what_a_failed_transaction_had_written_is_forgotten(lab):
    with suppress(KeyError), lab.transaction():
        write(lab, "opportunities", deals())
        lab.change_settings(currency="USD")
        assert (lab.names(), lab.settings.currency) == (("opportunities",), "USD")
        raise KeyError
    assert (lab.names(), lab.settings.currency) == ((), "JPY")
