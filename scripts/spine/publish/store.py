"""Where everything lies that belongs to one published database."""

import shutil
import stat
from dataclasses import dataclass
from pathlib import Path


def home_of(db: Path) -> Path:
    """The folder that `spine refresh` keeps beside a published database."""
    return Path(f"{db}.spine")


@dataclass(frozen=True)
class Store:
    """A published database, which readers open, and the folder beside it, which only `spine` touches."""

    db: Path

    def __post_init__(self) -> None:
        """A link stays a link: what it points to is what is published."""
        if self.db.is_symlink():
            object.__setattr__(self, "db", self.db.resolve())

    @property
    def home(self) -> Path:
        """The folder beside the database."""
        return home_of(self.db)

    @property
    def working(self) -> Path:
        """The database that a run builds and tests before anything is published."""
        return self.home / "working.duckdb"

    @property
    def slice(self) -> Path:
        """The small database of the customers whom new files touch, while it is built."""
        return self.home / "slice.duckdb"

    @property
    def slice_rules(self) -> Path:
        """What each slice begins as: the rules and functions, and nothing else."""
        return self.home / "slice_rules.duckdb"

    @property
    def versions(self) -> Path:
        """The published versions that are kept, one file per run."""
        return self.home / "versions"

    @property
    def days(self) -> Path:
        """The ledger of days that are being made, up to the last whole one."""
        return self.home / "days.duckdb"

    @property
    def histories(self) -> Path:
        """What runs that made missed days went on from, one file per run."""
        return self.home / "histories"

    @property
    def runs(self) -> Path:
        """The accounts of runs, one file each."""
        return self.home / "runs"

    @property
    def files_read(self) -> Path:
        """The files that the last published run has read, and their marks."""
        return self.home / "files_read.json"

    @property
    def files_being_read(self) -> Path:
        """What is to be `files_read` as soon as the run at work has put its version in place."""
        return self.home / "files_being_read.json"

    @property
    def full_build(self) -> Path:
        """The last published full build: its files, its fingerprint, and the mark of its working database."""
        return self.home / "full_build.json"

    @property
    def read_whole(self) -> Path:
        """The size and time of change of each published file when it was last read whole."""
        return self.home / "read_whole.json"

    @property
    def rolled_back(self) -> Path:
        """The version that was gone back to, and the raw files that there were then."""
        return self.home / "rolled_back.json"

    @property
    def lock(self) -> Path:
        """The file that the run at work holds; gone when nobody is at work."""
        return self.home / "lock"

    @property
    def watch_lock(self) -> Path:
        """The file that `spine watch` holds for as long as it looks for news."""
        return self.home / "watch.lock"

    def version(self, run_id: str) -> Path:
        """The file that a run published."""
        return self.versions / f"{run_id}.duckdb"

    def history(self, run_id: str) -> Path:
        """The ledger with the days that a run made before its own; no file if it made none."""
        return self.histories / f"{run_id}.duckdb"


def make_read_only(path: Path) -> None:
    """Takes the right to write from a file, and gives no right to read: who may read it is for the umask to say."""
    mode = stat.S_IMODE(path.stat().st_mode)
    path.chmod(mode & ~(stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH))


def remove(path: Path) -> None:
    """Removes a file, a link or a whole folder."""
    shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
