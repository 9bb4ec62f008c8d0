"""Models on a shelf: which one is current, and the way back."""

import shutil
from datetime import date, datetime

import numpy as np
import pytest
from trained import invent_leads, train_plain_scorer, train_scorer

from saleslab.errors import BadArgument, FileProblem
from saleslab.scoring import (
    ModelFacts,
    add_model,
    find_model,
    list_models,
    list_promotions,
    open_model,
    promote_model,
    revert_model,
)
from saleslab.scoring.bundles.files import MANIFEST
from saleslab.scoring.bundles.shelf import POINTER

KEY = b"a secret of sixteen bytes"
MONDAY, TUESDAY, FRIDAY = (datetime(2026, 11, day, 9) for day in (2, 3, 6))


@pytest.fixture
def shelf(tmp_path):
    """Return a shelf with two models, the second one current."""
    first = add_model(train_plain_scorer(), tmp_path, key=KEY, about=ModelFacts(data_to=date(2026, 9, 30)))
    second = add_model(train_scorer(), tmp_path, key=KEY, about=ModelFacts(data_to=date(2026, 10, 31)))
    promote_model(tmp_path, first.folder.name, at=MONDAY, why="nothing better yet")
    promote_model(tmp_path, second.folder.name, at=TUESDAY, why="finds what a logit does not")
    return tmp_path


def test_the_current_model_is_the_one_promoted_last(shelf):
    leads, _ = invent_leads()
    opened = open_model(shelf, key=KEY)
    assert np.array_equal(opened.predict_proba(leads), train_scorer().predict_proba(leads))
    assert [model.is_current for model in list_models(shelf)] == [False, True]


def test_a_step_back_brings_the_model_before_and_is_on_record(shelf):
    revert_model(shelf, at=FRIDAY, why="calls went nowhere")
    first, _ = list_models(shelf)
    assert first.is_current
    assert [(one.at, one.why, one.is_revert) for one in list_promotions(shelf)] == [
        (MONDAY, "nothing better yet", False),
        (TUESDAY, "finds what a logit does not", False),
        (FRIDAY, "calls went nowhere", True),
    ]
    with pytest.raises(BadArgument, match=r"(?s)No model was current before.*Next: promote a model by its name"):
        revert_model(shelf, at=FRIDAY)


def test_a_model_is_named_by_its_last_day_and_its_digest_and_added_once(shelf):
    again = add_model(train_scorer(), shelf, key=KEY, about=ModelFacts(data_to=date(2026, 10, 31)))
    assert again.folder.name == f"2026-10-31-{again.sha256[:12]}"
    assert len(list_models(shelf)) == 2
    assert find_model(shelf, again.sha256[:8]).folder == again.folder
    assert find_model(shelf, "2026-10").folder == again.folder


def test_a_model_that_is_not_ready_needs_a_reason(tmp_path):
    bundle = add_model(train_plain_scorer(), tmp_path)
    with pytest.raises(BadArgument, match=r"(?s)is not ready: no_signal.*Next: train on more, or other, data"):
        promote_model(tmp_path, bundle.folder.name, at=MONDAY)
    assert list_promotions(tmp_path) == ()


def test_a_bundle_that_was_exchanged_is_not_taken_for_the_promoted_one(shelf):
    first, second = list_models(shelf)
    shutil.rmtree(shelf / second.name)
    shutil.copytree(shelf / first.name, shelf / second.name)
    with pytest.raises(FileProblem, match=r"(?s)is not the one that was promoted.*Next: promote it again"):
        open_model(shelf, key=KEY)
    assert "is not the one that was promoted" in list_models(shelf)[1].problem


def test_a_broken_model_is_listed_with_what_is_wrong(shelf):
    (shelf / list_models(shelf)[0].name / MANIFEST).write_bytes(b"{}")
    broken, whole = list_models(shelf)
    assert "is not JSON as saleslab writes it" in broken.problem
    assert (broken.manifest, whole.problem) == (None, "")
    with pytest.raises(FileProblem):
        revert_model(shelf, at=FRIDAY)
    assert list_models(shelf)[1].is_current


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}\n",
        b'{\n "format": "saleslab model shelf 1",\n "promotions": [\n  {\n   "model": "../x",\n   "sha256": "",\n'
        b'   "at": "2026-11-02T09:00:00",\n   "why": "",\n   "is_revert": false\n  }\n ]\n}\n',
    ],
)
def test_a_pointer_that_points_elsewhere_is_refused(shelf, content):
    (shelf / POINTER).write_bytes(content)
    with pytest.raises(FileProblem, match=r"(?s)current\.json.*Next: (take|remove)"):
        find_model(shelf)


def test_an_empty_shelf_has_no_current_model(tmp_path):
    assert list_models(tmp_path / "nowhere") == ()
    with pytest.raises(BadArgument, match=r"(?s)No model of this shelf is current.*Next: promote one"):
        find_model(tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["../model", "2026", "no such model", "x"])
def test_a_name_that_means_no_model_or_several_is_refused(shelf, name):
    with pytest.raises(BadArgument, match=r"(?s)Next: use one of: 2026-"):
        promote_model(shelf, name, at=FRIDAY, why="because")
