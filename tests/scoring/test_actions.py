import numpy as np
import pandas as pd
import pytest
from invented_trials import invent_actions

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.scoring import choose_action

EVEN = dict.fromkeys(("mail", "phone", "visit"), 1 / 3)
CODE = {"mail": 0, "phone": 1, "visit": 2}


def worth(actions, chances):
    """Return the true chance of success if each row has its action."""
    return chances[np.arange(len(actions)), [CODE[one] for one in actions]].mean()


@pytest.fixture(scope="module")
def trial():
    return invent_actions(seed=1)


@pytest.fixture(scope="module")
def answer(trial):
    rows, action, y, _ = trial
    return choose_action(rows, action, y, propensity=EVEN)


class TestPlantedActions:
    def test_where_it_pays_the_action_is_chosen_by_row(self, trial, answer):
        chances = trial[-1]
        single, oracle = chances.mean(axis=0).max(), chances.max(axis=1).mean()
        assert (answer.verdict, answer.best_action) == ("personalise", "visit")
        assert worth(answer.actions, chances) > single + 0.8 * (oracle - single)
        assert answer.gain.low > 0
        assert answer.value.estimate == pytest.approx(worth(answer.actions, chances), abs=0.04)

    def test_new_rows_get_their_action(self, answer):
        rows, _, _, chances = invent_actions(seed=2)
        single, oracle = chances.mean(axis=0).max(), chances.max(axis=1).mean()
        assert worth(answer.choose(rows), chances) > single + 0.8 * (oracle - single)

    def test_every_arm_is_valued_and_the_best_is_marked(self, trial, answer):
        arms = answer.arms.set_index("action")
        assert list(arms.index) == ["mail", "phone", "visit"]
        assert arms["n"].sum() == len(trial[1])
        truth = trial[-1].mean(axis=0)
        assert ((arms["low"] < truth) & (truth < arms["high"])).all()
        assert list(arms.index[arms["is_best"]]) == ["visit"]

    def test_where_it_does_not_pay_the_best_action_is_for_all(self):
        rows, action, y, _ = invent_actions(seed=3, differs=0)
        said = choose_action(rows, action, y, propensity=EVEN)
        assert (said.verdict, said.model) == ("one_for_all", None)
        assert set(said.actions) == set(said.choose(rows[:7])) == {said.best_action}
        assert said.gain.low <= 0
        assert said.value.estimate == pytest.approx(said.arms["value"].max())

    def test_an_action_that_costs_more_than_it_brings_is_not_chosen(self, trial):
        rows, action, y, _ = trial
        said = choose_action(rows, action, y, propensity=EVEN, cost={"mail": 0.0, "phone": 0.5, "visit": 0.5})
        assert (said.verdict, said.best_action) == ("one_for_all", "mail")


class TestLaws:
    def test_neither_names_nor_sequence_matter(self, trial, answer):
        rows, action, y, _ = trial
        other = {"mail": "z", "phone": "b", "visit": "a"}
        order = np.random.default_rng(1).permutation(len(y))
        renamed = np.array([other[one] for one in action[order]])
        said = choose_action(rows.iloc[order, ::-1], renamed, y[order], propensity={"a": 1 / 3, "b": 1 / 3, "z": 1 / 3})
        assert said.best_action == other[answer.best_action]
        assert said.value.estimate == pytest.approx(answer.value.estimate, abs=0.002)
        assert (said.actions == [other[one] for one in answer.actions[order]]).mean() > 0.995

    def test_chances_by_row_are_taken_as_chances_for_all(self, trial, answer):
        rows, action, y, _ = trial
        by_row = pd.DataFrame(EVEN, index=range(len(y)))
        said = choose_action(rows, action, y, propensity=by_row)
        assert (said.actions == answer.actions).all()

    def test_uneven_chances_are_made_up_for(self):
        rows, _, _, chances = invent_actions(seed=4)
        rng = np.random.default_rng(4)
        likely = np.where(rows["x0"].to_numpy()[:, None] > 0, [0.2, 0.6, 0.2], [0.2, 0.2, 0.6])
        codes = (rng.random(len(rows))[:, None] > likely.cumsum(axis=1)).sum(axis=1)
        y = rng.random(len(rows)) < chances[np.arange(len(rows)), codes]
        action = np.array(["mail", "phone", "visit"])[codes]
        said = choose_action(rows, action, y, propensity=pd.DataFrame(likely, columns=list(EVEN)))
        truth = chances.mean(axis=0)
        assert ((said.arms["low"] < truth) & (truth < said.arms["high"])).all()
        assert abs(y[action == "phone"].mean() - truth[1]) > 0.05


class TestRefusals:
    def test_one_action(self, trial):
        rows, _, y, _ = trial
        with pytest.raises(NotEnoughData, match=r"same action: mail(.|\n)*Next: keep a group without it"):
            choose_action(rows, np.full(len(y), "mail"), y, propensity=EVEN)

    def test_an_action_that_was_hardly_taken(self, trial):
        rows, action, y, _ = trial
        rare = np.where(np.arange(len(y)) < 20, "fax", action)
        with pytest.raises(NotEnoughData, match=r"fax: 20 rows(.|\n)*Next: wait for 100 rows"):
            choose_action(rows, rare, y, propensity={**EVEN, "fax": 0.01} | {"mail": 0.3})

    def test_an_action_without_chance_or_cost(self, trial):
        rows, action, y, _ = trial
        with pytest.raises(BadArgument, match=r"no chance of visit; it has mail, phone(.|\n)*Next: give the chance"):
            choose_action(rows, action, y, propensity={"mail": 0.5, "phone": 0.5})
        with pytest.raises(BadArgument, match=r"no cost of phone, visit(.|\n)*Next: give the cost of every action"):
            choose_action(rows, action, y, propensity=EVEN, cost={"mail": 1.0})

    def test_chances_that_add_up_to_more_than_one(self, trial):
        rows, action, y, _ = trial
        with pytest.raises(BadArgument, match=r"add up to more than 1(.|\n)*Next: give the chance that each row had"):
            choose_action(rows, action, y, propensity=dict.fromkeys(EVEN, 0.5))

    def test_chances_of_zero_and_one(self, trial):
        rows, action, y, _ = trial
        with pytest.raises(BadArgument, match=r"3000 rows have a chance of an action(.|\n)*Next: leave such rows out"):
            choose_action(rows, action, y, propensity={"mail": 1.0, "phone": 0.0, "visit": 0.0})

    def test_chances_that_were_not_those_of_the_lot(self, trial):
        rows, action, y, _ = trial
        with pytest.raises(
            BadArgument, match=r"had the action 'mail': they promise 600 rows(.|\n)*Next: give the chance"
        ):
            choose_action(rows, action, y, propensity={"mail": 0.2, "phone": 0.3, "visit": 0.5})


@pytest.mark.slow
def test_where_it_does_not_pay_one_action_is_for_all_in_95_of_100_trials():
    verdicts = []
    for seed in range(200):
        rows, action, y, _ = invent_actions(seed=seed, n=1200, differs=0)
        verdicts.append(choose_action(rows, action, y, propensity=EVEN).verdict)
    assert np.mean([one == "one_for_all" for one in verdicts]) >= 0.95
