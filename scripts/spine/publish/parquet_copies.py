"""Parquet copies of what is published: a folder per run, whole or not there, and a link to the newest."""

import contextlib
from pathlib import Path

import duckdb

from spine.publish.publication import mart_names, mart_views
from spine.publish.store import Store, make_read_only, remove
from spine.raw.views import quoted_name, quoted_text
from spine.run.database import write_fault

LATEST = "latest"


def copy_to_parquet(store: Store, run_id: str, folder: Path, keep: int) -> None:
    """Writes the published marts of a run into `folder/run_id`, and points `folder/latest` to it.

    What is there already stays. All but the newest `keep` sets are removed.

    Raises DiskFull, or UsageError when the folder cannot be written; no half set is left then.
    """
    complete, half_written = folder / run_id, folder / f".{run_id}.tmp"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for left_over in folder.glob(".*.tmp"):
            remove(left_over)
        if not complete.is_dir():
            half_written.mkdir()
            _copy(store.db, half_written)
            half_written.rename(complete)
        link = folder / f".{LATEST}.tmp"
        link.symlink_to(run_id)
        link.replace(folder / LATEST)
    except (duckdb.Error, OSError) as error:
        with contextlib.suppress(OSError):  # half a set only takes room
            remove(half_written)
        raise write_fault(f"--parquet {folder}", error) from error
    for run in _sets(folder, store)[:-keep]:
        if run != run_id:
            remove(folder / run)


def _copy(version: Path, target: Path) -> None:
    with duckdb.connect(str(version), read_only=True) as connection:
        database = connection.execute("select current_database()").fetchall()[0][0]
        for mart in (*mart_names(connection, database), *mart_views(connection, database)):
            copy = target / f"{mart}.parquet"
            options = "(format parquet, compression zstd)"
            connection.execute(f"copy marts.{quoted_name(mart)} to {quoted_text(str(copy))} {options}")
            make_read_only(copy)


def _sets(folder: Path, store: Store) -> list[str]:
    """The runs of which the folder holds a set, the oldest first; other folders are left alone."""
    published = {path.stem for path in store.runs.glob("*.json")}
    return sorted(path.name for path in folder.iterdir() if path.name in published and path.is_dir())
