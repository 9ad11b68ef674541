"""The commands of `spine`: from options to work, and from results to an exit code.

Importing dbt takes seconds: each command imports what it needs, so that mistakes are answered at once.
"""

import argparse
import contextlib
import datetime
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from spine.consoles import log, plain, silent
from spine.errors import InputRefused, SpineError, UsageError
from spine.interrupts import is_interrupt
from spine.raw.types import first_files
from spine.run.project import (
    DEFAULT_DB,
    is_currency_auto,
    last_complete_business_day,
    parse_day,
    refuse_unusable_day,
    vars_in_force,
)

if TYPE_CHECKING:
    from spine.publish.refresh import RefreshRequest

NO_RAW_FOLDER = "name the folder of raw files with --raw DIR or RAW_DIR (docs/own_data.md)."


def sample(options: argparse.Namespace) -> int:
    """Makes a sample shop."""
    from spine.sample.shop import generate_sample

    until = parse_day(options.until, "--until") if options.until else last_complete_business_day("UTC")
    rows = generate_sample(
        options.out,
        options.customers,
        options.months,
        until=until,
        seed=options.seed,
        in_folders=options.folders,
        long_ids=options.long_ids,
    )
    console = plain()
    console.print(f"{options.out}: a shop until {until}", soft_wrap=True)
    for table, count in rows.items():
        console.print(f"  {table}: {count:,} rows")
    console.print("with the faults of real exports: duplicates, late rows, rows to be set aside, an unknown event name")
    return 0


def build(options: argparse.Namespace) -> int:
    """Checks the input, builds, tests and sums up."""
    from spine.run.build import BuildRequest
    from spine.run.build import build as build_all
    from spine.run.summary import print_age, print_summary

    console = plain()
    as_of = _as_of(options)
    raw_dir, raw_schema = _raw_input(options, console)
    request = BuildRequest(
        db=_db(options),
        as_of=as_of,
        raw_dir=raw_dir,
        raw_schema=raw_schema,
        rules_dir=options.rules and options.rules.absolute(),
        select=tuple(options.select),
        target=options.target,
        history_db=_history_db(),
    )
    if not (request.raw_dir or request.raw_schema or request.target):
        raise UsageError(NO_RAW_FOLDER)
    with _recognising_exports(options):
        results = build_all(request, console)
    print_summary(results, request.db, console)
    print_age(request.db, request.as_of, console)
    console.print(f"as of {request.as_of}; database: {request.db}", soft_wrap=True)
    return 0 if all(result.is_good for result in results) else 1


def check(options: argparse.Namespace) -> int:
    """Checks the raw folder, the YAML and the rule tables."""
    with tempfile.TemporaryDirectory(prefix="spine-check-") as temporary:
        return _check(options, Path(temporary))


def _check(options: argparse.Namespace, temporary: Path) -> int:
    from spine.run.check import check_rules, check_yaml

    console, rules_dir = plain(), options.rules and options.rules.absolute()
    good_folders: list[Path] = []

    def check_input() -> None:
        raw_dir, schema = _raw_input(options, console, None if options.db else temporary)
        if raw_dir is not None:
            with _recognising_exports(options):
                _check_raw(raw_dir, _raw_dir(options) or raw_dir, options.db, rules_dir, console)
            good_folders.append(raw_dir)
        elif schema:
            _check_raw_schema(schema, _db(options), rules_dir, console)
        else:
            console.print("raw input: not checked (none is given)")

    def check_project() -> None:
        check_yaml()
        console.print("YAML: fits dbt's schemas")

    def check_rule_tables() -> None:
        if not check_rules(rules_dir, console, *good_folders):
            raise SpineError("the rule tables have faults, see above.")
        console.print("rules: all well")

    faults: list[SpineError] = []
    for step in (check_input, check_project, check_rule_tables):
        try:
            step()
        except SpineError as fault:
            faults.append(fault)
    if faults:
        # One answer with everything that was found; the first kind of fault gives the exit code.
        faults[0].args = ("\n".join(dict.fromkeys(str(fault) for fault in faults)),)
        raise faults[0]
    return 0


