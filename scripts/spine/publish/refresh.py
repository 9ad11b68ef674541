"""`spine refresh`: builds and tests in a working database, and publishes only what is whole and well."""

import contextlib
import dataclasses
import datetime
import os
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
from rich.console import Console

from spine.errors import DiskFull, InputRefused, SpineError, UsageError, is_disk_full, says_disk_full
from spine.interrupts import is_interrupt
from spine.publish import runs
from spine.publish.fingerprint import Inputs, changed_files, inputs_of, refuse_changed, rule_version
from spine.publish.parquet_copies import copy_to_parquet
from spine.publish.publication import (
    Publication,
    kept_versions,
    prune_histories,
    prune_versions,
    read_publication,
    refuse_damaged,
    remove_leftovers,
    rolled_back_from,
    switch_to,
    versions_until,
    write_version,
    write_version_of_slice,
)
from spine.publish.readable import DamagedPublication, fault_of_version
from spine.publish.rolled_back import newer_input, note_rollback
from spine.publish.run_lock import only_run
from spine.publish.runs import FullBuild, Run, new_run
from spine.publish.store import Store
from spine.raw.contract import load_contract
from spine.raw.types import SHOWN_FILES, RawFolder, first_files, is_of_consent
from spine.run.database import (
    checked_record_of,
    landing_dir_of,
    refuse_path,
    remove_database,
    remove_half_built,
)
from spine.run.project import SEEDS_DIR, refuse_unusable_rules

if TYPE_CHECKING:
    from spine.run.build import BuildRequest

# The reason in the account of a run that left files aside begins so.
SET_ASIDE = "set aside: "
# The fingerprint of a run that published a slice begins so.
SLICE = "slice: "
# The fingerprint of a run that used only what was known on the morning after its day begins so.
AS_KNOWN = "as known: "
ONE_DAY = datetime.timedelta(days=1)
SHIPPED_RULES = SEEDS_DIR / "rules"


@dataclass(frozen=True)
class RefreshRequest:
    """What to publish. `min_volume` is the least share of the published run's rows that each table must bring.

    A run that `may_set_files_aside` goes on without new files that cannot be read; one that `may_slice` judges only the
    customers whom new files touch, where that will do. A version that was rolled back to
    stays until newer input comes; `ends_rollback` publishes again without any.
    Unless the day `is_day_given`, an earlier one than that of what is published is refused. `given_input` are the
    options that the raw folder was made from, if it was not given itself.

    Days since the newest full build are made first, unless the run `skips_missed` ones. From a day `ledger_from` on
    the ledger is made anew in any case; if it `is_as_known`, each day with what was known on the morning after.
    """

    db: Path
    raw_dir: Path
    as_of: datetime.date
    rules_dir: Path | None = None
    wait_seconds: float = 0
    min_volume: float = 0.8
    keep: int = 5
    full_refresh: bool = False
    ends_rollback: bool = False
    parquet_dir: Path | None = None
    report_file: Path | None = None
    may_set_files_aside: bool = False
    may_slice: bool = False
    is_day_given: bool = True
    skips_missed: bool = False
    ledger_from: datetime.date | None = None
    is_as_known: bool = False
    command: str = "refresh"
    given_input: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """How a refresh ended: the account of its `run`, None where nothing was new, and what is `published` now.

    `notes` are about the input, `problems` the lines that tell of models and tests that did not end well.
    """

    run: Run | None
    published: Publication | None
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def is_well(self) -> bool:
        """Whether what is published is up to date."""
        return self.run is None or self.run.result == runs.PUBLISHED


def refresh(request: RefreshRequest, console: Console) -> Outcome:
    """Brings the published database up to date.

    Raises AnotherRunIsAtWork, InputRefused, UsageError; what was published before stays in every case.
    """
    store = Store(request.db)
    refuse_path(store.db)
    read_publication(store)
    with only_run(store, request.command, request.wait_seconds):
        published = tidy_up(store)
        if published:
            refuse_damaged(store, published)
        run = new_run(store, request.command, request.as_of)
        refuse_forgotten_rules(store, request, published)  # first: they also hold the time zone, which gives the day
        _refuse_earlier_day(store, request, published)
        inputs = inputs_of(request.raw_dir, request.rules_dir, request.as_of)
        run.rule_version, run.fingerprint, run.raw_dir = inputs.rule_version, inputs.fingerprint, str(request.raw_dir)
        run.rules_dir = _own_rules(request.rules_dir)
        if reason := _why_nothing(store, request, published, inputs):
            _write_copies(store, request, published.run_id)
            console.print(reason, soft_wrap=True)
            is_rolled_back = rolled_back_from(store, published) is not None
            return Outcome(None, published, [reason] if is_rolled_back else [])
        outcome = _run(store, request, run, inputs, published, console)
    now = outcome.published
    stands = description_of(store, now) if now else f"there is no {store.db} yet"
    console.print(f"{'published' if outcome.is_well else 'not published'}; {stands}", soft_wrap=True)
    return outcome


