"""What a build costs beside the build before the redesign, and beside the floor: the leanest SQL written by hand.

    python benchmarks/compare.py [CUSTOMERS ...]

For each size, one after the other: makes a sample shop whose ids are as long as real ones, builds it with the commit
BEFORE (in a worktree and a virtual environment of its own), with the code as it lies here, with and without tests,
and by floor.sql; and checks that the floor yields the same rows as we do. Writes benchmarks/compare.md and
benchmarks/compare.svg. Everything is in a temporary folder, the worktree included, and is removed at the end.

A million customers take half an hour and 20 GB of disk.
"""

import datetime
import json
import math
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape

import duckdb
from spine.run.project import memory_limit
from spine.sample.shop import generate_sample

PROJECT_DIR = Path(__file__).resolve().parents[1]
FLOOR = Path(__file__).with_name("floor.sql")
REPORT = Path(__file__).with_suffix(".md")
PLOT = Path(__file__).with_suffix(".svg")
BEFORE = "b63ca22"
LAST_DAY = datetime.date(2026, 6, 30)
WARM_UP = 300
MARTS = ("customers", "segment_members")
# Tests of what is selected come along unless dbt is told otherwise.
MODELS_ONLY = ("--select", "resource_type:seed", "resource_type:model")
WITHOUT_TESTS = {"DBT_INDIRECT_SELECTION": "empty"}
# As the data flows; folders of models that are not named here come before the tests.
STAGES = (
    "seeds",
    "staging",
    "identity",
    "activity",
    "features",
    "consent",
    "scoring",
    "segmentation",
    "quality",
    "marts",
)
HEADER = """\
# Before, now, and the floor

Written by `make compare`. Before is commit {before}; the floor is `benchmarks/floor.sql`, the leanest SQL that yields
`marts.customers` and `marts.segment_members`, run by DuckDB alone. All of a size ran one after the other, over the
same Parquet files, with ids as long as real ones. Processor seconds are those of all processes and threads; memory is
the peak of the largest process. Processors: {processors}.

![Processor seconds](compare.svg)
"""
COSTS = """\
| | wall s | processor s | of before | times the floor | peak GiB | database MiB |
|---|---|---|---|---|---|---|"""
SECONDS = """\
Seconds by stage, as dbt counts them: models that run at the same time count one by one, waiting included. Of a large
input one at a time is built now, and two were before: what compares them is processor seconds.

| stage | before | now, with tests | of before | now, models only |
|---|---|---|---|---|"""


@dataclass(frozen=True)
class Cost:
    """What one build took: seconds, peak of memory in GiB, size of the database in MiB, and seconds by stage."""

    wall: float
    processor: float
    memory: float
    database: float
    stages: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Comparison:
    """The costs of all builds of one size, by name, and how many rows went in and came out."""

    customers: int
    rows: dict[str, int]
    members: int
    costs: dict[str, Cost]


BUILDS = ("before, with tests", "now, with tests", "now, models only", "floor")


def main(sizes: list[int]) -> None:
    """Measures all sizes and writes the report and the plot."""
    with tempfile.TemporaryDirectory(prefix="spine-compare-") as folder, project_before(Path(folder)) as before:
        # What only a first build does, such as parsing the project, is done before anything counts.
        compare(WARM_UP, before, Path(folder) / "warm-up")
        comparisons = [compare(size, before, Path(folder) / str(size)) for size in sizes]
    header = HEADER.format(before=BEFORE, processors=os.cpu_count())
    REPORT.write_text("\n".join([header, *map(section, comparisons), *growth(comparisons)]), encoding="utf-8")
    PLOT.write_text(plot(comparisons), encoding="utf-8")
    print(REPORT.read_text(encoding="utf-8"))


@contextmanager
def project_before(folder: Path) -> Iterator[Path]:
    """The project as it was at BEFORE, installed; the worktree is taken out again.

    Raises subprocess.CalledProcessError if git does not have the commit, or its requirements cannot be installed.
    """
    project = folder / "before"
    git = ["git", "-C", str(PROJECT_DIR), "worktree"]
    subprocess.run([*git, "add", "--quiet", "--detach", str(project), BEFORE], check=True)
    try:
        subprocess.run(["make", "-C", str(project), ".venv/installed"], check=True, stdout=subprocess.DEVNULL)
        yield project
    finally:
        subprocess.run([*git, "remove", "--force", str(project)], check=True)


