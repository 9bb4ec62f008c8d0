"""``saleslab customers feedback``: a survey file becomes a page without a warehouse; nothing impossible counts."""

import json
import tomllib

import numpy as np
import pandas as pd


def write_survey(path, *, impossible=False, n=60):
    """Half of the answers promote, a sixth detract: the score is 33 exactly."""
    score = np.tile([10, 9, 9, 8, 7, 3], n // 6)
    comment = np.where(score < 7, "返信が遅い。", "操作がわかりやすい。")
    frame = pd.DataFrame({"推奨度": score, "ひとこと": comment, "地域": np.tile(["東", "西"], n // 2)})
    if impossible:
        frame.loc[4, "推奨度"] = 11
    frame.to_csv(path, index=False, encoding="cp932")


WORDS = ("--score", "推奨度", "--text", "ひとこと", "--segment", "地域", "--as-of", "2026-09-30")


def test_a_survey_file_of_excel_becomes_a_page_in_both_languages(type_in, tmp_path):
    write_survey(tmp_path / "survey.csv")
    told = type_in("customers", "feedback", "survey.csv", *WORDS, "--json")
    assert told.exit_code == 0, told.output
    answer = json.loads(told.output)
    assert "33" in answer["answer"]["en"]
    assert "33" in answer["answer"]["ja"]
    for lang in ("en", "ja"):
        page = (tmp_path / answer["pages"][lang]).read_text(encoding="utf-8")
        assert "操作がわかりやすい。" in page
    assert not (tmp_path / "data").exists()


def test_an_eleven_of_ten_is_set_aside_and_the_page_says_so(type_in, tmp_path):
    write_survey(tmp_path / "survey.csv", impossible=True)
    told = type_in("customers", "feedback", "survey.csv", *WORDS, "--json")
    assert told.exit_code == 0, told.output
    answer = json.loads(told.output)
    assert "From 59 answers" in answer["answer"]["en"]
    page = (tmp_path / answer["pages"]["en"]).read_text(encoding="utf-8")
    assert "They are set aside, not corrected" in page


def test_a_column_that_is_not_there_is_refused_with_the_next_step(type_in, tmp_path):
    write_survey(tmp_path / "survey.csv")
    told = type_in("customers", "feedback", "survey.csv", "--score", "nps", "--as-of", "2026-09-30")
    assert told.exit_code == 1
    assert "'survey.csv' has no column nps; it has 推奨度, ひとこと, 地域" in told.output
    assert "Next: name the columns of score, drivers, segment and text" in told.output


def test_the_dictionary_of_themes_can_be_copied(type_in):
    told = type_in("customers", "feedback", "--show-dictionary")
    assert told.exit_code == 0
    assert "response" in tomllib.loads(told.output)
