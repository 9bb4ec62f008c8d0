"""People are counted, not answers; whole months count; and whatever the page shows of people is judged together."""

from dataclasses import replace
from datetime import date, datetime

import pandas as pd
import pytest

from saleslab.customers.feedback import open_voices, review_feedback, tabulate_segments, tabulate_themes
from saleslab.customers.feedback.disclosing import ALL, keep_whole_months
from saleslab.customers.feedback.rows import read_people
from saleslab.customers.feedback.voices import Voices
from saleslab.errors import NotEnoughData
from saleslab.periods import FiscalCalendar
from saleslab.warehouse import connect

KEPT = {"source_system": "test", "loaded_at": datetime(2026, 10, 1)}


def speak(rows):
    """Voices of answers given as (person, month, segment, score, text)."""
    people = pd.DataFrame(rows, columns=["person", "month", "segment", "score", "text"])
    people = people.assign(month=pd.to_datetime(people["month"]), kind="nps", account_id=people["person"].astype("str"))
    by = ["kind", "month", "segment", "score"]
    counted = people.groupby(by, as_index=False, dropna=False).agg(n_answers=("person", "size"))
    return Voices(counted, people)


def review_of(voices, as_of=date(2026, 9, 30), **more):
    return review_feedback(voices, as_of=as_of, calendar=FiscalCalendar(), **more)


EVERYBODY = [(at, f"2026-0{4 + at % 6}-01", "east" if at % 3 else "west", 9 if at % 4 else 3, None) for at in range(90)]


def test_a_merged_contact_is_one_person_and_an_answer_without_one_makes_its_account_one():
    answers = pd.DataFrame(
        {"account_id": ["a:1", "a:1", "a:2", "a:2", "a:2", None, None, "a:3"],
         "contact_id": ["c:1", "c:old", "c:2", "c:3", None, None, None, None]}
    )  # fmt: skip
    answers = answers.assign(feedback_id=[f"f:{at}" for at in range(8)], at=datetime(2026, 5, 1), kind="nps", score=9.0)
    with connect("duckdb://") as lab:
        lab.write("feedback", answers.assign(text=None), **KEPT)
        lab.write("accounts", pd.DataFrame({"account_id": ["a:1", "a:2", "a:3"]}), **KEPT)
        contacts = pd.DataFrame(
            {"contact_id": ["c:1", "c:old", "c:2", "c:3"], "account_id": ["a:1", "a:1", "a:2", "a:2"]}
        )
        lab.write("contacts", contacts.assign(merged_into_id=[None, "c:1", None, None]), **KEPT)
        people = read_people(lab, as_of=date(2026, 9, 30))
    assert people.groupby("account_id")["person"].nunique().to_dict() == {"a:1": 1, "a:2": 1, "a:3": 1}
    assert people["person"].nunique() == 5  # and two that name neither person nor account
    assert not {"contact_id", "feedback_id"} & set(people.columns)


def test_a_segment_of_many_answers_by_nine_people_is_hidden():
    nine = [(200 + at % 9, f"2026-0{4 + at % 6}-01", "south", 9, None) for at in range(54)]
    told = tabulate_segments(review_of(speak(EVERYBODY + nine))).set_index("segment")["n_answers"]
    assert told["south"].en == "hidden"
    assert [getattr(cell, "en", "") == "hidden" for cell in told].count(True) == 2


def test_the_page_of_the_next_day_says_the_same_until_the_month_is_over():
    voices = speak([*EVERYBODY, (500, "2026-10-01", "east", 0, "回答が遅い。")])
    pages = [review_of(voices, day) for day in (date(2026, 9, 30), date(2026, 10, 1), date(2026, 10, 30))]
    assert [page.until for page in pages] == [date(2026, 9, 30)] * 3
    assert len({(page.score.n, page.disclosure.log) for page in pages}) == 1
    assert review_of(voices, date(2026, 10, 31)).score.n == pages[0].score.n + 1
    undated = voices.answers.drop(columns="month")
    assert keep_whole_months(Voices(undated, voices.people), date(2026, 10, 1))[1] == date(2026, 10, 1)