def segments(options: argparse.Namespace) -> int:
    """Shows the catalogue, or what drafts would hold."""
    if options.draft:
        from spine.run.drafts import print_drafts

        rules_dir = options.rules and options.rules.absolute()
        return 0 if print_drafts(_db(options), rules_dir, plain()) else 1
    from spine.run.catalogue import print_segments

    print_segments(_db(options), plain())
    return 0


def why(options: argparse.Namespace) -> int:
    """Shows why a customer is in segments or not."""
    from spine.run.why import as_json, print_why
    from spine.run.why import why as answer_of

    answer = answer_of(_db(options), options.customer, [options.segment] if options.segment else [])
    if options.json:
        plain().print(as_json(answer), soft_wrap=True)
    else:
        print_why(answer, plain(), has_all_rows=bool(options.segment))
    return 0


def refresh(options: argparse.Namespace) -> int:
    """Builds and tests aside, and publishes."""
    as_of = _as_of(options, may_be_running=True)
    more = {
        "wait_seconds": options.wait,
        "full_refresh": options.full_refresh,
        "ends_rollback": options.end_rollback,
        "skips_missed": options.skip_missed,
    }
    is_day_given = bool(_given_day(options))
    return _published(options, lambda said: _refresh_request(options, as_of, said, is_day_given=is_day_given, **more))


def backfill(options: argparse.Namespace) -> int:
    """Makes the ledger of past days, and publishes the last."""
    from spine.publish.publication import read_publication
    from spine.publish.store import Store

    timezone = str(vars_in_force(options.rules)["timezone"])
    first, last = parse_day(options.first, "--from"), last_complete_business_day(timezone)
    published = read_publication(Store(_db(options)))
    newest = published and datetime.date.fromisoformat(published.as_of_date)
    if options.to:
        last = parse_day(options.to, "--to")
        refuse_unusable_day(last, timezone, "--to", may_be_running=True)
    elif newest:
        last = max(last, newest)
    if first > last:
        raise UsageError(f"--from {first} is after {last}, the last day.")
    refuse_unusable_day(first, timezone, "--from", may_be_running=True)
    if newest and last < newest:
        raise UsageError(f"--to {last}: what is published is as of {newest}; its history must reach that day.")
    more = {
        "wait_seconds": options.wait,
        "ledger_from": first,
        "is_as_known": options.as_known,
        "command": "backfill",
    }
    return _published(options, lambda said: _refresh_request(options, last, said, **more))


def _published(options: argparse.Namespace, request_of: Callable[[Console], "RefreshRequest"]) -> int:
    """Builds, tests and publishes what is asked for; the exit code."""
    from spine.publish.refresh import refresh as refresh_database

    console = log()
    said = silent() if options.quiet else console
    request = request_of(said)
    with _recognising_exports(options):
        outcome = refresh_database(request, said)
    if outcome.is_well:
        return 0
    if options.quiet:
        for line in (*outcome.problems, f"not published: {outcome.run.reason}"):
            console.print(line, soft_wrap=True)
    return 1


def watch(options: argparse.Namespace) -> int:
    """Refreshes until it is told to stop."""
    try:
        from spine.live.watch import watch as watch_database

        watch_database(lambda: _watch_request(options), options.every, log(also_on_terminal=True), options.quiet)
    except (KeyboardInterrupt, Exception) as error:
        if not is_interrupt(error):
            raise
        if not options.quiet:
            log(also_on_terminal=True).print("stopped")
    return 0


def _watch_request(options: argparse.Namespace) -> "RefreshRequest":
    """As of the running day if no other is given, so that today's orders, events and consent count."""
    as_of = _as_of(options, may_be_running=True, is_running=True)
    return _refresh_request(
        options,
        as_of,
        silent() if options.quiet else log(also_on_terminal=True),
        may_set_files_aside=True,
        may_slice=True,
        is_day_given=bool(_given_day(options)),
        command="watch",
    )


def _refresh_request(
    options: argparse.Namespace, as_of: datetime.date, console: Console, **more: object
) -> "RefreshRequest":
    from spine.publish.refresh import RefreshRequest

    if _raw_schema(options):
        raise UsageError(
            "RAW_SCHEMA is for `spine build` and `dbt build`; a folder of files is needed here, for only files show "
            "what is new. Write tables there, as with `copy landing.orders to 'raw/orders/today.parquet'`."
        )
    raw_dir, _ = _raw_input(options, console)
    if raw_dir is None:
        raise UsageError(NO_RAW_FOLDER)
    return RefreshRequest(
        db=_db(options),
        raw_dir=raw_dir,
        as_of=as_of,
        rules_dir=options.rules and options.rules.absolute(),
        min_volume=options.min_volume,
        keep=options.keep,
        given_input=_given_input(options),
        parquet_dir=options.parquet and options.parquet.absolute(),
        report_file=options.report and options.report.absolute(),
        **more,
    )


