"""The declarations of several files in one document; nothing is ever overridden."""

from typing import Any

from .diagnostic import Diagnostic, Related
from .document import Document, Key, Place
from .events import MAX_PROBLEMS
from .parts import SINGULAR
from .suggest import shown

_PRODUCT = ("name", "as_of", "stores", "targets", "description", "owner", "tags")


class Merger:
    """Adds fragments to a spec. What does not fit goes to `problems` and is left out."""

    def __init__(self, main: Document, problems: list[Diagnostic]) -> None:
        self._texts = dict(main.texts)
        self._problems = problems
        file, start, end, inside = main.places
        assert isinstance(inside, dict)
        self._place = file, start, end
        self._data: dict[str, Any] = dict(main.data)
        self._inside: dict[str, Key] = dict(inside)
        self._spans = Document(self._data, main.places, self._texts)
        self._made: set[int] = set()  # the mappings that may be changed; others may be aliased

    def document(self) -> Document:
        """The spec with all that was added."""
        return Document(self._data, (*self._place, self._inside), self._texts)

    def add(self, fragment: Document) -> None:
        """Add a fragment's declarations after those that are there."""
        self._texts |= fragment.texts
        self._problems += _shape_problems(fragment)
        inside = fragment.places[3]
        if not isinstance(fragment.data, dict) or not isinstance(inside, dict):
            return
        for section in SINGULAR:
            if isinstance(fragment.data.get(section), dict):
                self._add_section(section, fragment.data[section], inside[section])
        if isinstance(fragment.data.get("environments"), dict):
            self._add_environments(fragment.data["environments"], inside["environments"])

    def _add_section(self, section: str, names: dict[str, Any], key: Key) -> None:
        target = self._section(section, key)
        if target is None:
            return
        data, places = target
        inside = key[3][3]
        assert isinstance(inside, dict)
        for name, value in names.items():
            if name in data:
                what = f"{SINGULAR[section]} `{shown(name)}`"
                message = f"another file declares the {what}, too"
                hint = "Rename one of them; an environment can change what a library declares."
                self._clash(message, inside[name], places[name], what, hint)
            else:
                data[name], places[name] = value, inside[name]

    def _section(self, section: str, key: Key) -> tuple[dict[str, Any], dict[str, Key]] | None:
        """A section that may be added to; None where the spec has something else there."""
        if section not in self._data:
            file, start, end, place = key
            self._data[section] = {}
            self._inside[section] = (file, start, end, (*place[:3], {}))
        data, (file, start, end, place) = self._data[section], self._inside[section]
        if not isinstance(data, dict) or not isinstance(place[3], dict):
            return None
        data, inside = self._own(data, place[3])
        self._data[section] = data
        self._inside[section] = (file, start, end, (*place[:3], inside))
        return data, inside

    def _own(
        self, data: dict[str, Any], inside: dict[str, Key]
    ) -> tuple[dict[str, Any], dict[str, Key]]:
        """A mapping and its places that may be changed: copied once, not for every file."""
        if id(data) not in self._made:
            data, inside = dict(data), dict(inside)
            self._made.add(id(data))
        return data, inside

    def _add_environments(self, environments: dict[str, Any], key: Key) -> None:
        target = self._section("environments", key)
        inside = key[3][3]
        if target is None or not isinstance(inside, dict):
            return
        data, places = target
        for name, value in environments.items():
            if name not in data:
                data[name], places[name] = value, inside[name]
            else:
                file, start, end, place = places[name]
                data[name], place = self._joined(
                    (name,), data[name], place, value, inside[name][3], (places[name], inside[name])
                )
                places[name] = (file, start, end, place)

    def _joined(
        self,
        path: tuple[str, ...],
        data: Any,
        place: Place,
        added: Any,
        added_place: Place,
        keys: tuple[Key, Key],
    ) -> tuple[Any, Place]:
        """Two files' parts of one environment: mappings are joined, a value is set once."""
        inside, added_inside = place[3], added_place[3]
        if len(path) == 1 and (data is None or added is None):  # `dev:` with nothing in it
            return (added, added_place) if data is None else (data, place)
        if not (isinstance(inside, dict) and isinstance(added_inside, dict)):
            environment, *steps = (shown(step) for step in path)
            what = f"`{'.'.join(steps)}`" if steps else f"environment `{environment}`"
            message = f"another file sets {what} in the environment `{environment}`, too"
            self._clash(message, keys[1], keys[0], what, "Leave it to one of the two files.")
            return data, place
        joined, joined_inside = self._own(data, inside)
        for name, value in added.items():
            key = added_inside[name]
            if name in joined:
                old = joined_inside[name]
                joined[name], below = self._joined(
                    (*path, name), joined[name], old[3], value, key[3], (old, key)
                )
                joined_inside[name] = (*old[:3], below)
            else:
                joined[name], joined_inside[name] = value, key
        return joined, (*place[:3], joined_inside)

    def _clash(self, message: str, second: Key, first: Key, what: str, hint: str) -> None:
        if len(self._problems) >= MAX_PROBLEMS:
            return
        span = self._spans.span_at(*second[:3])
        related = Related(f"{what} is first written here", self._spans.span_at(*first[:3]))
        self._problems.append(Diagnostic("E213", message, span, hint=hint, related=(related,)))


def _shape_problems(fragment: Document) -> list[Diagnostic]:
    """What is wrong with a fragment's outermost keys. What is inside is validated once merged."""
    data = fragment.data
    if not isinstance(data, dict):
        message = "an included file is a mapping of what it declares, such as `features:`"
        return [Diagnostic("E202", message, fragment.span(()))]
    head = {k: {} if isinstance(v, dict) and k in _MAPPINGS else v for k, v in data.items()}
    items = data.get("include", [])
    plain = isinstance(items, list) and all(isinstance(item, str) and item for item in items)
    version = head.get("onespec", 1)
    whole = plain and version == 1 and type(version) is int
    if whole and all(key in _HEAD or (key in _MAPPINGS and v == {}) for key, v in head.items()):
        return []
    return list(_validated(fragment, head))


_MAPPINGS = (*SINGULAR, "environments")
_HEAD = ("onespec", "include")


def _validated(fragment: Document, head: dict[str, Any]) -> list[Diagnostic]:
    """The same words as for a spec, from the model of fragments, imported when needed."""
    from pydantic import ValidationError

    from .sections.fragment import Fragment
    from .validate import shape_diagnostics

    found = []
    for name in _PRODUCT:
        if name in head:
            del head[name]
            message = f"`{name}` is said once, by the spec, not by a file that it includes"
            found.append(Diagnostic("E201", message, fragment.key_span((name,))))
    try:
        Fragment.model_validate(head)
    except ValidationError as error:
        found += shape_diagnostics(fragment, error, Fragment, ())
    return found
