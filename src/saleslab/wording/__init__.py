"""What does the reader read?

Every sentence, label, number, amount and date that a person sees, in English and Japanese. Sentences live in
``en/<room>.toml`` and ``ja/<room>.toml`` under the same keys; `say` fills one in for both languages at once.
"""

from saleslab.wording.block_words import (
    BannerWords,
    CardWords,
    FindingWords,
    HeadlineWords,
    NoteWords,
    PictureWords,
    TableWords,
    TaskWords,
    Tone,
    WorklistWords,
    join_texts,
)
from saleslab.wording.catalogue import say, section
from saleslab.wording.numbers import write_amounts
from saleslab.wording.text import LANGUAGES, Text, write
from saleslab.wording.values import Change, Count, Days, Money, Number, Points, Share

__all__ = [
    "LANGUAGES",
    "BannerWords",
    "CardWords",
    "Change",
    "Count",
    "Days",
    "FindingWords",
    "HeadlineWords",
    "Money",
    "NoteWords",
    "Number",
    "PictureWords",
    "Points",
    "Share",
    "TableWords",
    "TaskWords",
    "Text",
    "Tone",
    "WorklistWords",
    "join_texts",
    "say",
    "section",
    "write",
    "write_amounts",
]
