"""How is a model written as an ONNX graph? Every step from a column as a person keeps it to the chance of a lead.

Columns come in one by one, numbers as doubles and names as text, so that reading them is part of the graph: whoever
runs it has no encoding to repeat. All is reckoned in doubles, as the scorer does; trees that compare single floats put
rows on the other side of a split.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

from saleslab.scoring.exports.onnx_trees import flatten_trees
from saleslab.scoring.model.calibrating import Calibration
from saleslab.scoring.model.encoding import FARTHEST, ColumnPlan, Encoding
from saleslab.scoring.model.ladder import LeadModel, Logit, Trees

CHANCE = "chance_won"
"""Name of the graph's only output."""

OPSETS = {"": 17, "ai.onnx.ml": 5}
"""Versions of the operators; 5 is the first whose trees reckon in doubles and ask for one of several names."""

_ML = "ai.onnx.ml"


class GraphDraft:
    """Nodes and constants of a graph as they are added; each value is known by the name that adding it gives."""

    def __init__(self, onnx: ModuleType, columns: Sequence[ColumnPlan]) -> None:
        self.onnx = onnx
        self.columns = {plan.name: plan for plan in columns}
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self.read: dict[tuple[ColumnPlan, str], str] = {}

    def add(self, operator: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """Add a node and return the name of what it gives."""
        name = self._name(operator)
        self.nodes.append(self.onnx.helper.make_node(operator, inputs, [name], name=name, domain=domain, **attributes))
        return name

    def keep(self, values: npt.ArrayLike) -> str:
        """Keep a constant, floats as doubles, and return its name."""
        name = self._name("constant")
        self.constants.append(self.onnx.numpy_helper.from_array(np.asarray(values), name))
        return name

    def _name(self, what: str) -> str:
        """Return a name that no column has, since a column's has no number before it."""
        name = f"{len(self.nodes) + len(self.constants)}:{what}"
        return name if name not in self.columns else f"{name}:"

    def finish(self, log_odds: str, calibration: Calibration) -> Any:
        """Return the graph that ends with the chance."""
        _calibrate(self, log_odds, calibration)
        self.nodes[-1].output[0] = CHANCE
        helper, kinds = self.onnx.helper, self.onnx.TensorProto
        inputs = [
            helper.make_tensor_value_info(name, kinds.DOUBLE if plan.kind == "number" else kinds.STRING, ["n"])
            for name, plan in self.columns.items()
        ]
        output = helper.make_tensor_value_info(CHANCE, kinds.DOUBLE, ["n"])
        return helper.make_graph(self.nodes, "lead_scorer", inputs, [output], self.constants)


def add_model(draft: GraphDraft, model: LeadModel) -> str:
    """Add what gives the log-odds of each row."""
    first = next(iter(draft.columns))
    total = draft.add("Expand", draft.keep(model.base), draft.add("Shape", first))
    for share, part in model.parts:
        log_odds = _add_logit(draft, part) if isinstance(part, Logit) else _add_trees(draft, part)
        total = draft.add("Add", total, draft.add("Mul", log_odds, draft.keep(share)))
    return total


def _add_logit(draft: GraphDraft, part: Logit) -> str:
    terms, at = [draft.keep(part.base - float(part.centres @ part.slopes))], 0
    for plan in part.encoding.plans:
        slopes = part.slopes[at : at + plan.n_terms]
        terms.append(_weigh_name(draft, plan, slopes) if plan.kind == "name" else _weigh_number(draft, plan, slopes))
        at += plan.n_terms
    return draft.add("Sum", *terms)


def _weigh_name(draft: GraphDraft, plan: ColumnPlan, slopes: npt.NDArray[np.float64]) -> str:
    n = len(plan.names)
    table = [*slopes[:n], 0.0, slopes[n] if plan.has_gaps else 0.0]
    return draft.add("Gather", draft.keep(table), _place(draft, plan))


def _weigh_number(draft: GraphDraft, plan: ColumnPlan, slopes: npt.NDArray[np.float64]) -> str:
    number = _fill(draft, plan)
    if plan.is_log:
        number = draft.add("Log", draft.add("Add", draft.add("Max", number, draft.keep(0.0)), draft.keep(1.0)))
    distance = draft.add("Sub", number, draft.keep(plan.centre))
    steps = draft.add("Div", distance, draft.keep(plan.scale))
    near = draft.add("Clip", steps, draft.keep(-FARTHEST), draft.keep(FARTHEST))
    added = draft.add("Mul", near, draft.keep(slopes[0]))
    if not plan.has_gaps:
        return added
    return draft.add("Add", added, draft.add("Where", _is_empty(draft, plan), draft.keep(slopes[1]), draft.keep(0.0)))


def _add_trees(draft: GraphDraft, part: Trees) -> str:
    base, attributes = flatten_trees(part.text)
    if not attributes["nodes_featureids"]:
        return draft.keep(base)
    arrays = {
        name: draft.onnx.numpy_helper.from_array(value, name) if isinstance(value, np.ndarray) else value
        for name, value in attributes.items()
    }
    score = draft.add("TreeEnsemble", _stack(draft, part.encoding), domain=_ML, n_targets=1, **arrays)
    return draft.add("Add", draft.add("Squeeze", score, draft.keep([1])), draft.keep(base))


def _stack(draft: GraphDraft, encoding: Encoding) -> str:
    """Return one column of doubles for each column that trees read, names by their place."""
    cells = []
    for plan in encoding.plans:
        if plan.kind == "name":
            cell = draft.add("Cast", _place(draft, plan), to=draft.onnx.TensorProto.DOUBLE)
        else:
            cell = plan.name if plan.has_gaps else _fill(draft, plan)
        cells.append(draft.add("Unsqueeze", cell, draft.keep([1])))
    return draft.add("Concat", *cells, axis=1)


def _place(draft: GraphDraft, plan: ColumnPlan) -> str:
    """Return the place of each row's name; then come "other" and "empty", as in `Encoding`."""
    n = len(plan.names)
    return _once(
        draft,
        plan,
        "LabelEncoder",
        domain=_ML,
        keys_strings=[*plan.names, ""],
        values_int64s=[*range(n), n + 1],
        default_int64=n,
    )


def _is_empty(draft: GraphDraft, plan: ColumnPlan) -> str:
    return _once(draft, plan, "IsNaN")


def _fill(draft: GraphDraft, plan: ColumnPlan) -> str:
    """Return a number with the mean in the place of what is empty."""
    if (plan, "Where") not in draft.read:
        draft.read[plan, "Where"] = draft.add("Where", _is_empty(draft, plan), draft.keep(plan.typical), plan.name)
    return draft.read[plan, "Where"]


def _once(draft: GraphDraft, plan: ColumnPlan, operator: str, **options: Any) -> str:
    """Add the reading of a column only the first time: logit and trees may share it."""
    if (plan, operator) not in draft.read:
        draft.read[plan, operator] = draft.add(operator, plan.name, **options)
    return draft.read[plan, operator]


def _calibrate(draft: GraphDraft, log_odds: str, calibration: Calibration) -> str:
    if calibration.method != "isotonic":
        stretched = draft.add("Mul", log_odds, draft.keep(calibration.slope))
        return draft.add("Sigmoid", draft.add("Add", stretched, draft.keep(calibration.shift)))
    # one flat step beyond the end, so that a curve of a single knot has a step at all
    knots = np.array([*calibration.knots, calibration.knots[-1] + 1])
    chances = np.array([*calibration.chances, calibration.chances[-1]])
    beyond = draft.add("Sub", draft.add("Unsqueeze", log_odds, draft.keep([1])), draft.keep(knots[None, :-1]))
    part = draft.add("Div", beyond, draft.keep(np.diff(knots)[None, :]))
    walked = draft.add("Clip", part, draft.keep(0.0), draft.keep(1.0))
    risen = draft.add("MatMul", walked, draft.keep(np.diff(chances)))
    return draft.add("Add", risen, draft.keep(chances[0]))
