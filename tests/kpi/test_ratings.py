"""Factors that nobody can count are rated on their written steps: mean, range, raters, and how sure few of them are."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from trees_made import make_tree

from saleslab.errors import FileProblem, TableError
from saleslab.kpi import FactorRating, Pseudonyms, lint_tree, read_ratings, read_tree, summarise_ratings, tell_rating
from saleslab.kpi.metrics.intervals import bound_means
from saleslab.kpi.trees.templates import override_tree, read_template
from saleslab.stats.intervals import Interval

AS_OF = date(2026, 9, 30)
TREE = read_template("inside_sales")
PLANS = Path(__file__).parents[2] / "data" / "plans"


def _rate(*steps, node="able_people", at="2026-09-28 01:00", raters=None):
    named = raters or [f"r{place}" for place in range(len(steps))]
    return pd.DataFrame({"node": node, "rated_at": pd.Timestamp(at), "rater_id": named, "rating": list(steps)})


def _bound(*steps):
    shares = np.array(steps) / 4
    return bound_means(np.array([shares.sum()]), np.array([(shares**2).sum()]), np.array([float(len(steps))]))


def _summarise(*frames, **options):
    return summarise_ratings(pd.concat(frames), TREE, as_of=AS_OF, **options)


@pytest.mark.requirement("A04")
def test_three_ratings_give_their_mean_their_range_and_how_many_they_are():
    (found,) = _summarise(_rate(2, 3, 4))
    assert (found.mean.estimate, found.lowest, found.highest, found.n) == (3.0, 2, 4, 3)
    assert found.mean.low < 2.2
    assert 3.5 < found.mean.high <= 4.0
    told = tell_rating(found)
    assert told.en == "Rated 3.0 of 4 (2 to 4, 3 raters)"
    assert told.ja == "評価 3.0／4（2〜4、3人）"


@pytest.mark.requirement("A04")
def test_a_rating_beyond_the_steps_is_refused_with_everything_else_that_is_wrong():
    with pytest.raises(
        TableError, match=r"1 of 3 ratings are no whole number from 0 to 4[\s\S]*Next: correct the rows"
    ):
        _summarise(_rate(2, 3, 5))
    with pytest.raises(TableError, match=r"2 of 3 ratings.*'win_rate' is no success factor of the tree inside_sales"):
        _summarise(_rate(2.5, -1, 3, node="win_rate"))
    with pytest.raises(TableError, match=r"1 of 2 rows have no ratings.rater_id"):
        _summarise(_rate(2, 3, raters=["a", None]))
    with pytest.raises(TableError, match="no column 'rating'"):
        _summarise(_rate(2).drop(columns="rating"))


@pytest.mark.requirement("A04")
def test_a_factor_without_written_steps_is_a_finding_and_cannot_be_rated():
    tree = make_tree({"able_people": {"rubric": {0: "bad", 2: " ", 4: "good"}}})
    assert set(tree.nodes["able_people"].rubric) == {0, 4}
    found = lint_tree(tree, as_of=date(2026, 11, 23))
    assert found[["node", "code"]].to_numpy().tolist() == [["able_people", "rubric_missing"]]
    with pytest.raises(TableError, match="the rubric of 'able_people' has words for 2 of 5 steps"):
        summarise_ratings(_rate(2, 3, 4), tree, as_of=AS_OF)


def test_steps_are_written_in_both_languages_and_a_plain_text_stands_for_both():
    tree = override_tree(TREE, {"able_people": {"rubric": {0: {"en": "alone", "ja": "独学"}, 1: "handbook"}}})
    rubric = tree.nodes["able_people"].rubric
    assert [rubric[0].read("ja"), rubric[1].read("ja")] == ["独学", "handbook"]


def test_of_each_rater_the_latest_rating_that_was_known_counts():
    before, after = _rate(1, 1, 1, at="2026-06-29 01:00"), _rate(3, 3, 3, at="2026-09-30 20:00")
    assert _summarise(before, after)[0].mean.estimate == 3.0
    found = _summarise(before, after, timezone="Asia/Tokyo")[0]  # there it is the first of October
    assert (found.mean.estimate, found.n, found.rated_on) == (1.0, 3, date(2026, 6, 29))
    assert _summarise(_rate(4, at="2027-01-01")) == ()


@pytest.mark.parametrize("alike", [0.4, 0.8, 2.0])
def test_the_range_of_few_raters_holds_what_many_would_come_to(alike):
    """Companies of all kinds, from those whose people all say the same to those who say anything."""
    rng = np.random.default_rng(11)
    shares = rng.dirichlet(np.full(5, alike), 20_000)
    truth = shares @ np.arange(5) / 4
    for n in (1, 2, 3, 5, 8, 15):
        steps = (rng.random((len(shares), n, 1)) > shares.cumsum(axis=1)[:, None, :]).sum(axis=2).clip(0, 4) / 4
        low, high = bound_means(steps.sum(axis=1), (steps**2).sum(axis=1), np.full(len(shares), float(n)))
        assert ((low <= truth) & (truth <= high)).mean() >= 0.895, n
    (found,) = _summarise(_rate(2, 3, 4))
    assert (found.mean.low, found.mean.high) == pytest.approx([4 * end[0] for end in _bound(2, 3, 4)])


def test_raters_who_agree_are_not_taken_for_certainty_and_more_of_them_are_surer():
    widths = [_summarise(_rate(*[3] * n))[0].mean.width for n in (1, 3, 10)]
    assert widths == sorted(widths, reverse=True)
    assert 0.2 < widths[-1] < widths[0] < 4.0


def test_what_two_raters_said_is_not_shown():
    two = FactorRating("a", Interval(2.0, 0.8, 3.2, 0.9), 1, 3, 1, 2, AS_OF)
    assert not two.is_shown
    assert tell_rating(two).en == "2 ratings, shown from 3 on"


def test_the_file_of_the_invented_company_fits_its_tree():
    ratings = read_ratings(PLANS / "invented_company.ratings.csv")
    found = summarise_ratings(ratings, read_tree(PLANS / "invented_company.yaml"), as_of=AS_OF)
    assert {one.node: (one.mean.estimate, one.n) for one in found} == {
        "good_meetings": (2.4, 5), "able_people": (3.0, 3), "lasting_customers": (2.0, 2),
    }  # fmt: skip


def test_a_file_that_names_people_is_refused_without_repeating_their_names(tmp_path):
    file = tmp_path / "ours.ratings.csv"
    hidden = Pseudonyms(b"sixteen bytes or more").name_author("u:7", about="able_people")
    _rate(2, 3, raters=[hidden, "tanaka"]).to_csv(file, index=False)
    with pytest.raises(FileProblem, match=r"in 1 of 2 rows 'rater_id' is no pseudonym[\s\S]*Next: write") as refused:
        read_ratings(file)
    assert "tanaka" not in str(refused.value)
    _rate(2, raters=[hidden]).drop(columns="rated_at").to_csv(file, index=False)
    with pytest.raises(FileProblem, match=r"no column rated_at[\s\S]*Next: give the columns"):
        read_ratings(file)
    with pytest.raises(FileProblem, match="is no CSV file of ratings"):
        read_ratings(tmp_path / "none.csv")
