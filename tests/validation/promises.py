"""What a page of measured numbers is made of: tables, and spans in which their numbers are promised to lie."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True, slots=True)
class Promise:
    """The span in which every number of some columns is promised to lie, in the rows that a query picks."""

    columns: tuple[str, ...]
    low: float
    high: float
    rows: str = ""
    where: str = ""

    def find_broken(self, frame: pd.DataFrame) -> np.ndarray:
        """Return the numbers of a table that lie outside."""
        numbers = self._pick(frame)
        return numbers[~((numbers >= self.low) & (numbers <= self.high))]

    def tell(self, frame: pd.DataFrame) -> str:
        """Return a sentence about how many numbers of a table lie outside, and how far the worst."""
        numbers, outside = self._pick(frame), self.find_broken(frame)
        told = f"Promised: `{'`, `'.join(self.columns)}` from {self.low:g} to {self.high:g}{self.where}."
        if not outside.size:
            return f"{told} Kept{f' in all {numbers.size} numbers' if numbers.size > 1 else ''}."
        if numbers.size == 1:
            return f"{told} **Not kept: {outside[0]:.4g}.**"
        worst = max(outside, key=lambda one: max(self.low - one, one - self.high))
        return f"{told} **Not kept in {outside.size} of {numbers.size} numbers; the worst is {worst:.4g}.**"

    def _pick(self, frame: pd.DataFrame) -> np.ndarray:
        return (frame.query(self.rows) if self.rows else frame)[list(self.columns)].to_numpy(dtype=float).ravel()


def write_grid(frame: pd.DataFrame) -> str:
    """Return a table in Markdown."""
    lines = ["| " + " | ".join(map(str, frame.columns)) + " |", "|" + "---|" * len(frame.columns)]
    lines += ["| " + " | ".join(_cell(value) for value in row) + " |" for row in frame.itertuples(index=False)]
    return "\n".join(lines)


def _cell(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float | np.floating) else str(value)
