"""What dbt left of a run, read from its artifacts; messages without values of the data, on disk as well."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from spine.messages import is_of_duckdb, safe_message
from spine.project import PROJECT_DIR

GOOD_STATUSES = ("success", "pass", "warn", "skipped", "no-op")


@dataclass(frozen=True)
class NodeResult:
    """How one seed, model or test ended; `message` holds no value of the data."""

    unique_id: str
    kind: str
    name: str
    status: str
    seconds: float
    message: str
    failures: int

    @property
    def is_good(self) -> bool:
        """Whether the node did what it should, or was merely worth a warning."""
        return self.status in GOOD_STATUSES


def target_dir() -> Path:
    """Where dbt leaves its artifacts."""
    return Path(PROJECT_DIR, os.environ.get("DBT_TARGET_PATH") or "target")


def forget_results() -> None:
    """Removes the results of an earlier run, so that they are not taken for those of the next."""
    _results_file().unlink(missing_ok=True)


def cleaned_results() -> list[NodeResult] | None:
    """The results of the last run, cleaned of values in the file as well; None if dbt left none."""
    path = _results_file()
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    for entry in document["results"]:
        entry["message"] = _safe(entry)
    path.write_text(json.dumps(document), encoding="utf-8")
    return [_node_result(entry) for entry in document["results"]]


def manifest_nodes() -> dict[str, dict]:
    """The nodes of the last manifest by their id; none if there is no manifest."""
    try:
        return json.loads((target_dir() / "manifest.json").read_text(encoding="utf-8"))["nodes"]
    except (OSError, ValueError, KeyError):
        return {}


def _results_file() -> Path:
    return target_dir() / "run_results.json"


def _safe(entry: dict) -> str:
    message = entry.get("message") or ""
    is_seed = entry["unique_id"].startswith("seed.")  # its rows are rules, nobody's data
    if is_seed or not is_of_duckdb(message):
        return message
    return safe_message(message, entry.get("compiled_code") or "")


def _node_result(entry: dict) -> NodeResult:
    kind, _, name = entry["unique_id"].split(".")[:3]
    return NodeResult(
        unique_id=entry["unique_id"],
        kind=kind,
        name=name,
        status=entry["status"],
        seconds=entry["execution_time"],
        message=entry["message"],
        failures=entry.get("failures") or 0,
    )
