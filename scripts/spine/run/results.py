"""What became of a dbt run: its results and its artifacts, with messages that hold no value of the data."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from dbt.artifacts.schemas.run import RunExecutionResult
from dbt.contracts.graph.nodes import ResultNode

from spine.run.messages import is_of_duckdb, safe_message
from spine.run.project import PROJECT_DIR

GOOD_STATUSES = ("success", "pass", "warn", "skipped", "no-op")


@dataclass(frozen=True)
class NodeResult:
    """How one seed, model or test ended; `message` holds no value of the data."""

    node: ResultNode
    status: str
    seconds: float
    message: str
    failures: int

    @property
    def kind(self) -> str:
        """What dbt calls its kind: seed, model, test or unit_test."""
        return str(self.node.resource_type)

    @property
    def name(self) -> str:
        """Its name in the project."""
        return self.node.name

    @property
    def is_good(self) -> bool:
        """Whether the node did what it should, or was merely worth a warning."""
        return self.status in GOOD_STATUSES


def target_dir() -> Path:
    """Where dbt leaves its artifacts."""
    return Path(PROJECT_DIR, os.environ.get("DBT_TARGET_PATH") or "target")


def results_of(run: RunExecutionResult) -> list[NodeResult]:
    """How each node of a run ended."""
    return [
        NodeResult(
            node=one.node,
            status=str(one.status),
            seconds=one.execution_time,
            message=_safe(one.node.unique_id, one.message, getattr(one.node, "compiled_code", None)),
            failures=one.failures or 0,
        )
        for one in run.results
    ]


def clean_artifact() -> None:
    """Cuts values of the data from the results that dbt has left on disk; without room for that, removes them."""
    path = target_dir() / "run_results.json"
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):  # half written by another process, which cleans what it writes
        return
    for entry in document["results"]:
        entry["message"] = _safe(entry["unique_id"], entry.get("message"), entry.get("compiled_code"))
    clean = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        clean.write_text(json.dumps(document), encoding="utf-8")
        clean.replace(path)
    except OSError:
        clean.unlink(missing_ok=True)
        path.unlink(missing_ok=True)


def _safe(unique_id: str, message: str | None, compiled_code: str | None) -> str:
    is_seed = unique_id.startswith("seed.")  # its rows are rules, nobody's data
    if is_seed or not message or not is_of_duckdb(message):
        return message or ""
    return safe_message(message, compiled_code or "")
