"""Exports of a small company that change from day to day, and the lab that keeps them."""

from datetime import date, datetime

from saleslab.intake import keep_snapshot

NOW = datetime(2026, 11, 24)
HEAD = "Id,StageName,IsClosed,IsWon,Amount,CurrencyIsoCode,CloseDate,CreatedDate,OwnerId,Probability,IsDeleted\n"
CHANCES = {"Lead": 10, "Offer": 50, "Won": 100, "Lost": 0}


def deal(
    key="1", stage="Lead", *, amount="100", currency="", close="2026-12-01", created="2026-11-01", owner="A", gone=""
):
    closed, won = stage in ("Won", "Lost"), stage == "Won"
    cells = (key, stage, closed, won, amount, currency, close, created, owner, CHANCES.get(stage, 50), gone)
    return ",".join(str(cell) for cell in cells) + "\n"


def keeper(lab, tmp_path):
    """Return a function that keeps a snapshot of some deals on a day of November 2026."""

    def keep(day, *deals, head=HEAD, name="opportunity.csv", lab=lab, folder=None, **options):
        file = tmp_path / name
        file.write_text(head + "".join(deals), encoding="utf-8")
        at = date(2026, 11, day) if isinstance(day, int) else day
        options = {"map_name_or_file": "salesforce", "loaded_at": NOW} | options
        return keep_snapshot(file, lab, at=at, folder=folder or tmp_path / "kept", **options)

    return keep


def rules(account):
    return {finding.rule: finding for finding in account.findings}


def events(lab, name="stage_events", *columns):
    rows = lab.read(lab.table(name).order_by("object_id", "at")).to_dict("records")
    return [tuple(row[column] for column in columns) for row in rows] if columns else rows


def fields(lab, field):
    return [(e["old"], e["new"]) for e in events(lab, "field_events") if e["field"] == field]
