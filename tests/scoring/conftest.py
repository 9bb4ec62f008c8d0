"""Lets the tests of this room import their hand-made companies, and the simulations behind the measured numbers."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "validation"))