def _refuse_earlier_day(store: Store, request: RefreshRequest, published: Publication | None) -> None:
    if published and not request.is_day_given and request.as_of.isoformat() < published.as_of_date:
        later = f"{description_of(store, published)}, later than {request.as_of}"
        on, back = f"--as-of {published.as_of_date} goes on with it", f"--as-of {request.as_of} goes back"
        raise UsageError(f"{later}. Name the day: {on}, {back}.")


def refuse_forgotten_rules(store: Store, request: RefreshRequest, published: Publication | None) -> None:
    """Raises UsageError where the shipped rules would take the place of a team's own without being asked for."""
    if published is None or request.rules_dir is not None:
        return
    own = next((run.rules_dir for run in runs.load_all(store) if run.run_id == published.run_id), None)
    if own and published.rule_version != rule_version(None):
        on = f"{shlex.join(['--rules', own])} goes on with them"
        back = f"{shlex.join(['--rules', str(SHIPPED_RULES)])} goes back to those that are shipped"
        raise UsageError(f"{description_of(store, published)}, with the rules of {own}. Name the rules: {on}, {back}.")


def _own_rules(rules_dir: Path | None) -> str | None:
    """The folder of a team's own rules; None for the shipped ones."""
    return None if rules_dir is None or rules_dir.resolve() == SHIPPED_RULES.resolve() else os.path.abspath(rules_dir)


def _why_nothing(store: Store, request: RefreshRequest, published: Publication | None, inputs: Inputs) -> str | None:
    """Why there is nothing to do; None if there is something."""
    if published is None or request.ledger_from:
        return None
    if newest := rolled_back_from(store, published):
        stays = not request.ends_rollback and not newer_input(store, published, inputs.raw)
        return _stays(store, published, newest) if stays else None
    is_known = inputs.fingerprint == _newest_fingerprint(store, request, published)
    if is_known and not request.full_refresh and published.as_of_date == request.as_of.isoformat():
        return f"nothing is new; {description_of(store, published)}"
    return None


def _run(
    store: Store, request: RefreshRequest, run: Run, inputs: Inputs, published: Publication | None, console: Console
) -> Outcome:
    """Builds a slice where that will do, else everything, and publishes what is well."""
    with _accounted(store, run), _listed(store, request, run) as folder:
        inputs = inputs.as_read(folder)
        run.fingerprint = inputs.fingerprint
        is_nothing_else_new = run.fingerprint == _newest_fingerprint(store, request, published)
        _note_set_aside(run, folder, is_nothing_else_new, console)
        notes = _notes(store, run, inputs, published)
        for line in (f"files: {', '.join(f'{count:,} {kind}' for kind, count in run.files.items())}", *notes):
            console.print(line, soft_wrap=True)
        full = _built_slice(store, request, run, folder, inputs, published)
        if full:
            is_well, problems, history_db = True, [], None
            notes.append("only the customers were judged whom new files touch")
        else:
            is_well, problems, history_db = _build(store, request, run, inputs, published, console)
        if is_well:
            refuse_changed(inputs, request.rules_dir, folder)
            runs.note_files_read(store, run, inputs.raw)
            _publish(store, run, full, history_db)
            published = read_publication(store)
            runs.confirm_files_read(store, run.run_id)
            if not full:
                runs.note_full_build(store, run, inputs.raw)
            prune_versions(store, request.keep, {run.run_id, published.full_run_id, *_needed_before(store, published)})
            runs.prune(store)
            try:
                _write_copies(store, request, run.run_id)
            except (SpineError, OSError):
                console.print(f"published all the same; {description_of(store, published)}", soft_wrap=True)
                raise
    return Outcome(run, published, notes, problems)


def _built_slice(
    store: Store,
    request: RefreshRequest,
    run: Run,
    folder: RawFolder,
    inputs: Inputs,
    published: Publication | None,
) -> FullBuild | None:
    """The full build beside which a slice was built and is well; None where everything is to be built."""
    from spine.live.slice import build_slice, files_to_slice

    full = files_to_slice(store, inputs, published) if request.may_slice else None
    results = build_slice(store, run, folder, full, inputs, request.rules_dir) if full else None
    if results is None:
        return None
    run.fingerprint = f"{SLICE}{inputs.fingerprint}"
    run.note_nodes(results)
    return full


