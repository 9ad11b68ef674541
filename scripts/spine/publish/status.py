"""`spine status`: what is published, how old it is, which files no run has read yet, and what went wrong lately."""

import datetime
from pathlib import Path

from rich.console import Console

from spine.publish import runs
from spine.publish.fingerprint import changed_files, raw_inventory, rule_version
from spine.publish.publication import (
    Publication,
    kept_versions,
    newest_readable,
    read_publication,
    refuse_damaged,
    rolled_back_from,
)
from spine.publish.readable import DamagedPublication, fault_of_version
from spine.publish.rolled_back import newer_input
from spine.publish.run_lock import holder
from spine.publish.store import Store
from spine.raw.types import first_files, is_of_consent

SHOWN_FAILURES = 5
STAYS = "this version stays until newer raw files come, or until `spine refresh --end-rollback`"
REASONS = {runs.INTERRUPTED: "it was told to stop", runs.KILLED: "its process ended without a word"}


def status(store: Store, raw_dir: Path | None, rules_dir: Path | None, is_verifying: bool = False) -> dict:
    """The state of a published database, as plain values; times are UTC, ages in seconds.

    `pending` is None without a raw folder. `unreadable` says which files cannot be read: the published one is read
    whole if it has changed since it was published; when `is_verifying`, that one and all versions are. Where no file
    is published (`is_absent`), `can_take_its_place` is the newest kept version that can be read whole.

    Raises UsageError for a database that was not published.
    """
    published, unreadable = _published(store, is_verifying)
    versions = kept_versions(store)
    is_absent = published is None and not unreadable
    if is_verifying:
        unreadable += filter(None, (fault_of_version(store, run_id) for run_id in versions))
    newest = rolled_back_from(store, published)
    at_work = holder(store.lock)
    accounts = runs.load_all(store)
    return {
        "database": str(store.db),
        "published": _stated(published),
        "is_absent": is_absent,
        "can_take_its_place": newest_readable(store, versions) if is_absent else None,
        "at_work": at_work,
        "watched_by": holder(store.watch_lock),
        "pending": _pending(store, published, raw_dir, rules_dir) if raw_dir else None,
        "last_failures": _failures(accounts, at_work is not None),
        "set_aside": _set_aside(accounts, published),
        "warnings": _warnings(accounts, published),
        "rolled_back_from": newest,
        "can_return": newest is not None and fault_of_version(store, newest, is_anew=False) is None,
        "versions": versions,
        "is_verified": is_verifying,
        "unreadable": unreadable,
    }


def _published(store: Store, is_verifying: bool) -> tuple[Publication | None, list[str]]:
    """What is published, and what is wrong with the file."""
    published = None
    try:
        published = read_publication(store)
        if published:
            refuse_damaged(store, published, is_verifying)
    except DamagedPublication as error:
        return published, [str(error)]
    return published, []


def print_status(state: dict, console: Console) -> None:
    """Prints the state for a person."""

    def say(text: str) -> None:
        console.print(text, soft_wrap=True)

    published, pending = state["published"], state["pending"]
    say(f"database: {state['database']}")
    if published:
        say(f"published: run {published['run_id']}, as of {published['as_of_date']}, rules {published['rule_version']}")
        if state["rolled_back_from"]:
            say(f"rolled back from: run {state['rolled_back_from']}; {STAYS}")
            if pending and pending["newer_than_rollback"]:
                say(f"newer raw files have come: {first_files(pending['newer_than_rollback'])}")
            say(out_of_force(state["rolled_back_from"], state["can_return"]))
        if published["full_run_id"] not in (None, published["run_id"]):
            say(f"all customers judged by: run {published['full_run_id']}; since then those whom new files touch")
        say(f"age: {datetime.timedelta(seconds=published['age_seconds'])}")
    elif state["is_absent"]:
        version = state["can_take_its_place"]
        way_back = f"; `spine rollback --to {version}` puts a kept version in its place" if version else ""
        say(f"published: nothing{way_back}")
    for what, held_by in (("at work", state["at_work"]), ("watched by", state["watched_by"])):
        if held_by:
            say(f"{what}: process {held_by['process']} (spine {held_by['command']} since {held_by['started_at']})")
    if pending:
        changed = (
            "; the rules are not those of the last refresh (is --rules as it should be?)"
            if pending["rules_changed"]
            else ""
        )
        say(f"pending: {pending['new_files']} new, {pending['changed_files']} changed, "
            f"{pending['missing_files']} missing files{changed}")  # fmt: skip
        if pending["consent_files"]:
            say(f"withdrawals may wait in: {first_files(pending['consent_files'])}")
    if state["set_aside"]:
        say(state["set_aside"])
    if state["warnings"]:
        tests = "test" if state["warnings"] == 1 else "tests"
        say(f"warnings: {state['warnings']} {tests} of the full build; a run without --quiet tells them")
    for failure in state["last_failures"]:
        say(_in_words(failure))
    say(f"versions kept: {', '.join(state['versions']) or 'none'}")
    for fault in state["unreadable"]:
        say(f"cannot be read: {fault}")
    if state["is_verified"] and not state["unreadable"]:
        say("verified: the published file and all versions were read whole")