def compare(customers: int, before: Path, folder: Path) -> Comparison:
    """Makes a shop of that many customers in `folder`, builds it in all ways and removes it."""
    raw = folder / "raw"
    rows = in_a_process_of_its_own(make_shop, raw, customers)
    now = Path(sys.prefix)
    builds = (
        spine_build(before / ".venv", before, raw, folder / "before"),
        spine_build(now, PROJECT_DIR, raw, folder / "now"),
        spine_build(now, PROJECT_DIR, raw, folder / "models", *MODELS_ONLY, **WITHOUT_TESTS),
        floor(raw, folder / "floor"),
    )
    members = in_a_process_of_its_own(check_equal, folder / "now" / "shop.duckdb", folder / "floor" / "shop.duckdb")
    shutil.rmtree(folder)
    return Comparison(customers, rows, members, dict(zip(BUILDS, builds, strict=True)))


def in_a_process_of_its_own(work: Callable, *arguments: object) -> object:
    """What the work returns. Done here it would raise our own memory, which counts as the least peak of each child."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(work, arguments)


def make_shop(raw: Path, customers: int) -> dict[str, int]:
    """Makes the sample shop; returns its rows per table."""
    return generate_sample(raw, customers=customers, until=LAST_DAY, long_ids=True)


def spine_build(venv: Path, project: Path, raw: Path, folder: Path, *options: str, **variables: str) -> Cost:
    """What `spine build` costs, as a user runs it."""
    command = [venv / "bin" / "spine", "build", "--raw", raw, "--db", folder / "shop.duckdb", "--as-of", LAST_DAY]
    return measured([*command, *options], project, folder, **variables)


def floor(raw: Path, folder: Path) -> Cost:
    """What floor.sql costs, in a process of its own."""
    return measured([sys.executable, __file__, "run-floor", raw, folder / "shop.duckdb"], PROJECT_DIR, folder)


def run_floor(raw: str, db: str) -> None:
    """Runs floor.sql with the memory that a build may have."""
    with duckdb.connect(db, config={"memory_limit": memory_limit()}) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("set variable raw = ?", [raw])
        connection.execute("set variable rules = ?", [str(PROJECT_DIR / "seeds" / "rules")])
        connection.execute("set variable as_of = ?::date", [LAST_DAY])
        connection.execute(FLOOR.read_text(encoding="utf-8"))


def measured(command: list[object], project: Path, folder: Path, **variables: str) -> Cost:
    """What a command costs that builds `shop.duckdb` in the folder.

    Raises RuntimeError if it fails; what it printed is in `output.txt` of the folder until then.
    """
    folder.mkdir(parents=True)
    places = {"DBT_TARGET_PATH": folder / "target", "DBT_LOG_PATH": folder / "logs"}
    environment = os.environ | {name: str(value) for name, value in (places | variables).items()}
    with (folder / "output.txt").open("w") as output:
        started = time.perf_counter()
        process = subprocess.Popen(
            list(map(str, command)), cwd=project, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
        # The usage of a process that has ended includes the processes that it started and waited for.
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
    if os.waitstatus_to_exitcode(status) != 0:
        last_lines = (folder / "output.txt").read_text(encoding="utf-8").splitlines()[-30:]
        raise RuntimeError("\n".join([f"{' '.join(map(str, command))} failed:", *last_lines]))
    cost = Cost(
        wall,
        usage.ru_utime + usage.ru_stime,
        usage.ru_maxrss / 2**20,
        (folder / "shop.duckdb").stat().st_size / 2**20,
        seconds_by_stage(folder / "target"),
    )
    # One size takes up to half an hour, so what was measured is not lost if a later step fails.
    print(f"{folder.parent.name} customers, {folder.name}: {cost}", flush=True)
    return cost


def seconds_by_stage(target: Path) -> dict[str, float]:
    """The seconds of dbt's last run by stage; none if dbt did not run."""
    if not target.exists():
        return {}
    nodes = json.loads((target / "manifest.json").read_text(encoding="utf-8"))["nodes"]
    seconds = defaultdict(float)
    for result in json.loads((target / "run_results.json").read_text(encoding="utf-8"))["results"]:
        if result["unique_id"] in nodes:
            seconds[stage_of(nodes[result["unique_id"]])] += result["execution_time"]
    return dict(seconds)


def stage_of(node: dict) -> str:
    """The folder of a model's topic; seeds and tests are stages of their own."""
    if node["resource_type"] == "model":
        layer, *topics = Path(node["original_file_path"]).parts[1:-1]
        return topics[0] if layer == "intermediate" else layer
    return f"{node['resource_type']}s"


