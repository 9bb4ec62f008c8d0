"""What does the reader read?

Every sentence, label, number, amount and date that a person sees, in English and Japanese. Sentences live in
``en/<room>.toml`` and ``ja/<room>.toml`` under the same keys; `say` fills one in for both languages at once.
"""

from saleslab.wording.catalogue import say, section
from saleslab.wording.numbers import write_amounts
from saleslab.wording.text import LANGUAGES, Text, write
from saleslab.wording.values import Change, Count, Days, Money, Number, Points, Share

__all__ = [
    "LANGUAGES",
    "Change",
    "Count",
    "Days",
    "Money",
    "Number",
    "Points",
    "Share",
    "Text",
    "say",
    "section",
    "write",
    "write_amounts",
]
