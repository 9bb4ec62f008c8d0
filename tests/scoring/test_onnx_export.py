"""The ONNX file says what the scorer says, for whatever stands in the columns; without the extra it says what to do.

What runs a file needs the extra: in an environment of its own, ``pip install -e '.[onnx]'`` and this file again.
"""

import copy
import re
import sys

import numpy as np
import pandas as pd
import pytest
from trained import invent_leads, train_plain_scorer, train_scorer

from saleslab.errors import BadArgument, FileProblem, MissingLibrary
from saleslab.scoring import LeadScorer, save_model, write_onnx
from saleslab.scoring.exports.onnx_trees import flatten_trees
from saleslab.scoring.leads.columns import read_columns
from saleslab.scoring.model.calibrating import Calibration
from saleslab.scoring.model.encoding import plan_encoding
from saleslab.scoring.model.ladder import LeadModel, fit_logit, fit_prior, fit_trees

CLOSE = 1e-6
"""What may lie between a chance of the scorer and one of the file; on the first run it was 4e-16."""


@pytest.fixture(scope="module")
def runtime():
    pytest.importorskip("onnx", reason="the extra 'onnx' is not installed")
    return pytest.importorskip("onnxruntime", reason="the extra 'onnx' is not installed")


@pytest.fixture(scope="module")
def odd_leads():
    """A thousand leads with all that a column may hold: gaps, names never seen, far numbers, thresholds themselves."""
    leads, _ = invent_leads(1_000)
    leads.loc[:99, ["signal_0", "signal_2"]] = np.nan
    leads.loc[50:149, "source"] = None
    leads.loc[150:199, "source"] = "never seen"
    leads.loc[200:299, "signal_1"] *= 1_000
    leads.loc[300:399, "signal_0"] = 0.0
    leads.loc[400:499, "signal_0"] = leads["signal_0"].round(1)
    return leads


def ask(runtime, written, leads):
    """Return the chances that the file gives to columns as a person keeps them."""
    given = {
        name: leads[name].fillna("").to_numpy(dtype=object) if kind == "name" else leads[name].to_numpy(dtype=float)
        for name, kind in written.inputs.items()
    }
    (chances,) = runtime.InferenceSession(str(written.path)).run(["chance_won"], given)
    return chances


def with_model(scorer, *, parts=None, base=0.0, calibration=None):
    """Return a copy of a scorer that holds another model or calibration."""
    other = copy.copy(scorer)
    other.model_ = scorer.model_ if parts is None else LeadModel(base, parts)
    other.calibration_ = calibration or scorer.calibration_
    return other


def fit_parts(leads, won):
    """Return each rung's model of the same leads."""
    columns, weight = read_columns(leads), np.ones(len(leads))
    encoding, _ = plan_encoding(columns, weight)
    won = np.asarray(won, dtype=float)
    logit = fit_logit(columns, won, weight, encoding)
    trees = fit_trees(columns, won, weight, encoding, seed=0)
    return {
        "prior": fit_prior(won, weight),
        "logit": LeadModel(0.0, ((1.0, logit),)),
        "trees": LeadModel(0.0, ((1.0, trees),)),
        "blend": LeadModel(0.0, ((0.5, logit), (0.5, trees))),
    }


@pytest.mark.parametrize("rung", ["prior", "logit", "trees", "blend"])
def test_every_rung_predicts_the_same_for_a_thousand_leads(runtime, odd_leads, tmp_path, rung):
    model = fit_parts(*invent_leads())[rung]
    scorer = with_model(train_scorer(), parts=model.parts, base=model.base)
    written = write_onnx(scorer, tmp_path / "scorer.onnx")
    assert len(odd_leads) == 1_000
    np.testing.assert_allclose(ask(runtime, written, odd_leads), scorer.predict_proba(odd_leads)[:, 1], atol=CLOSE)


@pytest.mark.parametrize(
    "calibration",
    [
        Calibration("intercept", shift=-0.7),
        Calibration("sigmoid", shift=0.4, slope=1.7),
        Calibration("isotonic", knots=(-1.0, -0.2, -0.2 + 1e-9, 0.9), chances=(0.05, 0.2, 0.5, 0.93)),
        Calibration("isotonic", knots=(0.1,), chances=(0.3,)),
    ],
    ids=["intercept", "sigmoid", "isotonic", "isotonic_of_one_knot"],
)
def test_every_calibration_is_in_the_file(runtime, odd_leads, tmp_path, calibration):
    scorer = with_model(train_scorer(), calibration=calibration)
    written = write_onnx(scorer, tmp_path / "scorer.onnx")
    np.testing.assert_allclose(ask(runtime, written, odd_leads), scorer.predict_proba(odd_leads)[:, 1], atol=CLOSE)


