"""YAML events → plain data with places, within limits that are checked before anything is built."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import yaml
from yaml.events import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from .core_schema import NUMBER_STARTS, WORDS, resolve
from .diagnostic import Diagnostic, Related, SpecError
from .document import Key, Place
from .lines import Lines
from .suggest import did_you_mean, shown

MAX_DEPTH = 64
MAX_NODES = 500_000
MAX_ALIASED_NODES = 50_000
MAX_PROBLEMS = 100

_SPECIAL_KEYS = frozenset(WORDS) | {"<<"}

try:
    from yaml.cyaml import CParser as _Parser  # type: ignore[attr-defined]
except ImportError:  # PyYAML without libyaml: slower, with the same events
    from yaml import SafeLoader as _Parser  # type: ignore[assignment]


@dataclass(slots=True)
class Used:
    """How much of the limits is taken, which hold for all files of a spec together."""

    bytes: int = 0
    nodes: int = 0
    aliased: int = 0


class _Anchor(NamedTuple):
    """What an alias stands for, and how much."""

    value: Any
    inside: "dict[str, Key] | list[Place] | None"
    nodes: int
    height: int


class _Frame:
    """A collection that is being built."""

    __slots__ = ("anchor", "data", "flow", "height", "inside", "key", "nodes_before", "start")

    def __init__(self, data: Any, inside: Any, event: Any, nodes_before: int) -> None:
        self.data = data
        self.inside = inside
        self.start: int = event.start_mark.index
        self.anchor: str | None = event.anchor
        self.flow: bool = event.flow_style
        self.nodes_before = nodes_before
        self.height = 1
        self.key: tuple[str, int, int] | None = None


class Builder:
    """Reads one document from a text's events. `problems` collects what does not stop the reading.

    libyaml's events are made by a loop, not by recursion, so that no nesting exhausts the stack;
    the reading stops at the first event beyond a limit, since more depth makes each event dearer.
    """

    def __init__(self, lines: Lines, used: Used) -> None:
        self.problems: list[Diagnostic] = []
        self._used = used
        self._lines = lines
        self._file = lines.file
        self._text = lines.text
        self._next_event: Callable[[], Any] = _Parser(lines.text).get_event
        self._frames: list[_Frame] = []
        self._top: _Frame | None = None
        self._anchors: dict[str, _Anchor | None] = {}
        self._known: dict[str, Any] = dict(WORDS)  # plain scalars that have been resolved
        self._nodes = used.nodes
        self._aliased = used.aliased
        self._end = 0
        self._result: tuple[Any, Place] | None = None

    def build(self) -> tuple[Any, Place, int] | None:
        """The data, its place, and the offset where the document ends; None without a document."""
        next_event = self._next_event
        next_event()  # the start of the stream
        if not isinstance(next_event(), yaml.DocumentStartEvent):
            return None
        handlers: dict[type, Callable[[Any], None]] = {
            MappingStartEvent: self._start_mapping,
            SequenceStartEvent: self._start_sequence,
            MappingEndEvent: self._end_collection,
            SequenceEndEvent: self._end_collection,
            AliasEvent: self._alias,
        }
        event = next_event()
        while True:
            if event.__class__ is ScalarEvent:
                event = self._scalars(event)
            elif handle := handlers.get(event.__class__):
                handle(event)
                event = next_event()
            else:
                break
        assert self._result is not None
        self._used.nodes, self._used.aliased = self._nodes, self._aliased
        return *self._result, event.end_mark.index

    def rest(self) -> None:
        """Read on after the document, to learn from the parser what is wrong there."""
        self._next_event()

    def _scalars(self, first: Any) -> Any:
        """Read a run of scalars, and return the event that ends it.

        Most events are scalars: one loop over local names takes half the time of a call for each.
        """
        next_event, known, file, top = self._next_event, self._known, self._file, self._top
        end, limit = self._end, MAX_NODES - self._nodes
        data: Any = top.data if top else None
        inside: Any = top.inside if top else None
        key = top.key if top else None
        is_mapping = data.__class__ is dict
        count = 0
        event = first
        scalar: Any = ScalarEvent
        while event.__class__ is scalar:
            start: int = event.start_mark.index
            end = event.end_mark.index
            value = text = event.value
            count += 1
            if event.anchor is not None or event.tag is not None:
                start = self._scalar_properties(event, start, end)
            if is_mapping and key is None:
                if text in inside or (
                    not event.style and (text in _SPECIAL_KEYS or text[0] in NUMBER_STARTS)
                ):
                    self._check_key(text, not event.style, inside, start, end)
                key = (text, start, end)
                event = next_event()
                continue
            if not event.style:
                value = known.get(text, known)
                if value is known:
                    value = self._resolve(text, start, end) if text[0] in NUMBER_STARTS else text
            place = (file, start, end, None)
            if key is not None:
                name, key_start, key_end = key
                data[name] = value
                inside[name] = (file, key_start, key_end, place)
                key = None
            elif top is not None:
                data.append(value)
                inside.append(place)
            else:
                self._result = value, place
            if count > limit:
                self._too_many(start)
            event = next_event()
        if top is not None:
            top.key = key
        self._end = end
        self._nodes += count
        return event

    def _scalar_properties(self, event: Any, start: int, end: int) -> int:
        start = self._properties(event, start, end)
        if event.anchor is not None:
            text = event.value
            value = text if event.style else self._resolve(text, start, end)
            self._anchors[event.anchor] = _Anchor(value, None, 1, 0)
        return start

    def _properties(self, event: Any, start: int, end: int) -> int:
        """Check a node's tag and anchor, and return where its content starts."""
        if event.tag is not None:
            self._tag(event)
        return start if event.anchor is None else self._after_anchor(event.anchor, start, end)

    def _resolve(self, text: str, start: int, end: int) -> Any:
        try:
            self._known[text] = value = resolve(text)
            return value
        except ValueError as error:
            self._problem("E110", str(error), start, end, hint="Quote it to make it a text.")
            return text

    def _check_key(
        self, text: str, plain: bool, inside: dict[str, Key], start: int, end: int
    ) -> None:
        if plain:
            self._check_plain_key(text, start, end)
        if text in inside:
            _, first, first_end, _ = inside[text]
            name = shown(text)
            related = Related(f"`{name}` is first written here", self._lines.span(first, first_end))
            message = f"the key `{name}` is written twice in one mapping"
            self._problem(
                "E102", message, start, end, hint="Keep one of the two.", related=(related,)
            )

    def _check_plain_key(self, text: str, start: int, end: int) -> None:
        if text == "<<":
            message = "a merge key (`<<`) hides where values come from, and is not used in a spec"
            self._problem("E103", message, start, end, hint="Write the keys out.")
            return
        try:
            value = resolve(text)
        except ValueError:
            value = 0
        if not isinstance(value, str):
            kinds = {type(None): "nothing", bool: "true or false"}
            kind = kinds.get(type(value), "a number")
            message = f"a key must be a text, but `{shown(text)}` is {kind}"
            self._problem("E106", message, start, end, hint=f'Write `"{shown(text)}":`.')

    def _start_mapping(self, event: Any) -> None:
        self._start(_Frame({}, {}, event, self._nodes), event)

    def _start_sequence(self, event: Any) -> None:
        self._start(_Frame([], [], event, self._nodes), event)

    def _start(self, frame: _Frame, event: Any) -> None:
        frames = self._frames
        if len(frames) >= MAX_DEPTH:
            at = frame.start
            self._stop("E104", f"this is nested more than {MAX_DEPTH} levels deep", at, at + 1)
        if frame.anchor is not None or event.tag is not None:
            frame.start = self._properties(event, frame.start, len(self._text))
        if frame.anchor is not None:
            self._anchors[frame.anchor] = None
        self._nodes += 1
        if self._nodes > MAX_NODES:
            self._too_many(frame.start)
        frames.append(frame)
        self._top = frame

    def _end_collection(self, event: Any) -> None:
        frame = self._frames.pop()
        self._top = top = self._frames[-1] if self._frames else None
        if frame.flow:
            self._end = event.end_mark.index
        end = self._end if self._end > frame.start else frame.start
        if top is not None and top.height <= frame.height:
            top.height = frame.height + 1
        if frame.anchor is not None:
            nodes = self._nodes - frame.nodes_before
            self._anchors[frame.anchor] = _Anchor(frame.data, frame.inside, nodes, frame.height)
        self._put(frame.data, (self._file, frame.start, end, frame.inside))

    def _alias(self, event: Any) -> None:
        start, end = event.start_mark.index, event.end_mark.index
        self._end = end
        name: str = event.anchor
        anchor = self._anchors.get(name)
        if anchor is None:
            self._unknown_alias(name, start, end)
            anchor = _Anchor(None, None, 1, 0)
        self._nodes += anchor.nodes
        self._aliased += anchor.nodes
        if self._aliased > MAX_ALIASED_NODES:
            where = "these files" if self._used.nodes else "this file"
            message = f"aliases in {where} stand for more than {MAX_ALIASED_NODES:,} values"
            self._stop("E103", message, start, end)
        if self._nodes > MAX_NODES:
            self._too_many(start)
        if len(self._frames) + anchor.height > MAX_DEPTH:
            message = f"with this alias, values are nested more than {MAX_DEPTH} levels deep"
            self._stop("E104", message, start, end)
        if self._top is not None and self._top.height <= anchor.height:
            self._top.height = anchor.height + 1
        self._put(anchor.value, (self._file, start, end, anchor.inside))

    def _unknown_alias(self, name: str, start: int, end: int) -> None:
        if name in self._anchors:
            message = f"the anchor `&{shown(name)}` contains an alias of itself"
        else:
            message = f"the alias `*{shown(name)}` has no anchor `&{shown(name)}` before it"
        label = did_you_mean(name, self._anchors)
        self._problem("E103", message, start, end, label=label)

    def _put(self, value: Any, place: Place) -> None:
        """Put a collection or an alias, neither of which can be a key, into the one around it."""
        top = self._top
        if top is None:
            self._result = value, place
        elif top.data.__class__ is list:
            top.data.append(value)
            top.inside.append(place)
        elif top.key is None:
            _, start, end, _inside = place
            self._problem("E106", "a key must be a text", start, end)
            top.key = (f"?{start}", start, end)
        else:
            name, start, end = top.key
            top.data[name] = value
            top.inside[name] = (self._file, start, end, place)
            top.key = None

    def _after_anchor(self, anchor: str, start: int, end: int) -> int:
        """Where a value starts whose event starts at its anchor (`&name value`)."""
        at = self._text.find("&" + anchor, start) + 1 + len(anchor)
        while at < end:
            char = self._text[at]
            if char == "#":
                line_end = self._text.find("\n", at)
                at = end if line_end < 0 else line_end
            elif char in " \t\r\n":
                at += 1
            else:
                break
        return min(at, end)

    def _tag(self, event: Any) -> None:
        start = event.start_mark.index
        message = "tags (`!…`) are not used in a spec"
        at = max(start, self._text.find("!", start))
        hint = 'Leave the tag out; quote a value to make it a text: "12".'
        self._problem("E103", message, at, at + 1, hint=hint)

    def _too_many(self, start: int) -> None:
        whose = "the files of this spec hold" if self._used.nodes else "the file holds"
        self._stop("E104", f"{whose} more than {MAX_NODES:,} values", start, start + 1)

    def _stop(self, code: str, message: str, start: int, end: int) -> None:
        self._problem(code, message, start, end)
        raise SpecError(self.problems)

    def _problem(
        self,
        code: str,
        message: str,
        start: int,
        end: int,
        *,
        label: str = "",
        hint: str = "",
        related: tuple[Related, ...] = (),
    ) -> None:
        span = self._lines.span(start, end)
        self.problems.append(Diagnostic(code, message, span, "error", label, hint, related))
        if len(self.problems) >= MAX_PROBLEMS:
            raise SpecError(self.problems)
