"""Errors say what and next, survive pickling, and are what a Python reader expects."""

import pickle

import pytest

from saleslab import errors
from saleslab._optional import require

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.SaleslabError)]


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_survives_pickling(kind):
    error = pickle.loads(pickle.dumps(kind("orders is empty.", "import orders.")))
    assert (error.what, error.next_step) == ("orders is empty.", "import orders.")
    assert str(error) == "orders is empty.\n  Next: import orders."


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind is not errors.SaleslabError])
def test_an_error_is_also_a_builtin(kind):
    builtins = (ValueError, RuntimeError, ImportError, AssertionError)
    assert issubclass(kind, builtins)


def test_a_missing_library_names_its_package():
    with pytest.raises(errors.MissingLibrary, match="a Spark warehouse needs.*\n.*pip install pyspark"):
        require("no_such_module_of_ours", purpose="a Spark warehouse", package="pyspark")
