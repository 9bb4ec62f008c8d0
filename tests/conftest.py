"""What holds for every test: a slow machine fails none, since no test asserts a time, and memory is tidied seldom."""

import gc

from hypothesis import settings

settings.register_profile("saleslab", deadline=None)
settings.load_profile("saleslab")


def pytest_collection_finish():
    """Leave what was imported alone: the collector of garbage spent a tenth of the time on walking through it."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