def test_names_of_columns_and_cells_may_be_in_any_script(runtime, tmp_path):
    lot = np.random.default_rng(3)
    leads = pd.DataFrame(
        {
            "業種 (大)": lot.choice(["製造", "小売", "it"], 400),
            "0:constant": lot.normal(size=400),
            "code": pd.Categorical(lot.integers(0, 4, 400)),
            "is_known": lot.random(400) < 0.5,
        }
    )
    won = lot.random(400) < np.where(leads["業種 (大)"] == "製造", 0.6, 0.2)
    scorer = LeadScorer().fit(leads, won)
    written = write_onnx(scorer, tmp_path / "scorer.onnx")
    as_kept = leads.assign(code=leads["code"].astype(str))
    assert written.inputs == {"0:constant": "number", "code": "name", "is_known": "number", "業種 (大)": "name"}
    np.testing.assert_allclose(ask(runtime, written, as_kept), scorer.predict_proba(leads)[:, 1], atol=CLOSE)
    np.testing.assert_allclose(ask(runtime, written, as_kept[:1]), scorer.predict_proba(leads[:1])[:, 1], atol=CLOSE)


def test_an_empty_number_that_training_had_not_seen_goes_where_lightgbm_sends_it(runtime, tmp_path):
    """A column with gaps in the plan, and trees that saw none: LightGBM reads such a gap as zero."""
    leads, won = invent_leads()
    parts = fit_parts(leads.fillna({"signal_2": 0.0}), won)["trees"].parts
    share, trees = parts[0]
    scorer = with_model(train_scorer(), parts=((share, type(trees)(train_scorer().encoding_, trees.text)),))
    written = write_onnx(scorer, tmp_path / "scorer.onnx")
    assert leads["signal_2"].isna().any()
    np.testing.assert_allclose(ask(runtime, written, leads), scorer.predict_proba(leads)[:, 1], atol=CLOSE)


def test_trees_that_found_nothing_to_split_add_their_leaf(runtime, tmp_path):
    leads, _ = invent_leads()
    parts = fit_parts(leads.head(30), np.arange(30) % 2)["trees"].parts
    scorer = with_model(train_scorer(), parts=parts)
    written = write_onnx(scorer, tmp_path / "scorer.onnx")
    assert flatten_trees(parts[0][1].text)[1]["tree_roots"] == []
    np.testing.assert_allclose(ask(runtime, written, leads), scorer.predict_proba(leads)[:, 1], atol=CLOSE)


def test_a_bundle_is_written_as_its_scorer_is_and_twice_gives_the_same_bytes(runtime, tmp_path):
    bundle = save_model(train_scorer(), tmp_path / "bundle")
    first, second, third = (
        write_onnx(model, tmp_path / f"{at}.onnx") for at, model in enumerate([train_scorer(), bundle, train_scorer()])
    )
    assert first.sha256 == second.sha256 == third.sha256
    assert first.path.read_bytes() == second.path.read_bytes()


def test_the_file_says_what_it_is(runtime, tmp_path):
    written = write_onnx(train_plain_scorer(), tmp_path / "scorer.onnx")
    told = runtime.InferenceSession(str(written.path)).get_modelmeta()
    assert told.producer_name == "saleslab"
    assert told.custom_metadata_map["verdict"] == "no_signal"
    assert told.custom_metadata_map["columns"] == '{"signal_2": "number"}'


def test_a_scorer_without_columns_or_with_one_named_as_the_output_is_refused(runtime, tmp_path):
    won = np.arange(60) % 3 == 0
    with pytest.raises(BadArgument, match=r"reads no column(?s:.*)Next: use its base_rate_"):
        write_onnx(LeadScorer().fit(pd.DataFrame({"empty": [None] * 60}), won), tmp_path / "scorer.onnx")
    with pytest.raises(BadArgument, match=r"named 'chance_won'(?s:.*)Next: train the scorer with another name"):
        write_onnx(LeadScorer().fit(pd.DataFrame({"chance_won": np.sqrt(range(60))}), won), tmp_path / "scorer.onnx")


def test_a_file_that_cannot_be_written_is_said_and_leaves_nothing(runtime, tmp_path):
    (tmp_path / "taken").mkdir()
    with pytest.raises(FileProblem, match=r"cannot be written(?s:.*)Next: name a file"):
        write_onnx(train_plain_scorer(), tmp_path / "taken")
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_trees_that_read_zero_as_empty_are_refused():
    leads, won = invent_leads(200)
    text = fit_parts(leads[["signal_0", "signal_1"]], won)["trees"].parts[0][1].text
    zero_is_empty = re.sub(r"(?m)^decision_type=.*", lambda line: re.sub(r"\d+", "6", line[0]), text)
    with pytest.raises(BadArgument, match=r"read zero as an empty cell(?s:.*)Next: train the scorer again"):
        flatten_trees(zero_is_empty)


def test_without_the_extra_the_next_step_is_said(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(MissingLibrary, match=r"needs the library 'onnx'(?s:.*)Next: .*pip install 'saleslab\[onnx\]'"):
        write_onnx(LeadScorer(), tmp_path / "scorer.onnx")
    assert list(tmp_path.iterdir()) == []
