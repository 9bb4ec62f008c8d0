"""Methods are weighed by their past, the trees learn only from it, and paths keep what intervals promise."""

import numpy as np
import pytest
from panels import invent_branches

from saleslab.errors import BadArgument
from saleslab.forecasting import draw_paths, run_engine
from saleslab.forecasting.combining import _forecast_regular, combine_members
from saleslab.forecasting.origins import choose_origins, read_actual, sort_history
from saleslab.forecasting.sparse_futures import SparseFutures
from saleslab.forecasting.trees import FOR_ORIGINS, forecast_trees


def test_there_are_at_least_four_origins_where_length_allows():
    for n_periods, horizon, season_length in ((60, 12, 12), (24, 8, 4), (12, 4, 1), (30, 24, 12)):
        history, _ = sort_history(np.arange(1.0, n_periods + 1)[None, :], season_length)
        origins = choose_origins(history, horizon)
        assert len(origins) >= 4
        assert min(origins) >= 1
        assert max(origins) <= n_periods - 1


def test_what_came_after_an_origin_is_all_that_it_is_judged_by():
    history, _ = sort_history(np.arange(10.0)[None, :] + 1, 1)
    actual = read_actual(history, (2, 4), 3)
    assert actual[:, 0].tolist()[1] == [7.0, 8.0, 9.0]
    assert actual[0, 0, :2].tolist() == [9.0, 10.0]
    assert np.isnan(actual[0, 0, 2])


def test_forecasts_from_an_origin_know_nothing_of_what_came_after_it():
    values = invent_branches(30, 72)
    changed = values.copy()
    changed[:, -5:] *= 3
    origins = (5, 12, 18)

    def forecast_both(array):
        history, order = sort_history(array, 12)
        back = np.argsort(order)
        methods = _forecast_regular(history, 6, origins)
        trees = forecast_trees(history, 6, backs=origins, known_until=18, growing=FOR_ORIGINS, seed=0)
        return {name: said[:, back] for name, said in (methods | {"trees": trees}).items()}

    before, after = forecast_both(values), forecast_both(changed)
    for name, said in before.items():
        assert after[name] == pytest.approx(said), name


def test_the_method_that_was_right_has_most_of_the_weight():
    line = 100 + 3 * np.arange(60.0) + np.random.default_rng(0).normal(0, 0.5, (10, 60))
    history, _ = sort_history(line, 1)
    record = combine_members(history, 8, choose_origins(history, 8))
    assert sum(record.weights.values()) == pytest.approx(np.ones(10))
    assert (record.weights["drift_quick"] > 5 * record.weights["last"]).all()


def test_the_trees_foresee_what_all_series_do_alike():
    rng = np.random.default_rng(0)
    middle, apart = rng.normal(5, 1, 60), np.zeros((60, 60))
    for at in range(1, 60):  # what lies above its middle falls below it next: no method knows that
        apart[:, at] = -0.8 * apart[:, at - 1] + rng.normal(0, 0.1, 60)
    history, order = sort_history(np.exp(middle[:, None] + apart), 1)
    said = forecast_trees(history, 1, backs=(0,), known_until=0, growing=FOR_ORIGINS, seed=0)[0, :, 0]
    expected = -0.8 * apart[order, -1]
    assert np.corrcoef(np.log(said) - middle[order], expected)[0, 1] > 0.9


def test_a_few_series_are_too_little_for_trees():
    history, _ = sort_history(invent_branches(5, 60), 12)
    assert forecast_trees(history, 12, backs=(0,), known_until=0, growing=FOR_ORIGINS, seed=0) is None


def test_futures_of_sparse_series_are_nothing_or_their_own_sizes():
    past = np.array([[0.0, 0.0, 0.0, 2.0, 0.0, 6.0, 0.0, 4.0]])
    futures = SparseFutures.of(past, np.array([[1.5, 0.75, 6.0]]))
    levels = np.stack([futures.find_quantile(chance)[0] for chance in (np.arange(2000) + 0.5) / 2000])
    assert levels.mean(axis=0) == pytest.approx([1.5, 0.75, 6.0], rel=0.01)
    assert set(levels[:, 0]) == {0.0, 2.0, 4.0, 6.0}
    assert (levels[:, 2] > 0).all()


@pytest.fixture(scope="module")
def run():
    sparse = np.random.default_rng(5).poisson(0.3, (4, 60)).astype(float)
    values = np.vstack([invent_branches(8, 60), np.where(sparse.sum(axis=1, keepdims=True) > 0, sparse, 1)])
    return run_engine(values, horizon=6, season_length=12, seed=0)


def test_paths_spread_as_the_intervals_say(run):
    paths = draw_paths(run, n_paths=1000, seed=0)
    assert paths.shape == (12, 1000, 6)
    regular = run.order[run.regular]
    for chance in (0.1, 0.5, 0.9):
        found = np.quantile(paths[regular], chance, axis=1)
        assert found == pytest.approx(run.find_quantile(chance)[regular], rel=0.03)
    assert paths.min() >= 0


def test_paths_keep_together_along_their_way(run):
    paths = draw_paths(run, n_paths=1000, seed=0)[run.order[run.regular[0]]]
    assert np.corrcoef(paths[:, 4], paths[:, 5])[0, 1] > 0.5


def test_the_same_seed_draws_the_same_paths(run):
    first, again, other = (draw_paths(run, n_paths=20, seed=seed) for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()
    with pytest.raises(BadArgument, match=r"n_paths is 0(.|\n)*Next: draw at least one"):
        draw_paths(run, n_paths=0, seed=0)
