"""A tree without a fault, made of a template as a company would."""

from typing import Any

from saleslab.kpi.trees.nodes import KpiTree
from saleslab.kpi.trees.templates import override_tree, read_template

PERIOD = "2026Q3"


def make_tree(overrides: dict[str, Any] | None = None, *, template: str = "inside_sales") -> KpiTree:
    """Return a template with owners, deputies, targets and a sponsor; then with some overrides."""
    tree = read_template(template)
    people = {"owner": "u1", "deputy": "u2"}
    said: dict[str, Any] = {"tree": "ours", "sponsor": {"user": "u9", "signoff_every_days": 365}}
    for at, (name, node) in enumerate(tree.nodes.items()):
        said[name] = {**people, "owner": f"u{at % 4}", "deputy": f"u{at % 4 + 1}"}
        if node.kind != "csf":
            said[name]["target"] = {"period": PERIOD, "target": 100.0}
        if node.risk is not None:
            said[name]["risk"] = {"trigger": str(node.risk.trigger), "mitigation_owner": "u1"}
    whole = override_tree(tree, said)
    return override_tree(whole, overrides) if overrides else whole
