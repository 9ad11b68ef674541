"""Days of the ledger in tests: shops known otherwise from day to day, each day built over what the one before left."""

import csv
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
from compiled import CompiledProject, carry_history
from oracle import Config, evaluate, load_rules
from oracle.causes import CAUSES, Build, Ledger
from rule_folders import RULES_DIR, copy_of_rules, read_rows
from spine.run.history import history_tables

Rows = list[dict[str, str]]
Rules = dict[str, Rows]
# What a build leaves for the next one, and what the tests look at.
LEFT = {*history_tables(), "customer_value_path", "segment_changes", "segment_members"}
# What is told of a stay.
TOLD = (
    "customer_id", "segment_key", "entered_on", "exited_on", "entry_ordinal", "is_early_reentry", "entry_cause",
    "exit_cause",
)  # fmt: skip


@dataclass
class Shop:
    """Raw rows, and on which days they were known; `ago` is in days before the last day, D.

    A row is known from its own day to the last. One that comes late is known `since` so many days ago, one that has
    gone was known `until` so many days ago.
    """

    as_of: date
    rows: list[tuple[str, dict, int, int]] = field(default_factory=list)

    def day(self, ago: int) -> str:
        """A day as text."""
        return (self.as_of - timedelta(days=ago)).isoformat()

    def add(self, table: str, since: int = 99999, until: int = 0, **values: str) -> None:
        """A row of a table."""
        self.rows.append((table, values, since, until))

    def order(self, who: str, ago: int, amount: str | int = 50, since: int | None = None, until: int = 0) -> str:
        """An order; gives its id."""
        row = {"order_id": f"o{len(self.rows)}", "customer_id": who, "ordered_at": f"{self.day(ago)} 12:00:00"}
        self.add("orders", ago if since is None else since, until, **row, amount=str(amount))
        return row["order_id"]

    def refund(self, order_id: str, ago: int, amount: str | int, since: int | None = None) -> None:
        """A refund of an order."""
        row = {"refund_id": f"r{len(self.rows)}", "order_id": order_id, "amount": str(amount)}
        self.add("refunds", ago if since is None else since, **row, refunded_at=f"{self.day(ago)} 13:00:00")

    def event(
        self, who: str | None, name: str, ago: int, times: int = 1, since: int | None = None, **values: Any
    ) -> None:
        """Events of a day."""
        for number in range(times):
            row = {
                "event_id": f"e{len(self.rows)}",
                "event_name": name,
                "occurred_at": f"{self.day(ago)} 11:00:{number:02}",
            }
            self.add("events", ago if since is None else since, **row, customer_id=who, **values)

    def ticket(self, who: str, ago: int, since: int | None = None, closed: int | None = None, **values: Any) -> None:
        """A ticket that is closed some days ago, or open. Before its end it was open."""
        row = {"ticket_id": f"t{len(self.rows)}", "customer_id": who, "opened_at": f"{self.day(ago)} 10:00:00"} | values
        since = ago if since is None else since
        if closed is not None:
            self.add("support_tickets", min(since, closed), **row, closed_at=f"{self.day(closed)} 18:00:00")
        if closed is None or closed < since:
            self.add("support_tickets", since, 0 if closed is None else closed + 1, **row)

    def link(self, one: str, other: str, since: int = 0, until: int = 0) -> None:
        """Says that two customer ids are one person's."""
        self.add("identities", since, until, identifier_type="customer_id", identifier=other, customer_id=one)

    def raw(self, ago: int = 0) -> dict[str, Rows]:
        """The raw tables as a day knew them."""
        tables: dict[str, Rows] = {}
        for table, row, since, until in self.rows:
            if since >= ago >= until:
                tables.setdefault(table, []).append(row)
        return tables


