"""What a person sees while dbt works: a live bar on a terminal, plain lines elsewhere."""

import sys
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

GOOD_STATUSES = ("success", "pass", "skipped", "no-op")


class BuildProgress:
    """Follows dbt's events. Use as a context manager and hand `on_event` to dbt as a callback."""

    def __init__(self, console: Console):
        self._console = console
        self._done, self._total = 0, 0
        self._bar = None
        if sys.stdout.isatty():
            self._bar = Progress(
                TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
                console=console, transient=True,
            )  # fmt: skip
            self._task = self._bar.add_task("starting dbt", total=None)

    def __enter__(self) -> Self:
        if self._bar:
            self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._bar:
            self._bar.stop()

    def on_event(self, event: object) -> None:
        """Takes one event of dbt; those that do not concern nodes are passed over."""
        name = event.info.name
        if name == "ConcurrencyLine":
            self._total = event.data.node_count
            if self._bar:
                self._bar.update(self._task, total=self._total)
        elif name == "NodeStart" and self._bar:
            self._bar.update(self._task, description=event.data.node_info.node_name)
        elif name == "NodeFinished":
            self._finish(event.data.node_info)

    def _finish(self, node: object) -> None:
        self._done += 1
        status = node.node_status
        if self._bar:
            self._bar.update(self._task, completed=self._done)
        elif node.resource_type != "test" or status not in GOOD_STATUSES:
            self._console.print(
                f"[{self._done}/{self._total}] {node.resource_type} {node.node_name}: {status}",
                markup=False, highlight=False, soft_wrap=True,
            )  # fmt: skip
