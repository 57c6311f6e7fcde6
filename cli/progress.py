"""A run as it goes: a live board on a terminal, a line a step elsewhere."""

import time
from types import TracebackType

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from ..compiler.plan import Plan
from ..runtime.events import (
    Event,
    RunStarted,
    StepFellBack,
    StepFinished,
    StepRetried,
    StepStarted,
)
from ..runtime.monitoring.wording import count
from ..runtime.reasons import FIRST

MARKS = {
    "done": ("✓", "green"),
    "cached": ("=", "bright_black"),
    "failed": ("✗", "red"),
    "gate_failed": ("✗", "red"),
    "blocked": ("·", "yellow"),
    "skipped": ("·", "bright_black"),
    "cancelled": ("·", "yellow"),
}
_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


class Progress:
    """Shows the events of a run on standard error."""

    def __init__(self, plan: Plan, *, quiet: bool = False) -> None:
        self.plan = plan
        self.console = Console(stderr=True, quiet=quiet, highlight=False)
        self.total = 0
        self.settled = 0
        self.cached = 0
        self.began = time.monotonic()
        self.running: dict[str, float] = {}
        self.why: dict[str, str] = {}
        self.live: Live | None = None
        if self.console.is_terminal and not quiet:
            self.live = Live(
                get_renderable=self._board,
                console=self.console,
                refresh_per_second=10,
                transient=True,
            )

    def __enter__(self) -> "Progress":
        if self.live:
            self.live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self.live:
            self.live.stop()

    def on_event(self, event: Event) -> None:
        """Take in what the engine tells."""
        match event:
            case RunStarted():
                self.total, self.began = len(event.steps), time.monotonic()
            case StepStarted():
                self.running[event.step_id] = time.monotonic()
                self.why[event.step_id] = event.why
            case StepRetried():
                self._line("↻", "yellow", event.step_id, f"attempt {event.attempt}: {event.reason}")
            case StepFellBack():
                self._line("!", "yellow", event.step_id, f"on the CPU: {event.reason}")
            case StepFinished():
                self._finished(event)
            case _:
                pass

    def _finished(self, event: StepFinished) -> None:
        self.running.pop(event.step_id, None)
        self.settled += 1
        if event.state in ("cached", "skipped"):
            self.cached += event.state == "cached"
            return
        mark, color = MARKS[event.state]
        why = self.why.get(event.step_id, "")
        told = f"; {why}" if why and why != FIRST and event.error is None else ""
        self._line(mark, color, event.step_id, _said(event) + told)

    def _line(self, mark: str, color: str, step_id: str, text: str) -> None:
        line = Text.assemble((mark, color), " ", (step_id.ljust(34), "bold"), " ", (text, "dim"))
        self.console.print(line, soft_wrap=not self.console.is_terminal, no_wrap=True)

    def _board(self) -> Group:
        now = time.monotonic()
        frame = _SPINNER[int(now * 10) % len(_SPINNER)]
        table = Table.grid(padding=(0, 1))
        for step_id, since in self.running.items():
            table.add_row(
                Text(frame, "cyan"),
                Text(step_id, "bold"),
                Text(f"{now - since:.0f} s", "dim"),
                Text(self.why.get(step_id, ""), "dim", no_wrap=True, overflow="ellipsis"),
            )
        share = self.settled / self.total if self.total else 0
        width = 32
        full = round(share * width)
        bar = Text.assemble(
            ("━" * full, "green"),
            ("━" * (width - full), "bright_black"),
            f" {self.settled}/{count(self.total, 'step')}",
            (f", {self.cached} cached" if self.cached else "", "dim"),
            (f"  {now - self.began:.0f} s", "dim"),
        )
        return Group(table, bar) if self.running else Group(bar)


def _said(event: StepFinished) -> str:
    """The few facts that a person wants to read in passing."""
    if event.error is not None:
        return str(event.error).split("\n", 1)[0]
    facts = event.facts
    told = [f"{event.seconds:.1f} s"]
    if facts.get("device") == "cuda" or facts.get("fallback"):
        told.append(f"on {facts['device']}")
    for name in ("rows", "version", "state"):
        value = facts.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            told.append(count(value, "row") if name == "rows" else f"{name} {value}")
        elif isinstance(value, str):
            told.append(value)
    return ", ".join(told)
