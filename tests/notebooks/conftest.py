"""Lets the tests of the notebooks import their hand-made company and the runner of cells."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
