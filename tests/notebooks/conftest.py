"""Lets the tests of the notebooks import their hand-made company, the runner of cells and the attacker of tables."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "intake"))