@dataclass(frozen=True)
class Built:
    """What a build has left; `marts` are the rows of each table as dicts."""

    day: date
    raw: dict[str, Rows]
    rules_dir: Path
    config: Config
    marts: dict[str, Rows]

    def as_read(self) -> Build:
        """The same build as the oracle reads the definitions."""
        result = evaluate(self.raw, self.day, self.config, self.rules_dir)
        return Build(self.day, result, load_rules(self.rules_dir, self.day), self.config)

    def changes(self) -> dict[tuple[str, str], tuple]:
        """Of the day's movements by customer and segment: change, cause, from and to."""
        return {
            (row["customer_id"], row["segment_key"]): (
                row["change"], row["cause"], row["from_segment_key"], row["to_segment_key"],
            )
            for row in self.marts["segment_changes"]
            if row["changed_on"] == self.day
        }  # fmt: skip

    def causes(self) -> dict[tuple[str, str, bool], str]:
        """Why there were the movements of the day, by customer, segment and whether it was entered."""
        return {(*pair, said[0] == "entered"): said[1] for pair, said in self.changes().items()}

    def all_stays(self) -> list[tuple]:
        """What is told of all stays, as `all_stays` says it of the oracle's ledger."""
        rows = self.marts["segment_membership_history"]
        return sorted(tuple(str(row[name]) for name in TOLD) for row in rows)

    def stays(self, customer_id: str, segment_key: str) -> list[dict[str, Any]]:
        """The stays of a customer in a segment, in their order."""
        rows = self.marts["segment_membership_history"]
        own = [row for row in rows if (row["customer_id"], row["segment_key"]) == (customer_id, segment_key)]
        return sorted(own, key=lambda row: row["entry_ordinal"])

    def daily(self, segment_key: str) -> dict[str, Any]:
        """The row of a segment and this day in segment_daily."""
        rows = self.marts["segment_daily"]
        (found,) = [row for row in rows if (row["segment_key"], row["day"]) == (segment_key, self.day)]
        return found


