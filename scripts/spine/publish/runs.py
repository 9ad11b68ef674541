"""The accounts of runs: one small file per run, written whole or not at all."""

import dataclasses
import datetime
import json
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from spine.errors import DiskFull, is_disk_full
from spine.publish.store import Store

if TYPE_CHECKING:
    from spine.run.results import NodeResult

KEPT_RUNS = 200
_RUN_ID = re.compile(r"\d{8}T\d{6}-\d{6}")
_MOMENT = "%Y%m%dT%H%M%S-%f"
# How a run can end. A run that is `running` while nobody holds the lock was killed.
RUNNING, PUBLISHED, REFUSED, FAILED, INTERRUPTED, CRASHED, KILLED, ROLLED_BACK = (
    "running",
    "published",
    "refused",
    "failed",
    "interrupted",
    "crashed",
    "killed",
    "rolled back",
)


@dataclass
class Run:
    """The account of one run. Times are UTC; stages are in seconds; rows are counted per raw table."""

    run_id: str
    command: str
    started_at: str
    as_of_date: str | None = None
    result: str = RUNNING
    reason: str | None = None
    ended_at: str | None = None
    rule_version: str | None = None
    fingerprint: str | None = None
    raw_dir: str | None = None
    rules_dir: str | None = None
    files: dict[str, int] = field(default_factory=dict)
    rows_in: dict[str, int] = field(default_factory=dict)
    rows_set_aside: dict[str, int] = field(default_factory=dict)
    stage_seconds: dict[str, float] = field(default_factory=dict)
    nodes: dict[str, int] = field(default_factory=dict)

    @property
    def is_sound(self) -> bool:
        """Whether every part is of its kind; the file of an account may be spoiled."""
        counts = (self.files, self.rows_in, self.rows_set_aside, self.nodes)
        texts = (self.command, self.result, self.reason, self.rule_version, self.fingerprint)
        return (
            all(_is_map(one, int) for one in counts)
            and _is_map(self.stage_seconds, int | float)
            and all(isinstance(one, str | None) for one in (*texts, self.raw_dir, self.rules_dir))
            and isinstance(self.started_at, str)
            and all(map(_is_moment, (self.started_at, self.ended_at, self.as_of_date)))
        )

    def note_nodes(self, results: "list[NodeResult]") -> bool:
        """Counts how the nodes of a dbt run ended, and ends this run as failed if one did; whether all ended well."""
        for one in results:
            kind = f"{one.kind}s {one.status}"
            self.nodes[kind] = self.nodes.get(kind, 0) + 1
        ill = [one.name for one in results if not one.is_good]
        if ill:
            self.end(FAILED, f"{', '.join(ill[:10])}{' and more' if len(ill) > 10 else ''}")
        return not ill

    def end(self, result: str, reason: str | None = None) -> None:
        """States how the run ended, now."""
        self.result, self.reason, self.ended_at = result, reason, timestamp()


def _is_map(value: object, kind: type) -> bool:
    return isinstance(value, dict) and all(isinstance(one, kind) for one in value.values())


def _is_moment(value: object) -> bool:
    """Whether a value is a time or a day in ISO's notation, or nothing."""
    try:
        return value is None or bool(datetime.datetime.fromisoformat(value))
    except (TypeError, ValueError):
        return False


@contextmanager
def timed(run: Run, stage: str) -> Iterator[None]:
    """Notes how long a stage of a run takes, in seconds."""
    started = time.perf_counter()
    try:
        yield
    finally:
        run.stage_seconds[stage] = round(time.perf_counter() - started, 3)


