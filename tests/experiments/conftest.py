"""Lets the tests of this room import their invented experiments, the simulations of measured numbers, the attacker."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "validation"))
sys.path.insert(0, str(Path(__file__).parents[1] / "intake"))
