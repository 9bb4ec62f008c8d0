"""The model in PyMC: only scales are sampled, by the exact likelihood of the series and its slopes."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from saleslab.forecasting.laying import Floats
from saleslab.forecasting.structure.evidence import Layout, measure_evidence
from saleslab.forecasting.structure.hills import Hill, find_hill, split_values
from saleslab.forecasting.structure.scales import Belief, Scales, read_scales
from saleslab.stats.sampling import Diagnosis, Posterior, load_pymc, require_usable, sample_posterior
from saleslab.stats.threads import on_one_thread

_CHAINS = 2
_TUNE = 300
_FEWEST = 1_600
_MORE = 3
_STEPS, _SMALLER_STEPS = 0.8, 0.95


@dataclass(frozen=True, slots=True, eq=False)
class ScaleDraws:
    """Draws of the scales.

    Attributes
    ----------
    scales
        One a draw, the chains one after another.
    diagnosis
        Whether they may be used.
    """

    scales: tuple[Scales, ...]
    diagnosis: Diagnosis


def draw_scales(
    layout: Layout, beliefs: Sequence[Belief], *, start: Floats | None = None, n_draws: int, seed: int
) -> ScaleDraws:
    """Return draws of the scales; three times as many, in smaller steps, where the first cannot be used.

    Raises
    ------
    SamplingFailed
        When none can be used.
    """
    with on_one_thread(), warnings.catch_warnings():
        # without a C++ compiler Numba runs the evidence as plain Python, which it is
        warnings.filterwarnings("ignore", "Numba will use object mode", UserWarning)
        model = declare_structure(layout, beliefs, find_hill(layout, beliefs, start))
        n_tried = max(n_draws, _FEWEST)
        drawn = _sample(model, n_tried, seed, _STEPS)
        if not drawn.diagnosis.is_usable:
            drawn = require_usable(_sample(model, _MORE * n_tried, seed, _SMALLER_STEPS))
    pooled = {belief.name: drawn.pooled(belief.name) for belief in beliefs}
    kept = np.linspace(0, len(pooled["noise"]) - 1, n_draws).round().astype(np.int64)
    scales = (read_scales({name: values[at] for name, values in pooled.items()}) for at in kept)
    return ScaleDraws(tuple(scales), drawn.diagnosis)


def _sample(model: Any, n_draws: int, seed: int, target: float) -> Posterior:
    each = -(-n_draws // _CHAINS)
    return sample_posterior(model, seed=seed, draws=each, tune=_TUNE, chains=_CHAINS, target_accept=target)


def declare_structure(layout: Layout, beliefs: Sequence[Belief], hill: Hill) -> Any:
    """Return the PyMC model of the scales of some series, seen from their hill."""
    pm = load_pymc()
    ends = np.cumsum([belief.n for belief in beliefs])
    with pm.Model() as model:
        lots = pm.Flat("lots", shape=len(hill.top), initval=np.zeros(len(hill.top)))
        values = hill.top + pm.math.dot(hill.stretch, lots)
        for belief, end in zip(beliefs, ends, strict=True):
            part = pm.Deterministic(belief.name, values[end - belief.n : end])
            pm.Potential(f"belief_{belief.name}", pm.logp(pm.Normal.dist(belief.centre, belief.sd), part).sum())
        pm.Potential("evidence", _make_evidence_op(layout, beliefs)(values)[0])
    return model


def _make_evidence_op(layout: Layout, beliefs: Sequence[Belief]) -> Any:
    """Return `measure_evidence` as a node of PyTensor: one vector in, the evidence and its slopes out."""
    import pytensor.tensor as pt
    from pytensor.graph.basic import Apply
    from pytensor.graph.op import Op

    names = [belief.name for belief in beliefs]

    class Evidence(Op):  # type: ignore[misc]
        def make_node(self, values: Any) -> Any:
            return Apply(self, [pt.as_tensor_variable(values)], [pt.dscalar(), pt.dvector()])

        def perform(self, node: Any, inputs: Sequence[Floats], output_storage: Any) -> None:  # noqa: ARG002
            log, slopes = measure_evidence(layout, split_values(inputs[0], beliefs))
            output_storage[0][0] = np.asarray(log)
            output_storage[1][0] = np.concatenate([slopes[name] for name in names])

        def L_op(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:  # noqa: ARG002, N802
            return [output_grads[0] * outputs[1]]

        pullback = L_op  # what PyTensor 3 calls it

    return Evidence()
