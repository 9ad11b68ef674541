"""What a person sees while dbt works: a live bar on a terminal, plain lines elsewhere."""

import threading
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

SHOWN_KINDS = ("model", "seed")
GOOD_STATUSES = ("success", "pass", "no-op")


class BuildProgress:
    """Follows dbt's events. Use as a context manager and hand `on_event` to dbt as a callback."""

    def __init__(self, console: Console, quiet: bool = False):
        self._console, self._quiet = console, quiet
        self._lock = threading.Lock()  # dbt calls back from each of its threads
        self._done, self._total = 0, 0
        self._at_work: dict[str, str] = {}
        self._bar = None
        if console.is_terminal and not console.is_dumb_terminal:
            self._bar = Progress(
                BarColumn(bar_width=24),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                TextColumn("{task.description}", markup=False),
                console=console,
                transient=True,
            )
            self._task = self._bar.add_task("starting dbt", total=None)

    def __enter__(self) -> Self:
        if self._bar:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar:
            self._bar.stop()

    def on_event(self, event: object) -> None:
        """Takes one event of dbt; those that do not concern nodes are passed over."""
        name = event.info.name
        with self._lock:
            if name == "ConcurrencyLine":
                self._total = event.data.node_count
                if self._bar:
                    self._bar.update(self._task, total=self._total)
            elif name == "NodeStart":
                self._at_work[event.data.node_info.unique_id] = event.data.node_info.node_name
                self._show_work()
            elif name == "NodeFinished":
                self._finish(event.data.node_info, event.data.run_result.execution_time)

    def _show_work(self) -> None:
        if self._bar:
            self._bar.update(self._task, description=", ".join(list(self._at_work.values())[:1]), completed=self._done)

    def _finish(self, node: object, seconds: float) -> None:
        self._done += 1
        self._at_work.pop(node.unique_id, None)
        self._show_work()
        is_good = node.node_status in GOOD_STATUSES
        if self._is_shown(node, is_good):
            ending = f"{seconds:.1f} s" if is_good else node.node_status.upper()
            place = f"[{self._done:>{len(str(self._total))}}/{self._total}]"
            self._console.print(f"{place} {node.resource_type} {node.node_name}: {ending}", soft_wrap=True)

    def _is_shown(self, node: object, is_good: bool) -> bool:
        if self._quiet or node.node_status == "skipped":
            return False
        return not is_good or (node.resource_type in SHOWN_KINDS and not self._bar)
