"""The numbers of a study of leads as tables of typed cells."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

from saleslab.scoring.briefings.study_words import name_features
from saleslab.scoring.judging.fairness import SMALLEST, measure_groups
from saleslab.wording import Count, Days, Money, Number, Points, Share, Text, say

if TYPE_CHECKING:
    from saleslab.scoring.judging.evaluation import ScoreEvaluation
    from saleslab.scoring.judging.explaining import LeadExplanation
    from saleslab.scoring.judging.measuring import MoneyCurve, ScoreMeasures
    from saleslab.scoring.leads.table import LeadTable
    from saleslab.scoring.learning.survey import LeadSurvey
    from saleslab.scoring.learning.training import TrainedModel
    from saleslab.scoring.model.scorer import LeadScorer
    from saleslab.scoring.uplift.effects import Uplift
    from saleslab.stats import Calibration, Interval

_MARK = Text.same("○")
_NO_MARK = Text.same("")
_WEIGHED = 1_000
_STEPS = (0.05, 0.1, 0.2, 0.3, 0.5, 1.0)


def name_study_columns(*names: str) -> Mapping[str, Text]:
    """Return the headings of some columns, for `reporting.table` and `reporting.figure`.

    Examples
    --------
    >>> name_study_columns("alone")["alone"].ja
    '単独のAUC'
    """
    return {name: say(f"scoring_studies.columns.{name}") for name in names}


def tabulate_columns(survey: LeadSurvey, *, suspect: bool = False) -> pd.DataFrame:
    """Return what each column is and tells: ``column, known_at, filled, alone, later, verdict, reason``.

    ``suspect`` keeps those that are blocked or to be looked at, and those known only after the arrival.
    """
    labels, found = name_features(survey.learned), survey.columns
    if suspect:
        found = found[(found["verdict"] != "ok") | (found["known_at"] != "created")]
    rows = [
        {
            "column": labels[row["column"]],
            "known_at": say(f"scoring_studies.known_at.{row['known_at']}"),
            "filled": Share(row["share_filled"], 0),
            "alone": Number(row["auc"], 2),
            "later": None if pd.isna(row.get("auc_later")) else Number(row["auc_later"], 2),
            "verdict": say(f"scoring_studies.leak.{row['verdict']}"),
            "reason": Text(row["reason"], row["reason_ja"]) if row["codes"] else _NO_MARK,
        }
        for row in found.to_dict("records")
    ]
    return pd.DataFrame(rows, columns=["column", "known_at", "filled", "alone", "later", "verdict", "reason"])


def tabulate_windows(survey: LeadSurvey) -> pd.DataFrame:
    """Return what each window would mean: ``window, n_learnable, share_young, chance, low, high, part, is_chosen``."""
    rows = [
        {
            "window": Days(row["window"]),
            "n_learnable": Count(row["n_learnable"]),
            "share_young": Share(row["share_young"]),
            **{name: Share(row[name]) for name in ("chance", "low", "high")},
            "part": Share(row["part"], 0),
            "is_chosen": _MARK if row["window"] == survey.window else _NO_MARK,
        }
        for row in survey.windows.to_dict("records")
    ]
    return pd.DataFrame(rows)


def tabulate_curve(survey: LeadSurvey) -> pd.DataFrame:
    """Return the chance of success by day: ``day, chance, low, high``."""
    rows = [
        {"day": Count(row["day"])} | {name: Share(row[name], 2) for name in ("chance", "low", "high")}
        for row in survey.curve.to_dict("records")
    ]
    return pd.DataFrame(rows)


def tabulate_profile(profile: pd.DataFrame) -> pd.DataFrame:
    """Return which groups succeed: ``group, n_leads, n_won, rate, low, high``."""
    rows = [
        {"group": row["group"], "n_leads": Count(row["n_leads"]), "n_won": Count(row["n_won"])}
        | {name: Share(row[name]) for name in ("rate", "low", "high")}
        for row in profile.to_dict("records")
    ]
    return pd.DataFrame(rows)


def tabulate_tests(answer: ScoreEvaluation) -> pd.DataFrame:
    """Return the AUC under each test: ``test, auc, low, high``."""
    tests = {name: getattr(answer, name) for name in ("leaked", "random", "forward", "per_list")}
    rows = [
        {"test": say(f"scoring_studies.test.{name}"), **_ends(auc, 3, "auc")}
        for name, auc in tests.items()
        if auc is not None
    ]
    return pd.DataFrame(rows)


def tabulate_candidates(scorer: LeadScorer) -> pd.DataFrame:
    """Return the candidates of the ladder: ``model, half_life, dropped, log_loss, is_chosen``, the best first."""
    choices = scorer.choices_.sort_values("log_loss", kind="stable")
    rows = [
        {
            "model": say(f"scoring_studies.rung.{row['rung']}"),
            "half_life": say("scoring_studies.half_life.none")
            if pd.isna(row["half_life"])
            else say("scoring_studies.half_life.leads", n=round(row["half_life"])),
            "dropped": Count(row["n_dropped"]),
            "log_loss": Number(row["log_loss"], 4),
            "is_chosen": _MARK if row["chosen"] else _NO_MARK,
        }
        for row in choices.to_dict("records")
    ]
    return pd.DataFrame(rows)


def tabulate_baselines(answer: ScoreEvaluation) -> pd.DataFrame:
    """Return ways to rank side by side: ``who, auc, log_loss, brier, captured, low, high``."""
    rows = [
        {
            "who": say(f"scoring_studies.who.{row['who']}"),
            "auc": Number(row["auc"], 3),
            **{name: None if pd.isna(row[name]) else Number(float(row[name]), 4) for name in ("log_loss", "brier")},
            "captured": Share(row["captured"], 0),
            "low": Share(row["captured_low"], 0),
            "high": Share(row["captured_high"], 0),
        }
        for row in answer.baselines.to_dict("records")
    ]
    return pd.DataFrame(rows)


def rank_drivers(scorer: LeadScorer, table: LeadTable) -> pd.Series:
    """Return by how many log-odds each column moves a lead on average, in either direction, the strongest first.

    A thousand leads, evenly spread over the table, stand for all.
    """
    some = table.inputs.iloc[:: max(len(table.frame) // _WEIGHED, 1)]
    weights = scorer.weigh_columns(some).drop(columns="base").abs().mean()
    return weights[weights > 0].sort_values(ascending=False, kind="stable")


def tabulate_drivers(scorer: LeadScorer, table: LeadTable, *, most: int = 10) -> pd.DataFrame:
    """Return what moves the chance: ``column, effect``."""
    labels, drivers = name_features(table), rank_drivers(scorer, table).head(most)
    rows = [{"column": labels[str(name)], "effect": Number(float(effect), 2)} for name, effect in drivers.items()]
    return pd.DataFrame(rows, columns=["column", "effect"])


def tabulate_calibration(answer: Calibration) -> pd.DataFrame:
    """Return stated chances and what came: ``n_leads, chance, rate, low, high`` (of the band)."""
    rows = [
        {
            "n_leads": Count(point.n),
            "chance": Share(point.chance),
            "rate": Share(point.rate.estimate),
            "low": Share(point.low),
            "high": Share(point.high),
        }
        for point in answer.points
    ]
    return pd.DataFrame(rows)


def tabulate_capture(answer: ScoreMeasures) -> pd.DataFrame:
    """Return which part of the successes the top holds: ``share, captured, low, high``."""
    rows = [{"share": Share(step, 0), **_shares(answer.captured.at(step), "captured")} for step in _STEPS]
    return pd.DataFrame(rows)


def tabulate_money(answer: MoneyCurve, *, currency: str = "JPY") -> pd.DataFrame:
    """Return what the top brings in: ``n_leads, amount, low, high``."""
    rows = []
    for times in (0.5, 1, 2, 3):
        n = round(answer.capacity * times)
        if 0 < n <= answer.n_leads:
            brought = answer.by_worth.at(n / answer.n_leads)
            amounts = {"amount": brought.estimate, "low": brought.low, "high": brought.high}
            rows.append(
                {"n_leads": Count(n)}
                | {name: Money(Decimal(round(value)), currency) for name, value in amounts.items()}
            )
    return pd.DataFrame(rows)


def tabulate_lead(answer: LeadExplanation) -> pd.DataFrame:
    """Return the reasons of one lead: ``column, points``."""
    rows = [{"column": reason.label, "points": Points(reason.points)} for reason in answer.reasons]
    return pd.DataFrame(rows, columns=["column", "points"])


def judge_groups(trained: TrainedModel, by: str) -> pd.DataFrame | None:
    """Return what `measure_groups` says of the tested leads, or None: too few of them, or no such column.

    ``by`` names columns, with commas between.
    """
    names = [name.strip() for name in by.split(",") if name.strip() in trained.table.frame.columns]
    if not names or len(trained.tested) < SMALLEST:
        return None
    tested = trained.tested
    return measure_groups(trained.group_tested(*names), tested["is_won"], tested["chance_won"])


def tabulate_fairness(groups: pd.DataFrame, *, table: LeadTable | None = None) -> pd.DataFrame:
    """Return what was promised and came by group: ``column, group, n_leads, promised, rate, gap, low, high, verdict``.

    ``groups`` comes from `measure_groups` or `judge_groups`, labels of columns from ``table``.
    """
    off, names = say("scoring_studies.table.fairness.off"), name_features(table)
    rows = [
        {
            "column": names.get(row["by"], Text.same(row["by"])),
            "group": _name_group(row),
            "n_leads": Count(row["n_leads"]),
            "promised": Share(row["chance"]),
            "rate": Share(row["rate"]),
            **{name: Points(row[key]) for name, key in (("gap", "gap"), ("low", "gap_low"), ("high", "gap_high"))},
            "verdict": off if row["is_off"] else _NO_MARK,
        }
        for row in groups.to_dict("records")
    ]
    return pd.DataFrame(rows)


def _name_group(row: Mapping[Any, Any]) -> Text:
    if row["group"]:
        return Text.same(row["group"])
    return say(f"scoring_studies.groups.{'others' if row['n_groups'] > 1 else 'missing'}")


def tabulate_gain(answer: Uplift, *, digits: int = 3) -> pd.DataFrame:
    """Return the gain curve: ``share, gain``."""
    rows = [{"share": Share(step, 0), "gain": Number(answer.qini.gain_at(step), digits)} for step in _STEPS]
    return pd.DataFrame(rows)


def tabulate_rules(answer: Uplift, *, digits: int = 3) -> pd.DataFrame:
    """Return what each rule would have brought: ``rule, value, low, high, treated, is_chosen``."""
    rows = [
        {"rule": say(f"scoring.uplift.rule.{row['rule']}")}
        | {name: Number(float(row[name]), digits) for name in ("value", "low", "high")}
        | {"treated": Share(row["share_treated"], 0), "is_chosen": _MARK if row["is_chosen"] else _NO_MARK}
        for row in answer.candidates.to_dict("records")
    ]
    return pd.DataFrame(rows)


def tabulate_capacity(amounts: Mapping[str, float], *, currency: str = "JPY") -> pd.DataFrame:
    """Return what contacting few leads changes, by the ranking: ``best_by, revenue, times, oracle``.

    ``amounts`` holds ``chance`` (compared with) and ``true_uplift_times_value`` (what the truth would bring).
    """
    by_chance, best = amounts["chance"], amounts["true_uplift_times_value"]
    rows = [
        {
            "best_by": say(f"scoring_studies.capacity.{name}"),
            "revenue": Money(Decimal(round(amount)), currency),
            "times": Number(amount / by_chance),
            "oracle": Share(amount / best, 0),
        }
        for name, amount in amounts.items()
    ]
    return pd.DataFrame(rows)


def _ends(interval: Interval, digits: int, name: str) -> dict[str, Number]:
    values = {name: interval.estimate, "low": interval.low, "high": interval.high}
    return {key: Number(value, digits) for key, value in values.items()}


def _shares(interval: Interval, name: str) -> dict[str, Share]:
    return {name: Share(interval.estimate, 0), "low": Share(interval.low, 0), "high": Share(interval.high, 0)}
