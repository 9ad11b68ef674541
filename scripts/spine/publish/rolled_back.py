"""Where somebody has gone back to an earlier version: it stays until raw files come that were not there then."""

import json
from pathlib import Path

from spine.publish.fingerprint import changed_files, raw_inventory
from spine.publish.publication import Publication
from spine.publish.runs import Run, files_read, read_object, write_whole
from spine.publish.store import Store


def note_rollback(store: Store, run_id: str, newest: Run | None) -> None:
    """Notes which raw files there are when the version of a run is put in place again.

    It looks in the folder that the `newest` run has read.

    Raises DiskFull, or OSError when it cannot be written.
    """
    raw_dir = newest and newest.raw_dir
    files = raw_inventory(Path(raw_dir)) if raw_dir and Path(raw_dir).is_dir() else files_read(store)
    write_whole(store.rolled_back, json.dumps({"run_id": run_id, "files": files}))


def newer_input(store: Store, published: Publication, files: dict[str, list]) -> list[str]:
    """The raw files that have come, or were replaced, since somebody has gone back to what is published.

    Where that was not noted, those since the newest run that published.
    """
    noted = read_object(store.rolled_back)
    before = noted.get("files") if noted.get("run_id") == published.run_id else None
    changes = changed_files(before if isinstance(before, dict) else files_read(store), files)
    return [*changes["new"], *changes["changed"]]