def timestamp() -> str:
    """The time now, as text that sorts by time."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def new_run(store: Store, command: str, as_of: datetime.date | None = None) -> Run:
    """A run that begins now; its id comes after all others, also where the clock has gone back. Only under the lock."""
    started_at = timestamp()
    others = {path.stem for folder in (store.runs, store.versions) for path in folder.glob("[0-9]*-[0-9]*.*")}
    run_id = max([_id_of(started_at), *filter(None, map(_following, others))])
    return Run(run_id, command, started_at, as_of and as_of.isoformat())


def _id_of(moment: str) -> str:
    return moment.replace("-", "").replace(":", "").replace(".", "-").rstrip("Z")


def _following(name: str) -> str | None:
    """The run id a microsecond after another; None for a name that is no run id."""
    try:
        moment = datetime.datetime.strptime(name, _MOMENT) if _RUN_ID.fullmatch(name) else None
    except (ValueError, OverflowError):  # no such moment, or none after it
        return None
    return moment and _id_of((moment + datetime.timedelta(microseconds=1)).isoformat(timespec="microseconds"))


def save(store: Store, run: Run) -> None:
    """Writes the account of a run."""
    store.runs.mkdir(parents=True, exist_ok=True)
    write_whole(store.runs / f"{run.run_id}.json", json.dumps(dataclasses.asdict(run), indent=1))


def load_all(store: Store) -> list[Run]:
    """The accounts that are kept, the oldest first; one that cannot be read is left out."""
    found = []
    for path in sorted(store.runs.glob("*.json")):
        try:
            run = Run(**json.loads(path.read_text(encoding="utf-8")))
        except (ValueError, TypeError, OSError):
            continue
        if run.run_id == path.stem and run.is_sound:
            found.append(run)
    return found


def newest_published(store: Store, published_run_id: str) -> Run | None:
    """The account of the newest run that published; it may have been rolled back since. None if it is not known."""
    newest = [run for run in load_all(store) if run.result == PUBLISHED][-1:]
    return newest[0] if newest and newest[0].run_id >= published_run_id else None


def files_read(store: Store) -> dict[str, list]:
    """The files that the last published run has read, with their marks; none if that is not known."""
    files = read_object(store.files_read).get("files")
    return files if isinstance(files, dict) else {}


def note_files_read(store: Store, run: Run, files: dict[str, list]) -> None:
    """Notes the files that a run has read, before it publishes."""
    write_whole(store.files_being_read, json.dumps({"run_id": run.run_id, "files": files}))


def confirm_files_read(store: Store, published_run_id: str | None) -> None:
    """Lets what was noted hold if the run has published; drops it otherwise."""
    if published_run_id is not None and read_object(store.files_being_read).get("run_id") == published_run_id:
        store.files_being_read.replace(store.files_read)
    store.files_being_read.unlink(missing_ok=True)


@dataclass(frozen=True)
class FullBuild:
    """The last full build that was published: its raw files, its fingerprint, and its working database's mark."""

    run_id: str
    files: dict[str, list]
    fingerprint: str
    working: list


def full_build(store: Store) -> FullBuild | None:
    """The last full build that was published; None if that is not known."""
    try:
        return FullBuild(**read_object(store.full_build))
    except TypeError:
        return None


def note_full_build(store: Store, run: Run, files: dict[str, list]) -> None:
    """Says what a full build was made from, after it is published."""
    found = FullBuild(run.run_id, files, run.fingerprint, working_mark(store))
    write_whole(store.full_build, json.dumps(dataclasses.asdict(found)))


def working_mark(store: Store) -> list:
    """What tells whether the working database is still as a run has left it; nothing if it is gone."""
    try:
        return size_and_time(store.working)
    except OSError:
        return []


def size_and_time(path: Path) -> list[int]:
    """The size in bytes and the time of change of a file, in ns."""
    status = path.stat()
    return [status.st_size, status.st_mtime_ns]


def read_object(path: Path) -> dict:
    """What a small file of ours says; nothing if it is not there or spoiled."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def prune(store: Store) -> None:
    """Removes all but the newest accounts."""
    for path in sorted(store.runs.glob("*.json"))[:-KEPT_RUNS]:
        path.unlink(missing_ok=True)


def write_whole(path: Path, text: str) -> None:
    """Writes a file so that a reader, or a crash, finds the old text or the new one.

    Raises DiskFull, or OSError when it cannot be written.
    """
    half_written = path.with_name(f".{path.name}.tmp")
    try:
        with half_written.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        half_written.replace(path)
    except OSError as error:
        if not is_disk_full(error):
            raise
        half_written.unlink(missing_ok=True)
        raise DiskFull(path) from error
