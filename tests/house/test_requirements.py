"""The page of requirements is generated from the markers, and markers name real rows."""

import requirements_page


def test_every_marker_names_a_row_of_the_mission():
    assert set(requirements_page.proofs()) - {row["id"] for row in requirements_page.rows()} == set()


def test_the_page_is_up_to_date():
    assert requirements_page.PAGE.read_text(encoding="utf-8") == requirements_page.page(), "run `make docs`"