def rollback(store: Store, wait_seconds: float, run_id: str | None = None) -> tuple[Publication, list[str]]:
    """Puts the version before the published one in place, or the named one; for a damaged file, the newest that it had.

    Returns what is published then, and what is wrong with the versions that were passed over.

    Raises UsageError when there is no such version, or none that can be read.
    """
    refuse_path(store.db)
    if not kept_versions(store) and read_publication(store) is None:
        raise UsageError(f"--db {store.db}: nothing is published there.")
    with only_run(store, "rollback", wait_seconds):
        published, is_damaged = _in_place(store)
        run, kept = new_run(store, "rollback"), kept_versions(store)
        earlier = versions_until(store, published) if published else kept
        if published and not is_damaged:
            earlier = [one for one in earlier if one != published.run_id]
        candidates = [run_id] if run_id else earlier[::-1]
        if not candidates or candidates[0] not in kept:
            before = published.run_id if published else "the one in place"
            what = f"there is no version {run_id}" if run_id else f"there is no version before {before}"
            raise UsageError(f"--db {store.db}: {what}; {_readable_versions(store)}")
        with _accounted(store, run):
            target, passed_over = _switch_to_first(store, candidates)
            note_rollback(store, target, runs.newest_published(store, target))
            run.end(runs.ROLLED_BACK, f"to {target}")
    return read_publication(store), passed_over


def _in_place(store: Store) -> tuple[Publication | None, bool]:
    """What is published, if that can be told, and whether the file is damaged."""
    published = None
    try:
        published = tidy_up(store)
        if published:
            refuse_damaged(store, published)
    except DamagedPublication:
        return published, True
    return published, False


def _switch_to_first(store: Store, run_ids: list[str]) -> tuple[str, list[str]]:
    """Puts the first version in place that can be read; which it is, and what is wrong with those before it."""
    passed_over = []
    for run_id in run_ids:
        try:
            switch_to(store, run_id)
        except DamagedPublication as error:
            passed_over.append(str(error))
        else:
            return run_id, passed_over
    raise DamagedPublication("\n".join([*passed_over, f"Nothing was put in place; {_readable_versions(store)}"]))


def _stays(store: Store, published: Publication, newest: str) -> str:
    """Why nothing is published although an older version than that of the `newest` run is in place."""
    ends = "`spine refresh --end-rollback` publishes again without"
    if fault_of_version(store, newest, is_anew=False) is None:
        ends += f", `spine rollback --to {newest}` returns to that run"
    now = description_of(store, published)
    return f"{now}, rolled back from run {newest}: it stays until newer raw files come; {ends}."


def _readable_versions(store: Store) -> str:
    names = [run_id for run_id in kept_versions(store) if fault_of_version(store, run_id) is None]
    return f"those that can be read are {', '.join(names)}." if names else "no kept version can be read."


def tidy_up(store: Store) -> Publication | None:
    """Tidies up after a run that was killed, and tells what is published. Only for who holds the lock."""
    remove_leftovers(store)
    remove_database(store.slice)
    remove_half_built(store.working)
    published = read_publication(store)
    runs.confirm_files_read(store, published and published.run_id)
    for run in runs.load_all(store):
        # It may have been killed between putting its version in place and saying so.
        is_in_place = published is not None and run.run_id == published.run_id
        if run.result == runs.RUNNING or (is_in_place and run.result != runs.PUBLISHED):
            run.end(runs.PUBLISHED if is_in_place else runs.KILLED)
            runs.save(store, run)
        if run.result != runs.PUBLISHED:
            store.version(run.run_id).unlink(missing_ok=True)
    prune_histories(store)
    return published


@contextmanager
def _listed(store: Store, request: RefreshRequest, run: Run) -> Iterator[RawFolder]:
    """Checks the raw folder and counts its rows; what is found in it now is what the run reads."""
    from spine.raw.folder import count_rows, held, prepare, release_landings

    landing_dir = landing_dir_of(store.working)
    try:
        with runs.timed(run, "check"):
            if request.rules_dir is not None:
                refuse_unusable_rules(request.rules_dir)
            folder = prepare(
                request.raw_dir, landing_dir, load_contract(), checked_record_of(store.working),
                may_be_set_aside=_is_no_loss(store, request),
            )  # fmt: skip
            run.rows_in = count_rows(folder, landing_dir)
        with held(folder):
            yield folder
    finally:
        release_landings()
        remove_half_built(store.working)


