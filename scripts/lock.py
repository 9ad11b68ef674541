"""Writes the lock files: exact versions with hashes, for the project and for the older engine that must work."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# dbt-core 1.12 asks for a parser that is downloaded while it builds and is used only with --use-v2-parser.
UNUSED_PARSER = "dbt-core-experimental-parser"
LOCKS = {
    "requirements.lock": {},
    "requirements-duckdb-1.5.lock": {"duckdb": "duckdb>=1.5,<1.6"},
}


def write_lock(name: str, replaced: dict[str, str]) -> None:
    """Compiles requirements.in, with some requirements replaced, into the lock file `name`."""
    lines = (ROOT / "requirements.in").read_text(encoding="utf-8").splitlines()
    requirements = [replaced.get(re.split("[=<>]", line)[0], line) for line in lines]
    locked = subprocess.run(
        [
            "uv", "pip", "compile", "-", "--override", str(ROOT / "requirements.override"), "--python-version", "3.11",
            "--universal", "--generate-hashes", "--no-emit-index-url", "--no-header", "--quiet",
            "--no-emit-package", UNUSED_PARSER,
        ],
        input="\n".join(requirements), capture_output=True, text=True, check=True, cwd=ROOT,
    ).stdout  # fmt: skip
    (ROOT / name).write_text(locked.split("\n# The following packages")[0].rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    for lock_name, replacements in LOCKS.items():
        write_lock(lock_name, replacements)
