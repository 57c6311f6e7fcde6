"""Gates as people write them: `test.roc_auc >= champion.roc_auc - 0.005`."""

import re
from collections.abc import Sequence
from typing import Literal

from ..specs.diagnostic import Diagnostic
from ..specs.metrics import SERVING_MEASURES, SPLITS, metrics_of
from ..specs.scalars import parse_duration, parse_percentage, parse_size
from ..specs.span import SourceSpan
from ..specs.suggest import did_you_mean
from .plan import Gate, Task

_SHAPE = re.compile(
    r"\s*(?P<subject>[a-z_][\w.]*)\s*(?P<comparison>>=|<=|>|<)\s*"
    r"(?:(?P<champion>champion\.[a-z_][\w.]*)\s*(?:(?P<sign>[+-])\s*(?P<offset>[\d.]+%?))?"
    r"|(?P<constant>-?[\d.]+(?:e-?\d+)?\s*(?:%|[a-zA-Z]+)?))\s*"
)

_COMPARISONS: dict[str, Literal[">=", "<=", ">", "<"]] = {
    ">=": ">=",
    "<=": "<=",
    ">": ">",
    "<": "<",
}


class GateSyntaxError(Exception):
    """A gate cannot be read; offsets count characters of its text."""

    def __init__(
        self, code: str, message: str, start: int, end: int, *, label: str = "", hint: str = ""
    ) -> None:
        super().__init__(message)
        self.code, self.message, self.label, self.hint = code, message, label, hint
        self.start, self.end = start, end

    def diagnostic(self, span: SourceSpan) -> Diagnostic:
        """The finding, at its place."""
        return Diagnostic(self.code, self.message, span, label=self.label, hint=self.hint)


def parse_gate(text: str, task: Task, slices: Sequence[str]) -> Gate:
    """Raises GateSyntaxError when it is no comparison, or names a metric that does not exist."""
    match = _SHAPE.fullmatch(text)
    if match is None:
        raise GateSyntaxError(
            "E507",
            "a gate is a comparison of a metric with a number or with the champion",
            0,
            len(text),
            hint="write `test.roc_auc >= 0.70` or `test.roc_auc >= champion.roc_auc - 0.005`",
        )
    subject = match["subject"]
    unit = _check_subject(subject, match.start("subject"), task, slices)
    champion, constant = None, 0.0
    if match["champion"]:
        champion = match["champion"].removeprefix("champion.")
        _check_metric(champion, match.start("champion") + len("champion."), task)
        if match["offset"]:
            constant = _number(match["offset"], unit, match.start("offset"))
            constant = -constant if match["sign"] == "-" else constant
        champion = f"test.{champion}"
    else:
        constant = _number(match["constant"].strip(), unit, match.start("constant"))
    return Gate(text, subject, _COMPARISONS[match["comparison"]], constant, champion)


def _check_subject(subject: str, start: int, task: Task, slices: Sequence[str]) -> str:
    parts = subject.split(".")
    match parts:
        case ["serving", metric]:
            if metric in SERVING_MEASURES:
                return "bytes" if metric == "model_size" else "seconds"
            raise _unknown(metric, list(SERVING_MEASURES), start + len("serving."))
        case [split, metric] if split in SPLITS:
            _check_metric(metric, start + len(split) + 1, task)
        case ["slice", column, metric]:
            if column not in slices:
                raise GateSyntaxError(
                    "E205",
                    f"`{column}` is not one of the model's `slices`",
                    start + len("slice."),
                    start + len("slice.") + len(column),
                    label=did_you_mean(column, slices),
                    hint="add it to `slices`",
                )
            _check_metric(metric, start + len(f"slice.{column}."), task)
        case _:
            raise GateSyntaxError(
                "E504",
                f"`{subject}` is nothing that a gate can look at",
                start,
                start + len(subject),
                hint="use `test.METRIC`, `validation.METRIC`, `slice.COLUMN.METRIC` "
                "or `serving.latency_p99`",
            )
    return ""


def _check_metric(metric: str, start: int, task: Task) -> None:
    known = [m.name for m in metrics_of(task)]
    if metric not in known:
        raise _unknown(metric, known, start)


def _unknown(metric: str, known: list[str], start: int) -> GateSyntaxError:
    return GateSyntaxError(
        "E504",
        f"there is no metric `{metric}` here",
        start,
        start + len(metric),
        label=did_you_mean(metric, known),
        hint="known are " + ", ".join(known),
    )


def _number(text: str, unit: str, start: int) -> float:
    try:
        if unit == "seconds":
            return parse_duration(text) / 1e6
        if unit == "bytes":
            return float(parse_size(text))
        return parse_percentage(text) if text.endswith("%") else float(text)
    except ValueError as error:
        raise GateSyntaxError("E210", str(error), start, start + len(text)) from None