def check_equal(ours: Path, floor_db: Path) -> int:
    """How many members there are, after a look whether the marts of both have the same rows, all columns compared.

    Raises RuntimeError, with the mart and how many rows each side has alone, if they differ.
    """
    with duckdb.connect() as connection:
        for name, path in (("ours", ours), ("floor", floor_db)):
            connection.execute(f"attach '{path}' as {name} (read_only)")
        for mart in MARTS:
            described = {
                side: connection.execute(f"describe {side}.marts.{mart}").fetchall() for side in ("ours", "floor")
            }
            columns, of_floor = ([column[0] for column in described[side]] for side in ("ours", "floor"))
            if set(columns) != set(of_floor):
                differing = ", ".join(sorted(set(columns) ^ set(of_floor)))
                raise RuntimeError(f"marts.{mart}: only the floor, or only we, have the columns {differing}")
            rows = {side: f"select {', '.join(columns)} from {side}.marts.{mart}" for side in ("ours", "floor")}
            alone = [
                connection.execute(f"select count(*) from ({one} except all {other})").fetchone()[0]
                for one, other in ((rows["ours"], rows["floor"]), (rows["floor"], rows["ours"]))
            ]
            if any(alone):
                raise RuntimeError(f"marts.{mart}: {alone[0]} rows are only ours, {alone[1]} only the floor's")
        return connection.execute("select count(*) from floor.marts.segment_members").fetchone()[0]


def section(comparison: Comparison) -> str:
    """The part of the report on one size."""
    before, now, models, lowest = (comparison.costs[name] for name in BUILDS)
    lines = [
        f"## {comparison.customers:,} customers", "",
        ", ".join(f"{comparison.rows[table]:,} {table}" for table in ("orders", "order_items", "events"))
        + f". The floor's customers and {comparison.members:,} memberships are ours, row for row.", "",
        COSTS,
    ]  # fmt: skip
    for name, cost in comparison.costs.items():
        lines.append(
            f"| {name} | {cost.wall:.1f} | {cost.processor:.1f} | {cost.processor / before.processor:.2f} "
            f"| {cost.processor / lowest.processor:.1f} | {cost.memory:.1f} | {cost.database:,.0f} |"
        )
    lines += ["", SECONDS]
    found = before.stages | now.stages
    others = sorted(set(found) - set(STAGES) - {"tests"})
    for stage in (*STAGES, *others, "tests"):
        if stage in found:
            first, then, alone = (build.stages.get(stage, 0) for build in (before, now, models))
            share = f"{then / first:.2f}" if first else "-"
            lines.append(f"| {stage} | {first:.1f} | {then:.1f} | {share} | {alone:.1f} |")
    return "\n".join([*lines, ""])


def growth(comparisons: list[Comparison]) -> list[str]:
    """How processor seconds grow with the number of customers, from the smallest size to the largest."""
    if len(comparisons) < 2:
        return []
    by_size = sorted(comparisons, key=lambda one: one.customers)
    small, large = by_size[0], by_size[-1]
    lines = [f"## Growth from {small.customers:,} to {large.customers:,} customers", "", "| | exponent |", "|---|---|"]
    for name in BUILDS:
        ratio = large.costs[name].processor / small.costs[name].processor
        lines.append(f"| {name} | {math.log(ratio) / math.log(large.customers / small.customers):.2f} |")
    return [*lines, ""]


def plot(comparisons: list[Comparison]) -> str:
    """Bars of processor seconds, a group per size, as an SVG."""
    row, label, longest = 26, 150, 420
    parts, top = [], 10
    for comparison in comparisons:
        parts.append(f'<text x="10" y="{top + 18}" font-weight="bold">{comparison.customers:,} customers</text>')
        top += row + 4
        most = max(cost.processor for cost in comparison.costs.values())
        least = comparison.costs["floor"].processor
        for name, cost in comparison.costs.items():
            width = longest * cost.processor / most
            colour = "#9aa5b1" if name in (BUILDS[0], BUILDS[-1]) else "#2f6f9f"
            stated = f"{cost.processor:.0f} s, {cost.processor / least:.1f} times the floor"
            parts.append(f'<text x="{label - 8}" y="{top + 15}" text-anchor="end">{escape(name)}</text>')
            parts.append(f'<rect x="{label}" y="{top}" width="{width:.1f}" height="{row - 6}" fill="{colour}"/>')
            parts.append(f'<text x="{label + width + 6:.1f}" y="{top + 15}">{stated}</text>')
            top += row
        top += 14
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="760" height="{top}" font-family="sans-serif" font-size="13">'
        f'<rect width="760" height="{top}" fill="white"/>'
    )
    return "\n".join([opening, *parts, "</svg>", ""])


if __name__ == "__main__":
    if sys.argv[1:2] == ["run-floor"]:
        run_floor(*sys.argv[2:])
    else:
        main([int(size) for size in sys.argv[1:]] or [20_000])
