"""How time and memory of `spine sample` and `spine build` grow with the number of customers.

Usage: make benchmark [CUSTOMERS=20000]. Makes and builds a shop of that many customers and one of ten times as
many, in turn, three times; writes the medians and their ratios to benchmarks/scale.md. A ratio says more than
seconds: both sides ran on the same machine in the same minutes. Ten times the customers should take no more
than ten times the time.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

PROJECT_DIR = Path(__file__).resolve().parents[1]
REPORT = PROJECT_DIR / "benchmarks" / "scale.md"
SPINE = Path(sys.executable).parent / "spine"
LAST_DAY = "2026-06-30"
ROUNDS = 3
FACTOR = 10


@dataclass(frozen=True)
class Cost:
    """Wall-clock seconds and peak resident memory, in GiB, of one process."""

    seconds: float
    gibibytes: float


def run(*arguments: object) -> Cost:
    """Runs `spine` with the arguments.

    Raises RuntimeError if it fails.
    """
    started = time.perf_counter()
    process = subprocess.Popen([str(SPINE), *map(str, arguments)], stdout=subprocess.DEVNULL, cwd=PROJECT_DIR)
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        raise RuntimeError(f"spine {arguments[0]} failed")
    return Cost(time.perf_counter() - started, usage.ru_maxrss / 2**20)


def measure(customers: int, folder: Path) -> dict[str, Cost]:
    """What making and building a shop costs."""
    raw, db = folder / f"raw-{customers}", folder / f"shop-{customers}.duckdb"
    db.unlink(missing_ok=True)
    return {
        "sample": run("sample", "--out", raw, "--customers", customers, "--until", LAST_DAY),
        "build": run("build", "--raw", raw, "--db", db, "--as-of", LAST_DAY),
    }


def main(customers: int) -> None:
    """Measures both sizes in turn and writes the report."""
    sizes = (customers, customers * FACTOR)
    with tempfile.TemporaryDirectory(prefix="spine-scale-") as folder:
        rounds = [{size: measure(size, Path(folder)) for size in sizes} for _ in range(ROUNDS)]
    lines = [
        "# Scale", "",
        f"Medians of {ROUNDS} rounds of both sizes in turn. Written by `make benchmark`.", "",
        f"| step | {sizes[0]:,} customers | {sizes[1]:,} customers | ratio of time | ratio of memory |",
        "|---|---|---|---|---|",
    ]  # fmt: skip
    for step in ("sample", "build"):
        small, large = (
            [statistics.median(getattr(one[size][step], name) for one in rounds) for name in ("seconds", "gibibytes")]
            for size in sizes
        )
        lines.append(
            f"| {step} | {small[0]:.0f} s, {small[1]:.1f} GiB | {large[0]:.0f} s, {large[1]:.1f} GiB "
            f"| {large[0] / small[0]:.1f} | {large[1] / small[1]:.1f} |"
        )
    REPORT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