def _given_input(options: argparse.Namespace) -> tuple[str, ...]:
    """The options that name exports and their sources, if such are given."""
    sources = (part for name in options.source or () for part in ("--source", name))
    return ("--raw", str(_raw_dir(options)), *sources) if options.source else ()


def report(options: argparse.Namespace) -> int:
    """Writes the report, and says most of it in three lines."""
    from spine.report.report import write_report

    for line in write_report(_db(options), options.out.absolute(), options.period, options.with_ids):
        plain().print(line, soft_wrap=True)
    plain().print(f"report: {options.out}", soft_wrap=True)
    return 0


def rollback(options: argparse.Namespace) -> int:
    """Puts an earlier version in place."""
    from spine.history.day_before import days_given_up
    from spine.publish.publication import rolled_back_from
    from spine.publish.readable import fault_of_version
    from spine.publish.refresh import description_of
    from spine.publish.refresh import rollback as roll_back
    from spine.publish.status import STAYS, out_of_force
    from spine.publish.store import Store

    store = Store(_db(options))
    published, passed_over = roll_back(store, options.wait, options.to)
    for fault in passed_over:
        plain().print(f"passed over: {fault}", soft_wrap=True)
    plain().print(description_of(store, published), soft_wrap=True)
    if newest := rolled_back_from(store, published):
        plain().print(STAYS, soft_wrap=True)
        can_return = fault_of_version(store, newest, is_anew=False) is None
        plain().print(out_of_force(newest, can_return), soft_wrap=True)
        if can_return and (note := days_given_up(store, newest)):
            plain().print(note, soft_wrap=True)
    return 0


def status(options: argparse.Namespace) -> int:
    """Shows what is published."""
    from spine.publish.status import overdue, print_status
    from spine.publish.status import status as status_of
    from spine.publish.store import Store

    rules_dir = options.rules and options.rules.absolute()
    raw_dir, _ = _raw_input(options, silent())
    state = status_of(Store(_db(options)), raw_dir, rules_dir, options.verify)
    if options.json:
        plain().print(json.dumps(state, indent=2), soft_wrap=True)
    else:
        print_status(state, plain())
    if options.fail_if_older_than is not None and (fault := overdue(state, options.fail_if_older_than)):
        raise SpineError(f"--db {state['database']}: {fault}")
    return 1 if state["unreadable"] else 0


def _check_raw(raw_dir: Path, shown: Path, db: Path | None, rules_dir: Path | None, console: Console) -> None:
    from spine.raw.contract import load_contract
    from spine.raw.currency import currency_of_orders
    from spine.raw.folder import prepare, release_landings
    from spine.run.database import checked_record_of, landing_dir_of

    with tempfile.TemporaryDirectory(prefix="spine-check-") as temporary:
        try:
            landing_dir = landing_dir_of(db.absolute()) if db else temporary
            folder = prepare(raw_dir, landing_dir, load_contract(), checked_record_of(db.absolute()) if db else None)
            for note in folder.notes:
                console.print(f"note: {note}", soft_wrap=True)
            console.print(f"raw folder {shown}: keeps the contract ({len(folder.tables)} tables)", soft_wrap=True)
            if is_currency_auto(rules_dir):
                console.print(f"reporting currency: {currency_of_orders(folder, Path(landing_dir))}")
        finally:
            release_landings()


def _check_raw_schema(schema: str, db: Path, rules_dir: Path | None, console: Console) -> None:
    from spine.raw.contract import load_contract
    from spine.raw.currency import currency_of_orders
    from spine.raw.folder import check_schema
    from spine.run.database import reader

    with reader(db) as connection:
        found = check_schema(connection, schema, load_contract())
        for note in found.notes:
            console.print(f"note: {note}", soft_wrap=True)
        console.print(f"schema {schema} of {db}: keeps the contract ({len(found.tables)} tables)", soft_wrap=True)
        if is_currency_auto(rules_dir):
            console.print(f"reporting currency: {currency_of_orders(found, None, connection)}")


