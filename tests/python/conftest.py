"""Fixtures that several test files share: the runner in a process of its own, and a built sample shop."""

import datetime
import fcntl
import gc
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from spine.sample.shop import generate_sample

PROJECT_DIR = Path(__file__).resolve().parents[2]
BIN_DIR = Path(sys.executable).parent
SAMPLE_DAY = datetime.date(2026, 6, 30)
# The oracle keeps millions of small objects, and the collector goes through them again and again: at its usual pace it
# takes a fifth of the time of a large shop.
gc.set_threshold(100_000, 20, 20)
OWN_VARIABLES = ("RAW_DIR", "RAW_SCHEMA", "SPINE_DB", "SPINE_AS_OF", "SPINE_RULES")


@dataclass(frozen=True)
class Run:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def all_text(self) -> str:
        return self.out + self.err


def environment_of(scratch: Path, **variables: str) -> dict[str, str]:
    """An environment whose dbt artifacts and logs lie under `scratch`, free of the caller's own settings."""
    inherited = {name: value for name, value in os.environ.items() if name not in OWN_VARIABLES}
    own = {"DBT_TARGET_PATH": str(scratch / "target"), "DBT_LOG_PATH": str(scratch / "logs"), "COLUMNS": "80"}
    return {**inherited, **own, **variables}


def run_command(command: str, *arguments: object, scratch: Path, cwd: Path | None = None, **variables: str) -> Run:
    """Runs `spine` or `dbt` in a process of its own."""
    scratch.mkdir(parents=True, exist_ok=True)
    ended = subprocess.run(
        [str(BIN_DIR / command), *map(str, arguments)],
        env=environment_of(scratch, **variables),
        cwd=cwd or scratch,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    return Run(ended.returncode, ended.stdout, ended.stderr)


def run_spine(*arguments: object, scratch: Path, cwd: Path | None = None, **variables: str) -> Run:
    """Runs `spine` in a process of its own."""
    return run_command("spine", *arguments, scratch=scratch, cwd=cwd, **variables)


def run_dbt(*arguments: object, scratch: Path, **variables: str) -> Run:
    """Runs plain dbt with the project's own profile."""
    return run_command("dbt", *arguments, scratch=scratch, cwd=PROJECT_DIR, **variables)


# For builds whose marts alone are looked at: the data tests take a third of a small build.
MODELS_ONLY = ("--select", "resource_type:seed", "resource_type:model")
WITHOUT_TESTS = {"DBT_INDIRECT_SELECTION": "empty"}
# Days that begin at another hour, and refunds on the day of their order: each reads columns that the defaults do not.
OTHER_SETTINGS = "timezone: Europe/Berlin\nrefund_date_policy: ordered_on\n"
# Plain dbt is told the currency, which the runner finds out.
IN_DOLLARS = ("--vars", "{reporting_currency: USD}")


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A folder that is made once for all workers of pytest-xdist."""
    base = factory.getbasetemp()
    shared = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / f"shared-{name}"
    shared.mkdir(exist_ok=True)
    with (shared / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / ".made").exists():
            make(shared)
            (shared / ".made").touch()
    return shared


@pytest.fixture(scope="session")
def sample_raw(tmp_path_factory) -> Path:
    """The raw folder of a sample shop with 300 customers, until SAMPLE_DAY."""

    def make(folder: Path) -> None:
        generate_sample(folder / "raw", customers=300, until=SAMPLE_DAY)

    return once(tmp_path_factory, "sample", make) / "raw"


@dataclass(frozen=True)
class Built:
    """A database built by `spine build`, and what was printed."""

    db: Path
    raw: Path
    run: Run


@pytest.fixture(scope="session")
def built(tmp_path_factory, sample_raw) -> Built:
    """The sample shop, built; read it only."""

    def make(folder: Path) -> None:
        arguments = ("--raw", sample_raw, "--db", folder / "shop.duckdb", "--as-of", SAMPLE_DAY)
        run = run_spine("build", *arguments, scratch=folder)
        (folder / "code").write_text(str(run.code))
        (folder / "out").write_text(run.out)
        (folder / "err").write_text(run.err)

    folder = once(tmp_path_factory, "built", make)
    run = Run(int((folder / "code").read_text()), (folder / "out").read_text(), (folder / "err").read_text())
    return Built(folder / "shop.duckdb", sample_raw, run)


@pytest.fixture(scope="session")
def chain(tmp_path_factory, sample_raw):
    """The sample shop on each of the days of history_chain.DAYS; read it only."""
    # Not at the top: history_chain imports this module.
    from history_chain import build_chain

    return build_chain(tmp_path_factory, sample_raw)
