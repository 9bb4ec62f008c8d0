"""Few rows are worked on by one thread; many by as many as the user says, or as pay."""

import os

import pytest

from saleslab.stats.threads import count_threads


def test_few_rows_are_worked_on_alone_whatever_the_user_says(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "8")
    assert count_threads(99, alone=100) == 1
    assert count_threads(100, alone=100) == 8


@pytest.mark.parametrize("told", ["", "many", "0", "-2", "4,2"])
def test_what_is_no_number_of_threads_is_passed_over(told, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", told)
    n_processors = os.cpu_count() or 1
    assert count_threads(100, alone=100) == (1 if n_processors == 1 else n_processors + 1)