def _raw_dir(options: argparse.Namespace) -> Path | None:
    given = options.raw or os.environ.get("RAW_DIR")
    return Path(given).absolute() if given else None


def _history_db() -> Path | None:
    given = os.environ.get("HISTORY_DB")
    return Path(given).absolute() if given else None


def _raw_schema(options: argparse.Namespace) -> str | None:
    schema = os.environ.get("RAW_SCHEMA") or None
    if schema and _raw_dir(options):
        raise UsageError("a folder (--raw or RAW_DIR) and RAW_SCHEMA are both given; give one of them.")
    return schema


def _raw_input(
    options: argparse.Namespace, console: Console, out_dir: Path | None = None
) -> tuple[Path | None, str | None]:
    """The raw folder or the schema to read: what is given or, with --source, the folder that adapters make of it.

    They make it in `out_dir`, if that is given, else beside the database.
    """
    given_dir, schema = _raw_dir(options), _raw_schema(options)
    if not options.source:
        return given_dir, schema
    if given_dir is None and schema is None:
        raise UsageError(f"--source {options.source[0]}: {NO_RAW_FOLDER}")
    from spine.raw.adapted import adapted
    from spine.raw.adapters import load_adapter
    from spine.run.database import adapted_dir_of

    settings = vars_in_force(options.rules and options.rules.absolute())
    adapters = [load_adapter(name, settings) for name in options.source]
    db = _db(options)
    raw_dir, notes = adapted(given_dir, adapters, out_dir or adapted_dir_of(db), schema and (db, schema))
    if notes != getattr(options, "said_notes", None):  # `watch` looks again and again
        for note in notes:
            console.print(f"note: {note}", soft_wrap=True)
    options.said_notes = notes
    return raw_dir, None


@contextlib.contextmanager
def _recognising_exports(options: argparse.Namespace) -> Iterator[None]:
    """Adds to the faults of a raw folder which system's export it seems to be, and the command for that."""
    try:
        yield
    except InputRefused as refusal:
        if type(refusal) is not InputRefused:  # what is refused is not the folder
            raise
        from spine.raw.adapters import recognised
        from spine.raw.types import IS_MISSING

        raw_dir = _raw_dir(options)
        known = recognised(raw_dir) if raw_dir and raw_dir.is_dir() and not options.source else {}
        # Several sources have a folder each.
        names = [name for name in known if (raw_dir / name).is_dir()] or list(known)[:1]
        files = [file for name in names for file in known[name]]
        are = "is" if len(files) == 1 else "are"
        hint = (
            f"{raw_dir}: {first_files(files)} {are} like an export of {' and '.join(names)}; "
            f"run `spine {options.command} --raw {options.raw or raw_dir} --source {' --source '.join(names)}`."
        )
        # The export brings the tables that are missing.
        others = [fault for fault in refusal.faults if IS_MISSING not in fault]
        raise InputRefused([hint, *others]) if names else refusal from None


def _db(options: argparse.Namespace) -> Path:
    """The database file; absolute, because dbt changes the working folder."""
    given = options.db or os.environ.get("SPINE_DB") or DEFAULT_DB
    if str(given) == ":memory:":
        raise UsageError("--db :memory: would be gone at the end; name a file.")
    return Path(given).absolute()


def _given_day(options: argparse.Namespace) -> tuple[str, str] | None:
    """Where a business day is given, and what is given."""
    sources = {
        "--as-of": options.as_of,
        "SPINE_AS_OF": os.environ.get("SPINE_AS_OF"),
        "var as_of_date": vars_in_force(options.rules)["as_of_date"],
    }
    return next(((name, str(given)) for name, given in sources.items() if given), None)


def _as_of(options: argparse.Namespace, may_be_running: bool = False, is_running: bool = False) -> datetime.date:
    """The day that is given, which may be the running one; else the last complete one, or the one that is running."""
    timezone = str(vars_in_force(options.rules)["timezone"])
    given = _given_day(options)
    if given:
        name, text = given
        day = parse_day(text, name)
        refuse_unusable_day(day, timezone, name, may_be_running)
        return day
    return last_complete_business_day(timezone) + datetime.timedelta(days=is_running)
