"""What do the verbs about leads say: a model that was trained, and a list that was written?"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from saleslab.cli.lead_pages import list_pages
from saleslab.cli.reports import shorten

if TYPE_CHECKING:
    from saleslab.scoring import Bundle, CallPlan, TrainedModel

_DIGITS, _SHOWN = 3, 5


def describe_trained(trained: TrainedModel, bundle: Bundle, card: Path, *, is_used: bool) -> dict[str, Any]:
    """Return what was trained as plain JSON values."""
    told = bundle.manifest.to_dict()
    names = ("verdict", "base_rate", "seed", "forward_auc", "columns", "facts")
    leaks = trained.leaks[["column", "verdict", "codes", "auc"]].to_dict("records")
    facts: dict[str, Any] = {"model": bundle.folder.name, "folder": str(bundle.folder), "sha256": bundle.sha256}
    facts |= {"card": str(card)}
    facts |= {"share_censored": None if trained.outcomes is None else trained.outcomes.share_censored}
    facts |= {"contradicting": list(trained.contradicting)}
    return facts | {"is_current": is_used} | {name: told[name] for name in names} | {"leaks": leaks}


def print_trained(trained: TrainedModel, bundle: Bundle, card: Path, state: str, lang: str) -> None:
    """Tell what was learned from, how it did on later leads, whether it may be used, and where it lies."""
    from saleslab.scoring import tell_reason
    from saleslab.wording import Count, Number, Share, say

    facts, scorer = trained.facts, trained.scorer
    n, n_won = facts.n_leads or 0, facts.n_wins or 0
    words: dict[str, Any] = {"n": Count(n), "n_won": Count(n_won), "share": Share(n_won / n)}
    if facts.data_from is not None and facts.data_to is not None:
        words |= {"first": facts.data_from, "last": facts.data_to}
        typer.echo(say("scoring.cli.learned", **words).of(lang))
    else:
        typer.echo(say("scoring.cli.learned_undated", **words).of(lang))
    if trained.outcomes is not None and trained.outcomes.share_censored > 0:
        censored = Share(trained.outcomes.share_censored)
        typer.echo(say("scoring.cli.censored", share=censored, n=Count(trained.outcomes.window)).of(lang))
    if trained.contradicting:
        ids = ", ".join(trained.contradicting[:_SHOWN]) + (", ..." if len(trained.contradicting) > _SHOWN else "")
        typer.echo(say("scoring.cli.contradicting", n=Count(len(trained.contradicting)), ids=ids).of(lang))
    _print_columns(trained, lang)
    judged = trained.evaluation
    if judged is not None and judged.forward is not None:
        ends = {name: Number(getattr(judged.forward, end), _DIGITS) for name, end in _ENDS.items()}
        typer.echo(say("scoring.cli.tested", **ends, random=Number(judged.random.estimate, _DIGITS)).of(lang))
    typer.echo(say(f"scoring.card.verdict.{scorer.verdict_}").of(lang))
    for reason in scorer.reasons_:
        typer.echo(f"  {tell_reason(reason).of(lang)}")
    typer.echo(say("scoring.cli.model", model=bundle.folder.name).of(lang))
    typer.echo(say("scoring.cli.card_file", file=shorten(card.absolute())).of(lang))
    typer.echo(say(f"scoring.cli.{state}", model=bundle.folder.name).of(lang))


_ENDS = {"auc": "estimate", "low": "low", "high": "high"}


def _print_columns(trained: TrainedModel, lang: str) -> None:
    """Tell which columns were left out, and which were let through."""
    from saleslab.wording import say

    used = {feature.name for feature in trained.table.features}
    left_out = [name for name in trained.leaks["column"] if name not in used]
    if left_out:
        typer.echo(say("scoring.cli.dropped", columns=", ".join(left_out)).of(lang))
    for column, reason in trained.facts.allowed.items():
        typer.echo(say("scoring.cli.allowed", column=column, reason=reason).of(lang))


def describe_plan(plan: CallPlan, bundle: Bundle, to: Path, folder: Path | None) -> dict[str, Any]:
    """Return what was listed as plain JSON values; no name is among them."""
    assert plan.ranking is not None
    frame, left_out = plan.ranking.frame, plan.ranking.left_out["code"].value_counts()
    amount = plan.ranking.expected_amount if plan.has_values and plan.model.is_sorting else None
    return {
        "model": bundle.folder.name,
        "verdict": plan.model.verdict,
        "is_sorting": plan.model.is_sorting,
        "as_of": plan.as_of.isoformat(),
        "file": str(to),
        "n_waiting": plan.n_waiting,
        "n_listed": len(frame),
        "n_drawn_by_lot": int(frame["is_explored"].sum()),
        "n_unreachable": plan.n_unreachable,
        "knows_opt_outs": plan.knows_opt_outs,
        "expected_amount": amount,
        "currency": plan.ranking.currency,
        "left_out": {str(code): int(n) for code, n in sorted(left_out.items())},
        "pages": list_pages(folder),
    }


def print_plan(plan: CallPlan, to: Path, folder: Path | None, lang: str, *, has_names: bool) -> None:
    """Tell how many are listed, what they bring, which is first, how many are left out and why; no name is told."""
    from saleslab.scoring.lists.tasks import write_when
    from saleslab.wording import Count, Money, Share, say

    assert plan.ranking is not None
    frame = plan.ranking.frame
    words: dict[str, Any] = {"n": Count(len(frame)), "n_scored": Count(plan.n_waiting)}
    amount = Money(Decimal(round(plan.ranking.expected_amount)), plan.ranking.currency)
    key = "listed" if plan.has_values and plan.model.is_sorting else "listed_only"
    typer.echo(say(f"scoring.cli.{key}", **words, **({"amount": amount} if key == "listed" else {})).of(lang))
    first = frame.iloc[0].to_dict()
    action, when = say(f"scoring.ranking.action.{first['action']}"), write_when(first)
    key = "first" if when is None else "first_at"
    told = {"lead": str(first["lead_id"]), "action": action} | ({} if when is None else {"when": when})
    typer.echo(say(f"scoring.cli.{key}", **told).of(lang))
    n_drawn = int(frame["is_explored"].sum())
    if n_drawn:
        typer.echo(say("scoring.cli.explored", n=Count(n_drawn)).of(lang))
    if not plan.model.is_sorting:
        typer.echo(say("scoring.cli.prior", share=Share(plan.base_rate)).of(lang))
    for code, n in sorted(plan.ranking.left_out["code"].value_counts().items()):
        typer.echo(say("scoring.cli.left_out", n=Count(int(n)), why=say(f"scoring.ranking.left_out.{code}")).of(lang))
    if not plan.knows_opt_outs:
        typer.echo(say("scoring.cli.no_opt_outs").of(lang), err=True)
    typer.echo(say("scoring.cli.written", file=str(to)).of(lang))
    if has_names:
        typer.echo(say("scoring.cli.names_inside").of(lang), err=True)
    if folder is not None:
        typer.echo(say("scoring.cli.page", page=shorten(folder / f"{lang}.html")).of(lang))
