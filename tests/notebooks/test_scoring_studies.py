"""The studies of leads say what they find, and say so when there is nothing to find: cell by cell, in this process.

`test_committed` runs them in a kernel on the invented company; here are the companies and files that are not so kind.
"""

from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from saleslab.reporting import Figure, Note, TableBlock
from saleslab.reporting.notebook_form import read_notebook
from saleslab.warehouse import connect
from saleslab.wording import LANGUAGES

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
EXPLORE = NOTEBOOKS / "explore" / "scoring_leads.ipynb"
TRAIN = NOTEBOOKS / "studies" / "scoring_train.ipynb"
UPLIFT = NOTEBOOKS / "studies" / "scoring_uplift.ipynb"
DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
BANK = {"leads_file": str(DATA / "uci_bank_marketing" / "bank-additional-full.csv.gz"), "lead_map": "bank_calls"}
OLIST = {
    "leads_file": str(DATA / "olist_funnel" / "olist_marketing_qualified_leads_dataset.csv"), "lead_map": "olist",
}  # fmt: skip
MAVEN = {"leads_file": str(DATA / "maven_crm" / "sales_pipeline.csv"), "lead_map": "maven"}

real_data = [
    pytest.mark.real_data,
    pytest.mark.slow,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"the public samples are not at {DATA}"),
]


class Studied:
    """What a notebook showed: its blocks by name, and its variables."""

    def __init__(self, path, **parameters):
        self.blocks, self.names = {}, {}
        for cell in read_notebook(path).cells:
            if cell.cell_type != "code":
                continue
            *lines, last = _split(cell.source)
            exec(compile("\n".join(lines), path.name, "exec"), self.names)
            if "parameters" in cell.metadata.get("tags", []):
                unknown = set(parameters) - set(self.names)
                assert not unknown
                self.names |= parameters
            shown = eval(compile(last, path.name, "eval"), self.names) if last else None
            if isinstance(shown, Note | Figure | TableBlock):
                self.blocks[shown.name] = shown

    def __getitem__(self, name):
        return self.names[name]

    def said(self, name):
        block = self.blocks[name]
        assert all(block.text.of(lang) for lang in LANGUAGES)
        return block.text.en


def _split(source):
    """Return the statements of a cell and its last expression, empty where there is none."""
    import ast

    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    return [*(ast.unparse(one) for one in tree.body), ast.unparse(last.value) if last else ""]


@pytest.fixture(scope="module")
def nothing(tmp_path_factory):
    """A company with two deals and no lead."""
    address = f"duckdb:///{tmp_path_factory.mktemp('nothing')}/lab.duckdb"
    deals = pd.DataFrame(
        {
            "opportunity_id": ["o:1", "o:2"], "stage_id": ["open", "lost"],
            "created_at": [datetime(2026, 11, 2), datetime(2026, 11, 3)], "closed_at": [None, datetime(2026, 11, 20)],
            "is_closed": [False, True], "is_won": False,
        }
    )  # fmt: skip
    with connect(address) as lab:
        lab.write("opportunities", deals, source_system="test", loaded_at=datetime(2026, 11, 24))
    return address


@pytest.fixture(scope="module")
def one_class(tmp_path_factory):
    """A company of eighty leads, all of which were given up."""
    address = f"duckdb:///{tmp_path_factory.mktemp('one')}/lab.duckdb"
    created = pd.Series(pd.date_range("2026-01-05", periods=80, freq="D"))
    leads = pd.DataFrame(
        {
            "lead_id": [f"l:{at}" for at in range(80)], "status": "disqualified", "source": ["web", "fair"] * 40,
            "created_at": created, "disqualified_at": created + pd.Timedelta(days=3),
        }
    )  # fmt: skip
    with connect(address) as lab:
        lab.write("leads", leads, source_system="test", loaded_at=datetime(2026, 11, 24))
    return address


@pytest.fixture(scope="module")
def noise(tmp_path_factory):
    """A file of calls whose columns tell nothing, but for the length of the call that sold."""
    lot = np.random.default_rng(0)
    n = 1_200
    sold = lot.random(n) < 0.3
    calls = pd.DataFrame(
        {
            "age": lot.integers(20, 60, n), "job": lot.choice(["clerk", "nurse", "baker"], n),
            "duration": np.where(sold, 500, 100) + lot.integers(0, 300, n), "y": np.where(sold, "yes", "no"),
        }
    )  # fmt: skip
    file = tmp_path_factory.mktemp("noise") / "calls.csv"
    calls.to_csv(file, index=False)
    return {"leads_file": str(file), "lead_map": "bank_calls"}


