"""Generated documents are up to date."""

import pytest
from source import ROOT

from saleslab.reporting.dictionary import write_dictionary


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_the_data_dictionary_is_up_to_date(lang):
    written = (ROOT / "docs" / f"data-dictionary.{lang}.md").read_text(encoding="utf-8")
    assert written == write_dictionary(lang), "run `make docs`"
