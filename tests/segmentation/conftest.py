"""Lets the tests of this room import what they share, and the company of known segments that reports are tested on."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "notebooks")]
