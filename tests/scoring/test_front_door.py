"""The doors of the room: every name opens where it is asked for, and loads no more than it needs."""

import subprocess
import sys
from importlib import import_module

import pytest

from saleslab import scoring
from saleslab.scoring import briefings


@pytest.mark.parametrize("door", [scoring, briefings], ids=["scoring", "briefings"])
def test_every_name_opens_and_is_listed_once(door):
    listed = [name for names in door._FILES.values() for name in names]
    assert sorted(listed) == sorted(door.__all__)
    assert [name for name in door.__all__ if getattr(door, name) is None] == []
    assert dir(door) == sorted(door.__all__)


@pytest.mark.parametrize("door", [scoring, briefings], ids=["scoring", "briefings"])
def test_a_name_lives_in_the_file_that_the_table_of_contents_says(door):
    for file, names in door._FILES.items():
        home = import_module(f"{door.__name__}.{file}")
        strangers = [
            name for name in names if getattr(getattr(home, name), "__module__", home.__name__) != home.__name__
        ]
        assert strangers == [], file


def test_an_unknown_name_is_refused():
    with pytest.raises(AttributeError, match="'saleslab.scoring' has no attribute 'score_everything'"):
        _ = scoring.score_everything


def test_opening_the_room_loads_neither_scikit_learn_nor_lightgbm():
    asked = "import sys; from saleslab.scoring import briefings; print({'sklearn', 'lightgbm'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout == "set()\n"
