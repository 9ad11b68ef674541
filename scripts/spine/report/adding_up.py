"""Whether it adds up, as waterfalls: where the orders and the money went, whose they are, who may be written to."""

from dataclasses import dataclass
from decimal import Decimal

from spine.report import figures
from spine.report.charts import Bar, waterfall
from spine.report.facts import Facts, Row, channel_name
from spine.report.figures import Figure
from spine.run.added_up import place_of_line

_SECTIONS = {
    "orders": "Orders read, and which of them count",
    "revenue": "From gross sales to net revenue",
    "invoices": "Invoices of the orders that count",
    "owners": "Whose the net revenue is",
    "ids": "From customer ids to persons",
    "persons": "Persons with and without orders",
    "with_orders": "Persons with orders who could be scored",
}
# The parts of these sections make up the total, which stands last; in the others the total comes first.
_SUMS = ("revenue", "invoices")
# Here the parts are taken from the total one by one, and what is left comes last.
_DEDUCTIONS = ("orders",)
_NAMES = {
    "read": "orders read",
    "superseded": "replaced by a newer version",
    "set_aside": "set aside, because they cannot be used",
    "not_yet_known": "not yet known",
    "not_counted": "do not count (cancelled, failed, test …)",
    "after_the_day": "after the day of the report",
    "counted": "orders that count",
    "gross_sales": "gross sales",
    "customer": "customers",
    "guest": "guests, without a customer id, e-mail or phone",
    "unattributed": "nobody's: junk ids",
    "ids": "customer ids",
    "merged": "ids that belong to a person who has another",
    "nobody": "junk ids",
    "contactable": "may be contacted",
    "not_contactable": "may not be contacted",
}


@dataclass(frozen=True)
class Step:
    """A line of a waterfall: what it is called, its number, why (with counts), and its bar."""

    label: str
    figure: Figure
    reasons: list[tuple[str, Figure]]
    is_total: bool
    bar: Bar


@dataclass(frozen=True)
class Waterfall:
    """The lines of a section, which add up to its total."""

    title: str
    unit: str
    steps: list[Step]


def waterfalls(facts: Facts) -> list[Waterfall]:
    """A waterfall for each section that has something in it; of `channels` one for each channel."""
    found = []
    for section, title in _SECTIONS.items():
        found += _waterfall(facts, section, title, [row for row in facts.adds_up if row["section"] == section])
    channels = [row for row in facts.adds_up if row["section"] == "channels"]
    for channel in dict.fromkeys(row["channel"] for row in channels):
        title = f"Persons who may be contacted: {channel_name(channel)}"
        rows = [row for row in channels if row["channel"] == channel]
        found += _waterfall(facts, f"channels.{channel}", title, rows)
    return found


def _waterfall(facts: Facts, section: str, title: str, rows: list[Row]) -> list[Waterfall]:
    is_money = section in ("revenue", "invoices", "owners")
    measure = "amount" if is_money else "entries"
    totals = [row for row in rows if row["is_total"]]
    parts: dict[str, list[Row]] = {}
    for row in sorted((row for row in rows if not row["is_total"]), key=lambda row: place_of_line(row["line"])):
        parts.setdefault(row["line"], []).append(row)
    values = {line: sum(row[measure] for row in some) for line, some in parts.items()}
    shown = [line for line, value in values.items() if value]
    total = sum(row[measure] for row in totals)
    if not totals or not shown:
        return []
    total_line = totals[0]["line"]
    lines = [*shown, total_line] if section in _SUMS else [total_line, *shown]
    bars = waterfall(_places([values.get(line) for line in lines], total, section in _DEDUCTIONS))
    steps = []
    for line, bar in zip(lines, bars, strict=True):
        is_total = line == total_line
        number = total if is_total else values[line]
        name = f"adds_up.{section}.{line}"
        figure = figures.money(name, number) if is_money else figures.count(name, number)
        reasons = [] if is_total else _reasons(name, parts[line])
        steps.append(Step(_NAMES.get(line, line.replace("_", " ")), figure, reasons, is_total, bar))
    return [Waterfall(title, facts.currency if is_money else "", steps)]


def _places(values: list[Decimal | None], total: Decimal, are_deductions: bool) -> list[tuple[Decimal, Decimal]]:
    """From where to where the bar of each line goes; None is the total. Parts stand side by side, beginning at zero."""
    running, places = total if are_deductions else Decimal(0), []
    for number, value in enumerate(values, 1):
        is_rest = are_deductions and number == len(values)
        if value is None or is_rest:
            places.append((Decimal(0), running if is_rest else total))
        else:
            end = running - value if are_deductions else running + value
            places.append((running, end))
            running = end
    return places


def _reasons(name: str, rows: list[Row]) -> list[tuple[str, Figure]]:
    return [
        (row["reason"].replace("_", " "), figures.count(f"{name}.{row['reason']}", row["entries"]))
        for row in rows
        if row["reason"] != "none"
    ]
