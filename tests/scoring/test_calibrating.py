"""Corrections of chances that do no harm."""

import numpy as np
import pytest
from scipy.special import expit

from saleslab.scoring.model.calibrating import Calibration, Fold, choose_calibration, fit_calibration


def folds(change, *, n=3_000, k=4, seed=0):
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(k):
        log_odds = rng.normal(-1, 1.2, n)
        made.append(Fold(log_odds, (rng.random(n) < expit(change(log_odds))).astype(float), np.ones(n)))
    return made


@pytest.mark.parametrize("is_forward", [True, False])
def test_chances_that_come_true_are_left_alone(is_forward):
    assert choose_calibration(folds(lambda odds: odds), is_forward=is_forward).method == "identity"


def test_a_planted_shift_and_a_planted_slope_are_found():
    shifted = choose_calibration(folds(lambda odds: odds + 0.8), is_forward=True)
    assert shifted.apply(np.array([-0.8])) == pytest.approx([0.5], abs=0.03)
    flattened = choose_calibration(folds(lambda odds: 0.5 * odds), is_forward=True)
    assert flattened.slope == pytest.approx(0.5, abs=0.1)


def test_a_shift_that_turns_round_is_not_taken():
    unlike = folds(lambda odds: odds + 0.8, k=2) + folds(lambda odds: odds - 0.8, k=2)
    assert choose_calibration(unlike, is_forward=True).method == "identity"


@pytest.mark.parametrize("method", ["identity", "intercept", "temperature", "sigmoid", "isotonic"])
def test_every_calibration_rises_stays_between_0_and_1_and_comes_back_from_its_state(method):
    (fold,) = folds(lambda odds: odds, k=1)
    fitted = fit_calibration(method, fold)
    chances = fitted.apply(np.linspace(-6, 6, 200))
    assert (np.diff(chances) >= 0).all()
    assert ((chances >= 0) & (chances <= 1)).all()
    assert Calibration.from_state(fitted.to_state()) == fitted