class Days:
    """Builds days, each over its own database, of projects that differ in their vars."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._projects: dict[tuple, CompiledProject] = {}
        self._databases: dict[tuple, tuple[CompiledProject, duckdb.DuckDBPyConnection, set[str]]] = {}
        self._count = 0

    def build(
        self, day: date, raw: dict, rules: Rules | None = None, after: Built | None = None, **project_vars: Any
    ) -> Built:
        """A full build of a day over raw rows; `rules` are the rows of tables that are not as shipped."""
        project, connection, changed = self._database(day, project_vars)
        self._count += 1
        rules_dir = rules_folder(self.folder / f"rules_{self._count}", rules or {})
        project.load_rules(connection, rules_dir, changed | (rules or {}).keys())
        changed.clear()
        changed.update(rules or {})
        carry_history(after.marts if after else None, connection)
        project.replay(connection, raw, project.needed_for(*(n.name for n in project.models() if _table(n) in LEFT)))
        return Built(day, raw, rules_dir, Config(**project_vars), left_in(connection))

    def let_go(self, day: date) -> tuple[CompiledProject, duckdb.DuckDBPyConnection]:
        """The project without vars, and the database of a day, which the next build of that day leaves alone."""
        project, connection, _ = self._databases.pop((str([]), day))
        return project, connection

    def close(self) -> None:
        """Forgets all databases."""
        for _, connection, _ in self._databases.values():
            connection.close()
        self._databases.clear()

    def _database(self, day: date, project_vars: dict) -> tuple[CompiledProject, duckdb.DuckDBPyConnection, set[str]]:
        key = str(sorted(project_vars.items()))
        if key not in self._projects:
            target = self.folder / f"target_{len(self._projects)}"
            self._projects[key] = CompiledProject(target, {"as_of_date": day.isoformat(), **project_vars})
        if (key, day) not in self._databases:
            project = self._projects[key].on_day(day)
            self._databases[key, day] = (project, project.open_database(), set())
        return self._databases[key, day]


def left_in(connection: duckdb.DuckDBPyConnection) -> dict[str, Rows]:
    """The rows of the tables that a build leaves."""
    return {table: _rows(connection, table) for table in LEFT}


def all_stays(ledger: Ledger) -> list[tuple]:
    """What the oracle tells of all stays."""
    return sorted(tuple(str(getattr(stay, name)) for name in TOLD) for stay in ledger.stays)


def _table(node: Any) -> str:
    return node.relation.split(".")[-1].strip('"') if '"marts"' in node.relation else ""


def _rows(connection: duckdb.DuckDBPyConnection, table: str) -> Rows:
    found = connection.execute(f"select * from marts.{table}")
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def rules_folder(folder: Path, rules: Rules) -> Path:
    """A copy of the shipped rules in which some tables have other rows."""
    copy_of_rules(folder)
    for table, rows in rules.items():
        with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(read_rows(RULES_DIR / f"{table}.csv")[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    return folder


def shipped(table: str) -> Rows:
    """The shipped rows of a rule table."""
    return read_rows(RULES_DIR / f"{table}.csv")


def edited(table: str, where: dict[str, str], **values: str) -> Rows:
    """The shipped rows, with other values in those that hold the ones of `where`."""
    rows = [row | values if where.items() <= row.items() else row for row in shipped(table)]
    assert rows != shipped(table), f"no row of {table} has changed"
    return rows


def ledger_faults(before: Built | None, now: Built) -> list[str]:
    """What of the ledger does not add up, from a build to the one that was made over it."""
    found = []
    stays = now.marts["segment_membership_history"]
    held = {(row["customer_id"], row["segment_key"]) for row in now.marts["segment_members"]}
    status = {row["segment_key"]: row["status"] for row in now.marts["segments"]}
    open_stays = {(row["customer_id"], row["segment_key"]) for row in stays if row["exited_on"] is None}
    computed = {pair for pair in open_stays if status.get(pair[1]) != "not_computable"}
    if computed != held:
        found.append(f"open stays are not the members: {sorted(computed ^ held)}")
    if len({(row["customer_id"], row["segment_key"], row["entered_on"]) for row in stays}) != len(stays):
        found.append("a stay comes twice")
    if before is not None:
        then = {
            (row["customer_id"], row["segment_key"])
            for row in stays
            if row["entered_on"] <= before.day and (row["exited_on"] is None or row["exited_on"] > before.day)
        }
        if then != (were := _open_stays(before)):
            found.append(f"who was in a segment is told otherwise than then: {sorted(then ^ were)}")
    return found + _faults_of_sizes(before, now) + _faults_of_transitions(now)


def _open_stays(built: Built) -> set[tuple[str, str]]:
    rows = built.marts["segment_membership_history"]
    return {(row["customer_id"], row["segment_key"]) for row in rows if row["exited_on"] is None}


def _faults_of_sizes(before: Built | None, now: Built) -> list[str]:
    """What of segment_daily is not what segment_changes says, or not the sum of its parts."""
    found, changes = [], now.changes()
    sizes = {row["segment_key"]: row for row in now.marts["segment_daily"] if row["day"] == now.day}
    were = _open_stays(before) if before else _open_stays(now)
    if unknown := {key for _, key in changes} - sizes.keys():
        found.append(f"movements without a row of the day: {unknown}")
    for key, row in sizes.items():
        if row["customers"] is None:
            if any(value is not None for name, value in row.items() if name.startswith(("entries", "exits"))):
                found.append(f"{key} is not computable and has movements")
            continue
        if row["customers"] != row["customers_before"] + row["entries"] - row["exits"]:
            found.append(f"{key} does not add up: {row}")
        if row["customers_before"] != sum(segment == key for _, segment in were):
            found.append(f"{key} had other members before: {row['customers_before']}")
        for name, change in (("entries", "entered"), ("exits", "left")):
            by_cause = {cause: row[f"{name}_{cause}"] for cause in CAUSES}
            moved = [said[1] for (_, segment), said in changes.items() if segment == key and said[0] == change]
            if by_cause != {cause: moved.count(cause) for cause in CAUSES} or row[name] != len(moved):
                found.append(f"{name} of {key} are not the changes: {by_cause}")
    return found


def _faults_of_transitions(now: Built) -> list[str]:
    """Where transitions are not the counts of changes, an exit and an entry of a kind being one move."""
    moves: dict[tuple, set] = {}
    for row in now.marts["segment_changes"]:
        if row["changed_on"] == now.day and row["segment_kind"] != "behaviour":
            way = (row["segment_kind"], row["from_segment_key"] or "none", row["to_segment_key"] or "none")
            moves.setdefault(way, set()).add(row["customer_id"])
            if row["segment_key"] != way[2 if row["change"] == "entered" else 1]:
                return [f"a change from and to elsewhere: {row}"]
    rows = [row for row in now.marts["segment_transitions"] if row["day"] == now.day]
    found = {(row["segment_kind"], row["from_segment_key"], row["to_segment_key"]): row["customers"] for row in rows}
    wanted = {way: len(who) for way, who in moves.items()}
    return [] if found == wanted else [f"transitions {found} are not {wanted}"]