def _is_no_loss(store: Store, request: RefreshRequest) -> Callable[[Path], bool]:
    """Whether a run can go on without a file: one that may, does so if it is new. A withdrawal is never left aside."""
    before = runs.files_read(store) if request.may_set_files_aside else {}

    def judge(path: Path) -> bool:
        place = str(path.relative_to(os.path.abspath(request.raw_dir)))
        return bool(before) and place not in before and not is_of_consent(place)

    return judge


def _note_set_aside(run: Run, folder: RawFolder, is_nothing_else_new: bool, console: Console) -> None:
    """Says which files are left aside. If nothing else is new, that is all there is to say: raises InputRefused."""
    faults = [fault for faults in folder.set_aside.values() for fault in faults]
    if faults and is_nothing_else_new:
        raise InputRefused(faults)
    if faults:
        run.reason = f"{SET_ASIDE}{'; '.join(faults[:10])}"
        console.print(run.reason, soft_wrap=True)


def _build(
    store: Store, request: RefreshRequest, run: Run, inputs: Inputs, published: Publication | None, console: Console
) -> tuple[bool, list[str], Path | None]:
    """Whether building and testing went well, what is to be said of it, and what the build went on from."""
    from spine.history.days import known_until
    from spine.run.build import BuildRequest, build
    from spine.run.moved import print_moved
    from spine.run.summary import print_summary

    if published:
        _refuse_small_feeds(run.rows_in, _rows_of(store, published), request)
    what = BuildRequest(store.working, request.as_of, raw_dir=request.raw_dir, rules_dir=request.rules_dir)
    with runs.timed(run, "days"):
        history_db = _history(store, request, what, inputs, published, console)
    if request.is_as_known:
        run.fingerprint = f"{AS_KNOWN}{run.fingerprint}"
        what = dataclasses.replace(what, known_until=known_until(request.as_of))
    remove_database(store.working)
    with runs.timed(run, "build"):
        results = build(dataclasses.replace(what, history_db=history_db), console)
    problems = print_summary(results, store.working, console)
    is_well = run.note_nodes(results)
    for kind in ("model", "test"):
        run.stage_seconds[f"{kind}s"] = round(sum(one.seconds for one in results if one.kind == kind), 3)
    if any(says_disk_full(one.message) for one in results):
        raise DiskFull(store.working)
    if is_well:
        print_moved(store.working, console, published and datetime.date.fromisoformat(published.as_of_date))
        with duckdb.connect(str(store.working), read_only=True) as connection:
            query = "select table_name, quarantined_rows from marts.source_reconciliation"
            run.rows_set_aside = dict(connection.execute(query).fetchall())
    else:
        problems.append(f"the tables spoken of, and marts.quarantined_rows of this run, are in {store.working}")
        console.print(problems[-1], soft_wrap=True)
    return is_well, problems, history_db


def _history(
    store: Store,
    request: RefreshRequest,
    what: "BuildRequest",
    inputs: Inputs,
    published: Publication | None,
    console: Console,
) -> Path | None:
    """The file that the build goes on from, days that nobody has built made first; None where the ledger begins."""
    from spine.history.day_before import day_before
    from spine.history.days import Days, make_days
    from spine.run.build import checked

    first = request.ledger_from
    before = day_before(store, published, first or request.as_of)
    if before and not request.skips_missed:
        first = before.day + ONE_DAY
    if first is None or first >= request.as_of:
        return before and before.path
    days = Days(
        first,
        request.as_of - ONE_DAY,
        before and before.path,
        f"{first} {before and before.run_id} {request.is_as_known} {inputs.of_any_day}",
        request.is_as_known,
    )
    count = len(days.after(None))
    console.print(
        f"making the ledger from {first} to {days.last}, {count} {'day' if count == 1 else 'days'}", soft_wrap=True
    )
    make_days(days, checked(what, console), store.days, console)
    return store.days


def _needed_before(store: Store, published: Publication) -> set[str]:
    """The run that a new build of the published day would go on from."""
    from spine.history.day_before import day_before

    try:
        before = day_before(store, published, datetime.date.fromisoformat(published.as_of_date))
    except UsageError:
        return set()
    return {before.run_id} if before else set()


def _notes(store: Store, run: Run, inputs: Inputs, published: Publication | None) -> list[str]:
    """Counts what has come and gone since the last run that was published; what a person may not have meant."""
    changes = changed_files(runs.files_read(store), inputs.raw)
    run.files = {kind: len(paths) for kind, paths in changes.items()}
    notes, missing = [], changes["missing"]
    if newest := rolled_back_from(store, published):
        notes.append(f"note: somebody has rolled back from run {newest}; this run publishes again.")
    if published and published.rule_version != inputs.rule_version:
        notes.append("note: rules or vars are not those of what is published; is --rules as it should be?")
    if missing:
        more = " and others" if len(missing) > SHOWN_FILES else ""
        is_gone = "is gone; once published, its" if len(missing) == 1 else "are gone; once published, their"
        notes.append(f"note: {first_files(missing)}{more} {is_gone} rows count no longer.")
    return notes


