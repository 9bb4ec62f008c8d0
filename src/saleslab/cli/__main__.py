"""Lets ``python -m saleslab.cli`` be the same as ``saleslab``."""

from saleslab.cli import app

if __name__ == "__main__":
    app()
