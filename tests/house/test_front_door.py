"""Law 6: `import saleslab` is instant, and its rooms open when they are first used."""

import json
import subprocess
import sys

import pytest

import saleslab

HEAVY = (
    "pandas", "numpy", "pyarrow", "ibis", "duckdb", "scipy", "sklearn", "lightgbm", "pymc", "papermill", "nbformat",
    "IPython", "ipywidgets", "altair", "vl_convert", "jinja2", "typer", "rich",
)  # fmt: skip


def loaded_by(statement: str) -> set[str]:
    code = f"import sys, json; {statement}; print(json.dumps(sorted({{m.split('.')[0] for m in sys.modules}})))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


def test_importing_the_package_loads_no_heavy_library():
    assert loaded_by("import saleslab") & set(HEAVY) == set()


def test_showing_the_help_loads_no_heavy_library_but_the_command_lines_own():
    statement = (
        "from contextlib import suppress, redirect_stdout; import io; from saleslab.cli import app\n"
        "with suppress(SystemExit), redirect_stdout(io.StringIO()): app(['--help'])\n"
        "import sys, json"
    )
    assert loaded_by(statement) & (set(HEAVY) - {"typer", "rich"}) == set()


@pytest.mark.parametrize("room", [name for name in saleslab.__all__ if not name.startswith("_")])
def test_every_room_opens_by_its_name(room):
    assert getattr(saleslab, room).__name__ == f"saleslab.{room}"


def test_an_unknown_room_is_refused():
    with pytest.raises(AttributeError, match="no attribute 'utils'"):
        _ = saleslab.utils
