"""The accounts of runs: one small file per run, written whole or not at all."""

import dataclasses
import datetime
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from spine.store import Store

if TYPE_CHECKING:
    from spine.results import NodeResult

KEPT_RUNS = 200
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
    files: dict[str, int] = field(default_factory=dict)
    rows_in: dict[str, int] = field(default_factory=dict)
    rows_set_aside: dict[str, int] = field(default_factory=dict)
    stage_seconds: dict[str, float] = field(default_factory=dict)
    nodes: dict[str, int] = field(default_factory=dict)

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


def new_run(command: str, as_of: datetime.date | None = None) -> Run:
    """A run that begins now; its id sorts by time."""
    started_at = timestamp()
    run_id = started_at.replace("-", "").replace(":", "").replace(".", "-").rstrip("Z")
    return Run(run_id, command, started_at, as_of and as_of.isoformat())


def save(store: Store, run: Run) -> None:
    """Writes the account of a run."""
    store.runs.mkdir(parents=True, exist_ok=True)
    write_whole(store.runs / f"{run.run_id}.json", json.dumps(dataclasses.asdict(run), indent=1))


def load_all(store: Store) -> list[Run]:
    """The accounts that are kept, the oldest first; one that cannot be read is left out."""
    found = []
    for path in sorted(store.runs.glob("*.json")):
        try:
            found.append(Run(**json.loads(path.read_text(encoding="utf-8"))))
        except (ValueError, TypeError, OSError):
            continue
    return found


def taken_in(store: Store) -> dict[str, list]:
    """The files that the last published run took in, with their marks; none if that is not known."""
    try:
        return json.loads(store.taken_in.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def prune(store: Store) -> None:
    """Removes all but the newest accounts."""
    for path in sorted(store.runs.glob("*.json"))[:-KEPT_RUNS]:
        path.unlink(missing_ok=True)


def write_whole(path: Path, text: str) -> None:
    """Writes a file so that a reader, or a crash, finds the old text or the new one."""
    half_written = path.with_name(f".{path.name}.tmp")
    with half_written.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    half_written.replace(path)
