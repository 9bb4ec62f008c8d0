"""What the notebooks about leads say: the answer in a sentence, and the words of every picture and table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from saleslab.scoring.briefings.uplift_words import tell_source
from saleslab.scoring.leads.features import FEATURES
from saleslab.scoring.model.verdicts import tell_reason
from saleslab.wording import (
    LANGUAGES,
    NoteWords,
    Number,
    PictureWords,
    Share,
    TableWords,
    Text,
    join_texts,
    say,
)

if TYPE_CHECKING:
    import pandas as pd

    from saleslab.scoring.leads.table import LeadTable
    from saleslab.scoring.learning.lead_models import LeadModel
    from saleslab.scoring.learning.survey import LeadSurvey
    from saleslab.scoring.uplift.effects import Uplift
    from saleslab.stats import Interval

_GAP = {"en": ", ", "ja": "、"}
_ENDS = {"low": "low", "high": "high"}


def word_study_table(name: str, **values: object) -> TableWords:
    """Return title and caption of a table of a study.

    Examples
    --------
    >>> word_study_table("windows")["title"].en
    'How long must one wait?'
    """
    start = f"scoring_studies.table.{name}"
    return {"title": say(f"{start}.title"), "caption": say(f"{start}.caption", **values)}


def say_study_gap(name: str) -> Text:
    """Return why a part of a study is missing.

    Examples
    --------
    >>> say_study_gap("outcomes").en[:28]
    'These leads have no times, s'
    """
    return say(f"scoring_studies.gap.{name}")


def name_features(table: LeadTable | None = None) -> Mapping[str, Text]:
    """Return the label of each column of leads: as declared, else the column's own name."""
    features = {feature.name: feature.label for feature in FEATURES}
    return features | ({} if table is None else {feature.name: feature.label for feature in table.features})


def tell_survey(survey: LeadSurvey | None) -> Text:
    """Return what is known of leads in a few sentences: whether anything tells, and which columns are suspect."""
    if survey is None:
        return say("scoring_studies.survey.unknown")
    labels, telling, suspect = name_features(survey.learned), survey.telling, survey.suspect
    words = {"n": len(survey.is_won), "won": Share(float(survey.is_won.mean()))}
    told = say("scoring_studies.survey.nothing", **words)
    if telling:
        most = {"telling": len(telling), "name": labels[telling[0]], "auc": Share(survey.tell_auc(telling[0]), 0)}
        told = say("scoring_studies.survey.tells", **words, **most)
    if not suspect:
        return told
    names = list_texts([labels[name] for name in suspect])
    return join_texts(told, say("scoring_studies.survey.suspect", suspect=len(suspect), names=names))


def tell_model(model: LeadModel | None) -> Text:
    """Return whether a model may be used, and why."""
    if model is None:
        return say("scoring_studies.model.nobody")
    if model.scorer is None:
        return say("scoring_studies.model.untrained", n=model.n_known, n_won=model.n_won)
    verdict = say(f"scoring.card.verdict.{model.verdict}")
    return join_texts(verdict, tell_reason(model.scorer.reasons_[0])) if model.scorer.reasons_ else verdict


def describe_outcomes(survey: LeadSurvey) -> PictureWords:
    """Return the words of the picture of how long a success takes."""
    at = survey.at_window
    assert at is not None
    alt = {name: Share(at[name]) for name in ("chance", "low", "high")} | {"part": Share(at["part"], 0)}
    ends = {"window": survey.window, "last": int(survey.curve["day"].iloc[-1])}
    return _picture("outcomes", {"mass": Share(survey.mass, 0)}, {**alt, **ends})


def describe_profile(survey: LeadSurvey, name: str, profile: pd.DataFrame) -> PictureWords:
    """Return the words of the picture of which groups succeed."""
    told = [
        say("scoring_studies.picture.profile.group", name=row["group"], rate=Share(row["rate"]), n=row["n_leads"])
        for row in profile.to_dict("records")
    ]
    caption = {"column": name_features(survey.learned)[name], "mass": Share(survey.mass, 0)}
    return _picture("profile", caption, {"groups": list_texts(told), "rate": Share(float(survey.is_won.mean()))})


def describe_gain(answer: Uplift, *, digits: int = 3) -> PictureWords:
    """Return the words of the picture of a ranking by effect."""
    qini = answer.qini.coefficient
    words = {"qini": Number(qini.estimate, digits + 1), **_ends(qini, digits + 1)}
    reached = {"half": answer.qini.gain_at(0.5), "all": answer.qini.gain_at(1.0)}
    return _picture("gain", words, words | {name: Number(value, digits) for name, value in reached.items()})


def describe_rules(answer: Uplift, *, digits: int = 3) -> PictureWords:
    """Return the words of the picture of what each rule brings."""
    told = []
    for row in answer.candidates.to_dict("records"):
        values = {name: Number(float(row[name]), digits) for name in ("value", "low", "high")}
        name = say(f"scoring.uplift.rule.{row['rule']}")
        told.append(say("scoring_studies.picture.rules.rule", name=name, **values))
    return _picture("rules", {"mass": Share(answer.value.mass, 0)}, {"rules": list_texts(told)})


def note_source(answer: Uplift) -> NoteWords:
    """Return how rows came to be treated, and how the ranking is measured."""
    return {
        "name": "source",
        "text": join_texts(tell_source(answer), say("scoring.uplift.qini.definition")),
        "tone": "neutral",
    }


def list_texts(texts: Sequence[Text]) -> Text:
    """Return texts one after another, parted as each language does it."""
    return Text(*(_GAP[lang].join(text.of(lang) for text in texts) for lang in LANGUAGES))


def _ends(interval: Interval, digits: int) -> dict[str, Number]:
    return {name: Number(getattr(interval, end), digits) for name, end in _ENDS.items()}


def _picture(name: str, caption: Mapping[str, object], alt: Mapping[str, object]) -> PictureWords:
    start = f"scoring_studies.picture.{name}"
    return {
        "title": say(f"{start}.title"),
        "caption": say(f"{start}.caption", **caption),
        "alt": say(f"{start}.alt", **alt),
    }
