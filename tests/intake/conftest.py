"""What the tests of the intake room share: the planted duplicates lie beside them."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