def overdue(state: dict, hours: float) -> str | None:
    """Why somebody should look: what is published is older than some hours, or the last run was refused or failed."""
    if state["published"] is None:
        return "nothing is published."
    age = state["published"]["age_seconds"]
    if age > hours * 3600:
        return f"published {datetime.timedelta(seconds=age)} ago; at most {hours:g} hours are allowed."
    ill = [failure for failure in state["last_failures"] if failure["result"] != runs.INTERRUPTED]
    return f"the last run did not end well: {_in_words(ill[0])}" if ill else None


def _in_words(failure: dict) -> str:
    reason = failure["reason"] or REASONS.get(failure["result"], "no reason is known")
    return f"{failure['result']}: run {failure['run_id']}: {reason}"


def out_of_force(newest: str, can_return: bool) -> str:
    """What to bear in mind while an older version than that of the `newest` run is in place: it is older in all."""
    until = "out of force until something newer is published"
    way_back = f"; `spine rollback --to {newest}` returns to it" if can_return else f"; version {newest} cannot be read"
    return f"note: withdrawals of consent since then are {until}{way_back}."


def _stated(published: Publication | None) -> dict | None:
    if published is None:
        return None
    at = datetime.datetime.fromisoformat(published.published_at).replace(tzinfo=datetime.UTC)
    age = max(0, int((datetime.datetime.now(datetime.UTC) - at).total_seconds()))
    return {
        "run_id": published.run_id,
        "as_of_date": published.as_of_date,
        "rule_version": published.rule_version,
        "full_run_id": published.full_run_id,
        "published_at": at.isoformat(),
        "age_seconds": age,
    }


def _warnings(accounts: list[runs.Run], published: Publication | None) -> int:
    """How many tests have warned in the full build that is published; a slice runs few of them."""
    full_run_id = published and (published.full_run_id or published.run_id)
    return next((run.nodes.get("tests warn", 0) for run in accounts if run.run_id == full_run_id), 0)


def _set_aside(accounts: list[runs.Run], published: Publication | None) -> str | None:
    """Which files the published run was made without."""
    return next((run.reason for run in accounts if published and run.run_id == published.run_id), None)


def files_of_consent(changes: dict[str, list[str]]) -> list[str]:
    """The new and changed files that may hold withdrawals."""
    return [path for path in (*changes["new"], *changes["changed"]) if is_of_consent(path)]


def _pending(store: Store, published: Publication | None, raw_dir: Path, rules_dir: Path | None) -> dict:
    """What a refresh would find new, since the newest run that published."""
    now = raw_inventory(raw_dir)
    changes = changed_files(runs.files_read(store), now)
    newest = published and (runs.newest_published(store, published.run_id) or published)
    return {
        **{f"{kind}_files": len(paths) for kind, paths in changes.items()},
        "consent_files": files_of_consent(changes),
        "newer_than_rollback": newer_input(store, published, now) if rolled_back_from(store, published) else [],
        "rules_changed": newest is not None and rule_version(rules_dir) != newest.rule_version,
    }


def _failures(accounts: list[runs.Run], is_at_work: bool) -> list[dict]:
    """The runs since the last that was published that did not end well, the newest first."""
    newest_first = sorted(accounts, key=lambda run: run.run_id, reverse=True)
    found = []
    for run in newest_first:
        if run.result == runs.PUBLISHED:
            break
        if run.result == runs.ROLLED_BACK or (run.result == runs.RUNNING and is_at_work):
            continue
        result = runs.KILLED if run.result == runs.RUNNING else run.result
        found.append({"run_id": run.run_id, "result": result, "reason": run.reason})
    return found[:SHOWN_FAILURES]
