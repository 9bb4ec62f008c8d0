"""What holds for every test: a slow machine fails none, since no test asserts a time."""

from hypothesis import settings

settings.register_profile("saleslab", deadline=None)
settings.load_profile("saleslab")
