"""A terminal for the tests: runs commands in a folder of their own."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from typer.testing import CliRunner, Result

from saleslab.cli import app


@pytest.fixture
def type_in(tmp_path, monkeypatch) -> Callable[..., Result]:
    """Return a function that types ``saleslab`` with some words, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    runner = CliRunner(env={"TERM": "dumb", "NO_COLOR": "1", "COLUMNS": "120"})

    def run(*words: str) -> Result:
        return runner.invoke(app, [str(word) for word in words])

    return run
