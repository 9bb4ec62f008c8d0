"""A frame that lacks columns is refused with all their names."""

import pandas as pd
import pytest

from saleslab.errors import TableError
from saleslab.tables.presence import require_columns


def test_every_missing_column_is_named_at_once():
    frame = pd.DataFrame({"day": [1]})
    with pytest.raises(
        TableError, match=r"(?s)days has no column 'n_won', 'n_lost'; it has day\..*Next: pass the frame"
    ):
        require_columns(frame, "day", "n_won", "n_lost", of="days")


def test_a_frame_with_more_than_enough_passes():
    require_columns(pd.DataFrame({"day": [1], "more": [2]}), "day", of="days")


def test_a_frame_without_any_column_says_so():
    with pytest.raises(TableError, match="it has none"):
        require_columns(pd.DataFrame(), "day", of="days")
