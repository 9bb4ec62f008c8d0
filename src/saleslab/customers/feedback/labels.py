"""Comments with the theme that somebody gave them: your own file, or the invented examples of the package."""

from __future__ import annotations

import tomllib
from pathlib import Path

from saleslab.customers.feedback.voices import read_rows
from saleslab.errors import FileProblem

EXAMPLES = Path(__file__).with_name("example_labels.toml")
_SEVERAL, _NONE = "+", "none"


def read_theme_labels(file: str = "", *, lang: str = "ja") -> tuple[list[str], list[str]]:
    """Return comments and the one theme of each, for `learn_themes`.

    Parameters
    ----------
    file
        CSV, Excel or Parquet with ``text`` and ``theme``; empty: the invented examples in ``lang``.

    Raises
    ------
    FileProblem
        When the file is not there, or lacks one of the columns.

    Examples
    --------
    >>> texts, labels = read_theme_labels()
    >>> len(texts), labels[0]
    (80, 'response')
    """
    if not file:
        told = tomllib.loads(EXAMPLES.read_text(encoding="utf-8"))[lang]
        single = {key: said for key, said in told.items() if _SEVERAL not in key and key != _NONE}
        return [text for said in single.values() for text in said], [key for key, said in single.items() for _ in said]
    rows = read_rows(Path(file))
    missing = [name for name in ("text", "theme") if name not in rows.columns]
    if missing:
        raise FileProblem(
            f"'{Path(file).name}' has no column {', '.join(missing)}; it has {', '.join(map(str, rows.columns))}.",
            "name the columns text and theme.",
        )
    kept = rows.dropna(subset=["text", "theme"])
    return kept["text"].astype(str).tolist(), kept["theme"].astype(str).tolist()