def test_themes_give_way_where_all_but_a_few_of_those_who_answered_speak_of_one():
    """85 of 90 speak of price: with the number of all answers the five others would be known."""
    rows = [(*row[:4], "価格が高い。" if at < 85 else None) for at, row in enumerate(EVERYBODY)]
    review = review_of(speak(rows))
    assert review.score.n == 90
    assert review.theme_counts["price"] is None
    assert tabulate_themes(review)["n_people"].map(lambda cell: getattr(cell, "en", cell)).tolist() == ["hidden"]
    assert not review.quotes, "of a hidden theme nobody is quoted"


def test_a_promise_about_what_few_spoke_of_is_not_followed_in_numbers():
    rows = [(*row[:4], "価格が高い。" if at % 12 == 0 else "操作がわかりやすい。") for at, row in enumerate(EVERYBODY)]
    promised = {"theme": ["price"], "owner_id": ["u:1"], "due_on": [date(2026, 7, 1)], "closed_on": [date(2026, 7, 1)]}
    (loop,) = review_of(speak(rows), actions=pd.DataFrame(promised)).loops
    assert (loop.state, loop.change) == ("few", None)


def test_a_theme_that_nobody_mentions_is_not_followed_where_hardly_anybody_wrote():
    """Nobody of five: that tells of the five, although no one spoke of the theme."""
    rows = [(at, "2026-05-01", "east", 9, "価格が高い。" if at % 2 else "操作がわかりやすい。") for at in range(60)]
    rows += [(at, "2026-08-01", "east", 9, "操作がわかりやすい。" if at < 65 else None) for at in range(60, 90)]
    promised = {"theme": ["price"], "owner_id": ["u:1"], "due_on": [date(2026, 7, 1)], "closed_on": [date(2026, 7, 1)]}
    (loop,) = review_of(speak(rows), actions=pd.DataFrame(promised)).loops
    assert (loop.state, loop.change) == ("few", None)


def test_a_comment_beside_an_impossible_score_is_set_aside_with_it():
    rows = [(*row[:3], 11 if at == 0 else row[3], "価格が高い。") for at, row in enumerate(EVERYBODY)]
    review = review_of(speak(rows))
    assert dict(review.score.answers.aside) == {"off_scale": 1}
    assert review.theme_counts["price"] == review.score.n == 89


def test_fewer_than_ten_people_are_told_of_nowhere():
    few = speak([(at % 9, "2026-05-01", "east", 9, "価格が高い。") for at in range(40)])
    with pytest.raises(NotEnoughData, match=r"(?s)Fewer than 10 people answered the question nps.*Next: wait for more"):
        review_of(few)
    csat = few.people.assign(kind="csat", score=5, person=few.people["person"] + 900)
    counted = csat.groupby(["kind", "month", "segment", "score"], as_index=False).agg(n_answers=("person", "size"))
    many = speak(EVERYBODY)
    both = replace(
        many, answers=pd.concat([many.answers, counted]), people=pd.concat([many.people, csat], ignore_index=True)
    )
    review = review_of(both)
    assert review.kpis["csat"].value is None, "nine people are no score"
    assert review.kpis["nps"].value is not None


def test_the_warehouse_and_the_counted_answers_speak_of_the_same_people(tmp_path):
    rows = pd.DataFrame(
        {"feedback_id": [f"f:{at}" for at in range(24)], "contact_id": [f"c:{at % 12}" for at in range(24)]}
    )
    rows = rows.assign(at=datetime(2026, 6, 2), kind="nps", score=[9.0, 4.0] * 12, text=["価格が高い。", None] * 12)
    with connect("duckdb://") as lab:
        lab.write("feedback", rows, **KEPT)
        voices = open_voices(lab, as_of=date(2026, 9, 30))
    review = review_of(voices)
    assert review.score.n == len(voices.people) == 24
    told = {cell.table: cell.n for cell in review.disclosure.log if cell.where[0][1] == ALL}
    assert told["nps"] == 12