def _publish(store: Store, run: Run, full: FullBuild | None, history_db: Path | None) -> None:
    """Puts in place the marts of the working database, or, beside a full build, the rows of a slice.

    Days that the run has made itself, if it went on from them, are kept with its version.
    """
    from spine.live.slice import MARTS_OF_A_SLICE

    earlier = [one for one in runs.load_all(store) if one.run_id != run.run_id]
    with runs.timed(run, "publish"):
        stated = dataclasses.replace(run)
        stated.end(runs.PUBLISHED, run.reason)  # what the version says of its own run; it is so when it is in place
        if full:
            try:
                write_version_of_slice(store, stated, earlier, full.run_id, MARTS_OF_A_SLICE)
            finally:
                remove_database(store.slice)
        else:
            write_version(store, stated, earlier)
            if history_db == store.days:
                store.histories.mkdir(exist_ok=True)
                store.days.replace(store.history(run.run_id))
        runs.save(store, run)  # whole, in case that it is killed before it can say that it has published
        switch_to(store, run.run_id, MARTS_OF_A_SLICE if full else ())
    run.end(runs.PUBLISHED, run.reason)
    runs.save(store, run)


def _write_copies(store: Store, request: RefreshRequest, run_id: str) -> None:
    """Writes the Parquet copies and the report of what is published, where they are asked for."""
    if request.parquet_dir is not None:
        copy_to_parquet(store, run_id, request.parquet_dir, request.keep)
    if request.report_file is not None:
        from spine.report.report import write_report

        write_report(store.db, request.report_file)


def _refuse_small_feeds(now: dict[str, int], before: dict[str, int], request: RefreshRequest) -> None:
    remedy = f"If that is meant, run `{command_line(request)} --min-volume 0` once."
    faults = [
        f"{table}: {now.get(table, 0):,} rows where the published run had {rows:,}; at least {request.min_volume:.0%} "
        f"of them are expected. {remedy}"
        for table, rows in before.items()
        if now.get(table, 0) < rows * request.min_volume
    ]
    if faults:
        raise InputRefused(faults)


def _rows_of(store: Store, published: Publication) -> dict[str, int]:
    """The raw rows per table of the run that was published."""
    with duckdb.connect(str(store.db), read_only=True) as connection:
        query = "select rows_in from marts.runs where run_id = ?"
        return connection.execute(query, [published.run_id]).fetchall()[0][0]


def _newest_fingerprint(store: Store, request: RefreshRequest, published: Publication | None) -> str | None:
    """The fingerprint of the newest run that published.

    A request that may not slice gets that of a slice with its `slice: ` mark, so that it builds everything.
    """
    newest = published and runs.newest_published(store, published.run_id)
    fingerprint = newest and newest.fingerprint
    return fingerprint.removeprefix(SLICE) if fingerprint and request.may_slice else fingerprint


def command_line(request: RefreshRequest) -> str:
    """The command that does by itself what a request asks for."""
    rules = ["--rules", request.rules_dir] if request.rules_dir else []
    raw = request.given_input or ("--raw", request.raw_dir)
    parts = ["spine", "refresh", *raw, "--db", request.db, *rules, "--as-of", request.as_of]
    return shlex.join(map(str, parts))


def description_of(store: Store, published: Publication) -> str:
    """What is published, in words."""
    return f"{store.db} is as of {published.as_of_date} (run {published.run_id})"


@contextmanager
def _accounted(store: Store, run: Run) -> Iterator[None]:
    """Keeps the account of a run, however it ends. What comes after publishing takes nothing back."""

    def end(result: str, reason: str | None = None) -> None:
        if run.result != runs.PUBLISHED:
            run.end(result, reason)

    runs.save(store, run)
    try:
        yield
    except BaseException as error:
        if is_interrupt(error):
            end(runs.INTERRUPTED)
            raise KeyboardInterrupt from error
        match error:
            case InputRefused():
                end(runs.REFUSED, "\n".join(error.faults[:10]))
            case SpineError() | OSError():
                end(runs.FAILED, str(error))
            case _ if is_disk_full(error):
                end(runs.FAILED, str(DiskFull(store.working)))
            case _:
                end(runs.CRASHED, type(error).__name__)
        raise
    finally:
        with contextlib.suppress(OSError, DiskFull):  # a full disk must not hide what went wrong
            runs.save(store, run)