@pytest.mark.requirement("J01", "M01")
class TestThinData:
    def test_without_a_lead_each_study_says_so(self, nothing):
        assert "Nothing can be said yet" in Studied(EXPLORE, db=nothing).said("answer")
        trained = Studied(TRAIN, db=nothing)
        assert "the warehouse holds no leads" in trained.said("answer")
        assert list(trained.blocks) == ["answer"]

    def test_leads_that_all_ended_alike_teach_nothing(self, one_class):
        assert "all ended alike" in Studied(EXPLORE, db=one_class).said("answer")
        trained = Studied(TRAIN, db=one_class, dropped="")
        assert "of 20 leads whose outcome is known 0 succeeded" in trained.said("answer")
        assert list(trained.blocks) == ["answer"]

    def test_without_a_lot_nobody_knows_whom_a_contact_helps(self, nothing):
        study = Studied(UPLIFT, db=nothing, n_leads=2_000)
        assert "saleslab experiment plan" in study.said("answer")
        assert study["answer"] is None
        assert "hold a share back by lot" in study["told"]
        assert study["brings"]["uplift_times_value"] > study["brings"]["chance"]


@pytest.mark.requirement("J01", "F02")
def test_noise_is_called_noise_and_a_leak_a_leak(nothing, noise):
    survey = Studied(EXPLORE, db=nothing, **noise)
    assert "No column tells the outcome better than luck" in survey.said("answer")
    assert "1 column is suspect: duration" in survey.said("answer")
    assert "have no times" in survey.said("outcomes")
    study = Studied(TRAIN, db=nothing, dropped="", by="job", **noise)
    assert study["model"].verdict in {"no_signal", "too_small"}
    assert 0.5 in study["trained"].scorer.forward_auc_
    assert study["test"].leaked.low > 0.9 > study["test"].random.high
    for name in ("capture", "reasons"):
        assert isinstance(study.blocks[name], Note)
    assert "no better than a lot" in study.said("capture")
    assert "money" not in study.blocks


class TestRealLeads:
    pytestmark = real_data

    @pytest.mark.requirement("J01", "F02", "M01")
    def test_on_bank_calls_the_headline_shrinks_as_the_test_gets_honest(self, nothing):
        study = Studied(TRAIN, db=nothing, dropped="", by="job", most=0, window=90, **BANK)
        test = study["test"]
        assert test.leaked.estimate > 0.93 > test.random.estimate > 0.78 > test.forward.estimate
        assert test.forward.low > 0.65
        assert test.per_list.estimate > 0.58
        assert isinstance(study.blocks["tests"], Figure)

    @pytest.mark.requirement("J01", "F02")
    def test_on_bank_calls_the_length_of_the_call_is_suspect(self, nothing):
        survey = Studied(EXPLORE, db=nothing, **BANK)["survey"]
        assert "duration" in survey.suspect

    @pytest.mark.requirement("J01")
    def test_maven_has_no_signal_and_its_columns_of_the_close_are_blocked(self, nothing):
        survey = Studied(EXPLORE, db=nothing, **MAVEN)
        blocked = set(survey["survey"].columns.query("verdict == 'block'")["column"])
        assert {"close_value", "close_date"} <= blocked
        assert set(survey["survey"].telling) <= {"office_location"}  # known of 85 accounts only
        study = Studied(TRAIN, db=nothing, dropped="", by="sector", most=0, **MAVEN)
        assert study["model"].verdict == "no_signal"
        assert 0.5 in study["trained"].scorer.forward_auc_
        assert "no better than a lot" in study.said("capture")

    @pytest.mark.requirement("J01")
    def test_olist_has_a_forward_auc_with_its_interval_and_the_censored_share(self, nothing):
        study = Studied(TRAIN, db=nothing, dropped="", by="origin", most=0, window=90, **OLIST)
        assert 0.6 < study["test"].forward.low < study["test"].forward.high < 0.8
        assert study["trained"].outcomes.share_censored == pytest.approx(0.0, abs=0.01)
        survey = Studied(EXPLORE, db=nothing, window=180, **OLIST)["survey"]
        assert survey.outcomes.share_censored > 0.03
        assert "won_date" in survey.suspect
