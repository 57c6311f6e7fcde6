"""Which keys of a section go together: told once, for the models and for the JSON Schema."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, Self

from pydantic import ConfigDict, GetJsonSchemaHandler, ValidationError, model_validator
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError

from .base import Section

Problem = tuple[str, str, str]
"""The key that is wrong, or "" for the section as a whole; what is said of it; the other key."""

# A key that is null, or a switch that is off, says what its absence says.
_ABSENT: dict[str, Any] = {"enum": [None, False]}
_GIVEN: dict[str, Any] = {"not": _ABSENT}


class Rule(Protocol):
    """Something that holds for the keys of one section."""

    def problems(self, given: set[str]) -> Iterator[Problem]:
        """What is wrong with a section that gives these keys."""

    def schemas(self) -> Iterator[dict[str, Any]]:
        """The same for JSON Schema.

        Each is a `not`, from which an editor takes no completions, as it would from `oneOf`.
        """


@dataclass(frozen=True)
class Needs:
    """At least one of the keys is given."""

    keys: tuple[str, ...]
    sentence: str

    def problems(self, given: set[str]) -> Iterator[Problem]:
        if not given.intersection(self.keys):
            yield "", self.sentence, ""

    def schemas(self) -> Iterator[dict[str, Any]]:
        yield {
            "not": {"properties": dict.fromkeys(self.keys, _ABSENT)},
            "errorMessage": self.sentence,
        }


@dataclass(frozen=True)
class Excludes:
    """Beside `key` none of the others is given. The sentence may name the other as `{other}`."""

    key: str
    others: tuple[str, ...]
    sentence: str

    def problems(self, given: set[str]) -> Iterator[Problem]:
        if self.key in given:
            for other in self.others:
                if other in given:
                    yield other, self.sentence.format(other=other), self.key

    def schemas(self) -> Iterator[dict[str, Any]]:
        for other in self.others:
            both = (self.key, other)
            yield {
                "not": {"required": [*both], "properties": dict.fromkeys(both, _GIVEN)},
                "errorMessage": self.sentence.format(other=other),
            }


@dataclass(frozen=True)
class OneOf:
    """Exactly one of the keys is given."""

    keys: tuple[str, ...]
    sentence: str

    def problems(self, given: set[str]) -> Iterator[Problem]:
        found = [key for key in self.keys if key in given]
        if not found:
            yield "", self.sentence, ""
        for other in found[1:]:
            yield other, self.sentence, found[0]

    def schemas(self) -> Iterator[dict[str, Any]]:
        yield from Needs(self.keys, self.sentence).schemas()
        for index, key in enumerate(self.keys[:-1]):
            yield from Excludes(key, self.keys[index + 1 :], self.sentence).schemas()


@dataclass(frozen=True)
class Together:
    """Both keys are given, or neither."""

    one: str
    other: str
    sentence: str

    def problems(self, given: set[str]) -> Iterator[Problem]:
        for key, missing in ((self.one, self.other), (self.other, self.one)):
            if key in given and missing not in given:
                yield key, self.sentence, missing

    def schemas(self) -> Iterator[dict[str, Any]]:
        for key, missing in ((self.one, self.other), (self.other, self.one)):
            alone = {key: _GIVEN, missing: _ABSENT}
            yield {
                "not": {"required": [key], "properties": alone},
                "errorMessage": self.sentence,
            }


class Ruled(Section):
    """A section with rules about which of its keys go together."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)

    rules: ClassVar[tuple[Rule, ...]] = ()

    @model_validator(mode="wrap")
    @classmethod
    def _go_together(cls, data: Any, build: Callable[[Any], Self]) -> Self:
        """All that is wrong, inside the section and with its keys, is raised at once."""
        problems = list(_problems(cls.rules, data)) if isinstance(data, dict) else []
        if not problems:
            return build(data)
        found: list[InitErrorDetails] = []
        try:
            build(data)
        except ValidationError as error:
            found = [_again(one) for one in error.errors(include_url=False)]
        # A misspelt key is not also missed.
        misspelt = any(one["type"] == "extra_forbidden" and len(one["loc"]) == 1 for one in found)
        found += [_detail(one, data) for one in problems if one[0] or not misspelt]
        raise ValidationError.from_exception_data(cls.__name__, found)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        schema = handler.resolve_ref_schema(handler(core_schema))
        schema["allOf"] = [part for rule in cls.rules for part in rule.schemas()]
        return schema


def wrong_at(key: str, sentence: str, value: Any, other: str = "") -> ValidationError:
    """What a validator of a whole section raises when one of its keys is at fault."""
    return ValidationError.from_exception_data("", [_detail((key, sentence, other), {key: value})])


def _problems(rules: tuple[Rule, ...], data: Mapping[Any, Any]) -> Iterator[Problem]:
    given = {key for key, value in data.items() if value is not None and value is not False}
    for rule in rules:
        yield from rule.problems(given)


def _detail(problem: Problem, data: Mapping[str, Any]) -> InitErrorDetails:
    key, sentence, other = problem
    ctx = {"key": key, "sentence": sentence, "other": other}
    kind = PydanticCustomError("keys", "{sentence}", ctx)
    return {"type": kind, "loc": (key,) if key else (), "input": data.get(key, data)}


def _again(error: Mapping[str, Any]) -> InitErrorDetails:
    """An error of pydantic's, in the form in which it takes one."""
    ctx = error.get("ctx", {})
    kind: Any = error["type"]
    if kind == "keys":
        kind = PydanticCustomError("keys", "{sentence}", ctx)
    return {"type": kind, "loc": error["loc"], "input": error["input"], "ctx": ctx}
