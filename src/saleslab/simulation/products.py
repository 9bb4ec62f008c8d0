"""What the invented company sells and for how much."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from saleslab.periods import FiscalCalendar, Period
from saleslab.simulation.clock import WorkClock, day_number
from saleslab.simulation.columns import dates, make_ids, make_table, pick, yen
from saleslab.simulation.scenario import Scenario
from saleslab.simulation.streams import Bools, Floats, Ints, Streams
from saleslab.simulation.words import Words

(CLOUD_STANDARD, CLOUD_PRO, ANALYTICS, HANDHELD, PRINTER, SCANNER, LABELS, BATTERY, ONBOARDING, MIGRATION, TRAINING,
 MAINTENANCE) = range(12)  # fmt: skip
N_PRODUCTS = 12
YEARLY = np.isin(np.arange(N_PRODUCTS), (CLOUD_STANDARD, CLOUD_PRO, ANALYTICS, MAINTENANCE))
"""Products sold for a year at a time."""

_FAMILY = (0, 0, 0, 1, 1, 1, 2, 2, 3, 3, 3, 4)
_FIRST_PRICE = (44_000, 78_000, 228_000, 66_000, 118_000, 189_000, 9_400, 11_800, 380_000, 190_000, 115_000, 34_000)
_COST_SHARE = np.array([0.24, 0.22, 0.20, 0.63, 0.60, 0.58, 0.55, 0.50, 0.52, 0.50, 0.40, 0.35])
_FLOOR_SHARE = 0.75


class PriceList:
    """Unit prices and costs by product and fiscal year; prices change on the first day of a fiscal year."""

    def __init__(self, scenario: Scenario, clock: WorkClock, streams: Streams) -> None:
        calendar = FiscalCalendar(scenario.fiscal_start_month)
        first = date.fromordinal(date(1970, 1, 1).toordinal() + int(clock.workdays[0]))
        self.years: list[Period] = []
        day = first
        while day <= scenario.end:
            self.years.append(calendar.year_of(day))
            day = date.fromordinal(self.years[-1].end.toordinal() + 1)
        rise = streams("products.prices").uniform(0.0, 0.03, (len(self.years), N_PRODUCTS))
        rise[0] = 0.0
        exact = np.asarray(_FIRST_PRICE) * np.cumprod(1.0 + rise, axis=0)
        self.unit: Ints = (np.round(exact / 100) * 100).astype(np.int64)
        self.cost: Ints = np.round(self.unit * _COST_SHARE).astype(np.int64)
        self._starts = np.array([day_number(year.start) for year in self.years])

    def year_at(self, days: Ints) -> Ints:
        """Return which price year each day belongs to."""
        return np.clip(np.searchsorted(self._starts, days, side="right") - 1, 0, len(self.years) - 1)

    def tables(self, words: Words) -> dict[str, pa.Table]:
        """Return ``products`` and ``prices``."""
        listed, ids = words.pairs("products"), make_ids("product", N_PRODUCTS)
        products = {
            "product_id": ids,
            "code": [code for code, _ in listed],
            "name": [name for _, name in listed],
            "family": pick(words.several("families"), np.asarray(_FAMILY)),
            "is_active": True,
        }
        n_years = len(self.years)
        year, product = np.repeat(np.arange(n_years), N_PRODUCTS), np.tile(np.arange(N_PRODUCTS), n_years)
        unit = self.unit[year, product]
        last_days = np.array([day_number(y.end) for y in self.years])
        prices = {
            "product_id": pick(ids, product),
            "currency": "JPY",
            "unit_price": yen(unit),
            "floor_price": yen(np.floor(unit * _FLOOR_SHARE)),
            "unit_cost": yen(self.cost[year, product]),
            "valid_from": dates(self._starts[year]),
            "valid_to": dates(last_days[year], year < n_years - 1),
        }
        return {
            "products": make_table("products", products, N_PRODUCTS),
            "prices": make_table("prices", prices, n_years * N_PRODUCTS),
        }


class Basket:
    """Product lines of many sales: what a customer with a size in mind takes.

    Attributes
    ----------
    sale, product, quantity, unit_price, cost
        One entry per line; ``sale`` says to which sale it belongs, in order.
    """

    def __init__(self, rng: np.random.Generator, prices: PriceList, sales: Sales) -> None:
        year = prices.year_at(sales.day)
        quantity = _quantities(rng, prices.unit[year], sales)
        self.n_sales = len(sales.size)
        self.sale, self.product = np.nonzero(quantity)
        self.quantity: Ints = quantity[self.sale, self.product]
        self.unit_price: Ints = prices.unit[year[self.sale], self.product]
        self.cost: Ints = prices.cost[year[self.sale], self.product] * self.quantity

    def line_totals(self, discount: Ints) -> Ints:
        """Return each line in whole yen for a discount in percent per sale, rounded down as quotes are."""
        return self.quantity * self.unit_price * (100 - discount[self.sale]) // 100

    def sums(self, per_line: Ints) -> Ints:
        """Add up lines per sale, exactly."""
        total = np.zeros(self.n_sales, dtype=np.int64)
        np.add.at(total, self.sale, per_line)
        return total


@dataclass(frozen=True, slots=True, eq=False)
class Sales:
    """What decides the lines of a sale."""

    size: Floats
    """What the customer has in mind, in yen."""
    day: Ints
    """Day whose prices hold."""
    contract: Bools
    first: Bools
    renews: Bools

    @property
    def pro(self) -> Bools:
        """Whether the customer takes the larger edition."""
        return np.asarray(self.size > 2_500_000)


def _quantities(rng: np.random.Generator, unit: Ints, sales: Sales) -> Ints:
    """Return sales x products quantities; every sale has at least one line."""
    n = len(sales.size)
    quantity = np.zeros((n, N_PRODUCTS), dtype=np.int64)
    rows, chances = np.arange(n), rng.random((n, 5))
    seats = sales.contract & (sales.first | sales.renews)
    main = np.select([seats & sales.pro, seats], [CLOUD_PRO, CLOUD_STANDARD], _device(rng, sales))
    quantity[rows, main] = np.maximum(1, np.round(0.78 * sales.size / unit[rows, main])).astype(np.int64)
    count = quantity[rows, main]
    onboard = sales.first & (chances[:, 0] < 0.45) & (sales.size > 1_200_000)
    quantity[:, ONBOARDING] += onboard * np.maximum(1, np.round(0.15 * sales.size / unit[:, ONBOARDING])).astype(
        np.int64
    )
    quantity[:, MIGRATION] += seats & sales.first & (chances[:, 1] < 0.3) & (sales.size > 800_000)
    quantity[:, ANALYTICS] += seats & sales.pro
    train = ~sales.renews & (chances[:, 2] < 0.25) & (sales.size > 700_000)
    quantity[:, TRAINING] += train * (1 + (chances[:, 3] < 0.3))
    quantity[:, LABELS] += (main == PRINTER) & (chances[:, 4] < 0.75)
    quantity[:, LABELS] += ((main == PRINTER) & (quantity[:, LABELS] > 0)) * (4 * count - 1)
    quantity[:, BATTERY] += ((main == HANDHELD) & (chances[:, 1] < 0.35)) * ((count + 1) // 2)
    quantity[:, MAINTENANCE] += (
        np.isin(main, (HANDHELD, PRINTER, SCANNER)) & sales.first & (chances[:, 3] < 0.4)
    ) * count
    return quantity


def _device(rng: np.random.Generator, sales: Sales) -> Ints:
    """Draw the main product of who buys by the piece: devices at first, consumables more often later."""
    u = rng.random(len(sales.size))
    first = np.searchsorted(np.array([0.45, 0.75]), u, side="right") + HANDHELD
    again = np.searchsorted(np.array([0.32, 0.54, 0.62, 0.88]), u, side="right") + HANDHELD
    return np.where(sales.first, first, again).astype(np.int64)
