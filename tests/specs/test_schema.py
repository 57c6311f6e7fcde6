"""The published JSON Schema: it says what the sections say, and says it to people."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema.protocols import Validator

from onespec.specs import patterns
from onespec.specs.addresses import (
    parse_artifacts,
    parse_endpoint,
    parse_ledger,
    parse_online,
    parse_region,
)
from onespec.specs.diagnostic import Diagnostic, SpecError
from onespec.specs.document import Document
from onespec.specs.read import read
from onespec.specs.scalars import (
    parse_duration,
    parse_instant,
    parse_percentage,
    parse_schedule,
    parse_size,
)
from onespec.specs.schema import spec_schema
from onespec.specs.secret import parse_secret
from onespec.specs.sections.presence import Ruled
from onespec.specs.validate import validate

from .mutants import Tree, edited

REPO = Path(__file__).parents[2]
GOOD = sorted([*REPO.glob("examples/*/pipeline.yaml"), *REPO.glob("tests/specs/good/*.yaml")])
SCHEMA = spec_schema()

# What JSON Schema cannot say: the sentences of the findings that it does not foresee.
BEYOND_THE_SCHEMA = (
    r"`(min|warn)` is .*, above `(max|alert)`",
    r"the lower bound, .*, is above the upper one",
    r"the shares add up to",
    r"longer than 292,000 years",
    r"larger than 8 EiB",
    r"whole number of bytes",
    r"this never fires",
    r"runs backwards",
    r"a day that its month does not have",
    r"is for `s3://` only",
    r"this address holds a password",
    r"not (nan|inf|-inf)$",  # no JSON
    r"expected a finite number",
    r"expected .*, not -?\d+(\.0|e\+\d+)$",  # JSON does not tell 1.0 from 1
    r"expected a number, not \d{30,}",  # beyond a 64-bit float
)
_BEYOND = re.compile("|".join(BEYOND_THE_SCHEMA))


def _pattern(
    _validator: Validator, pattern: str, instance: Any, _schema: Any
) -> Iterator[jsonschema.ValidationError]:
    """As ECMA 262 has it, where `$` is the end; Python's also stands before a last line break."""
    if isinstance(instance, str) and not re.search(re.sub(r"\$$", r"\\Z", pattern), instance):
        yield jsonschema.ValidationError(f"{instance!r} does not match {pattern!r}")


VALIDATOR = jsonschema.validators.extend(jsonschema.Draft202012Validator, {"pattern": _pattern})(
    SCHEMA
)


def properties() -> Iterator[tuple[str, Any]]:
    """Every property with its name, those of definitions included."""
    for holder in [SCHEMA, *SCHEMA["$defs"].values()]:
        for name, one in holder.get("properties", {}).items():
            yield f"{holder['title']}.{name}", one


def document_of(tree: Any) -> Document:
    """A document in which every part has the same place."""
    return Document(tree, _place(tree), {"f.yaml": ""})


def _place(tree: Any) -> Any:
    match tree:
        case dict():
            keys = {name: ("f.yaml", 0, 0, _place(value)) for name, value in tree.items()}
            return "f.yaml", 0, 0, keys
        case list():
            return "f.yaml", 0, 0, [_place(value) for value in tree]
    return "f.yaml", 0, 0, None


def verdict(document: Document) -> tuple[Diagnostic, ...]:
    try:
        validate(document)
    except SpecError as error:
        return error.diagnostics
    return ()


def disagreement(document: Document) -> str:
    """Why schema and sections do not agree about a document; empty when they do."""
    accepted = VALIDATOR.is_valid(document.data)
    found = verdict(document)
    if accepted:
        unforeseen = [d.message for d in found if not _BEYOND.search(d.message)]
        return f"the schema accepts what the sections refuse: {unforeseen}" if unforeseen else ""
    errors = [e.message[:200] for e in VALIDATOR.iter_errors(document.data)]
    return "" if found else f"the sections accept what the schema refuses: {errors}"


DONORS: list[Tree] = [read(path).data for path in GOOD]


def mutants(count: int, seed: int) -> Iterator[Tree]:
    """Good specs with one to three edits; for speed, seldom the largest."""
    random = Random(seed)
    chosen = sorted(DONORS, key=lambda tree: len(repr(tree)))[:-1] * 4 + DONORS
    for _ in range(count):
        tree = random.choice(chosen)
        for _ in range(random.choice((1, 1, 1, 2, 3))):
            tree = edited(tree, DONORS, random)
        yield tree


def compared(trees: Iterator[Tree]) -> tuple[int, int, list[str]]:
    """How many both accept, how many both refuse, and the disagreements."""
    accepted = refused = 0
    wrong = []
    for tree in trees:
        document = document_of(tree)
        why = disagreement(document)
        if why:
            wrong.append(why)
        elif verdict(document):
            refused += 1
        else:
            accepted += 1
    return accepted, refused, wrong


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", GOOD, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_good_spec_holds(path: Path) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(read(path).data)] == []


def test_sections_and_schema_agree(capsys: pytest.CaptureFixture[str]) -> None:
    accepted, refused, wrong = compared(mutants(400, seed=1))
    with capsys.disabled():
        print(
            f"\n  schema = sections: {accepted} accepted, {refused} refused, {len(wrong)} not alike"
        )
    assert wrong == []
    assert min(accepted, refused) > 40, "a corpus that is all of one kind proves little"


@pytest.mark.nightly
@pytest.mark.timeout(7200)
def test_sections_and_schema_agree_at_length() -> None:
    accepted, refused, wrong = compared(mutants(10_000, seed=2))
    assert (accepted + refused, wrong) == (10_000, [])


def test_what_the_schema_lacks_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the schema loses a rule, then a pattern, then takes what the sections refuse."""
    (flights,) = (tree for tree in DONORS if len(tree["monitor"]) > 1)
    wrong = json.loads(json.dumps(flights))
    del wrong["monitor"]["december"]["every"], wrong["monitor"]["december"]["window"]
    wrong["features"]["weather_now"]["ttl"] = "3 hours"
    planted = json.loads(json.dumps(SCHEMA))
    assert disagreement(document_of(wrong)) == ""
    del planted["$defs"]["FeatureView"]["properties"]["ttl"]["pattern"]
    del planted["$defs"]["Monitor"]["allOf"]
    monkeypatch.setitem(globals(), "VALIDATOR", type(VALIDATOR)(planted))
    assert "needs `every` or `window`" in disagreement(document_of(wrong))
    assert "not a unit of time" in disagreement(document_of(wrong))
    planted["$defs"]["Split"]["properties"].clear()
    monkeypatch.setitem(globals(), "VALIDATOR", type(VALIDATOR)(planted))
    assert "sections accept" in disagreement(document_of(flights))


# --- scalars --------------------------------------------------------------------------------

SCALARS: dict[str, Callable[[object], object]] = {
    patterns.DURATION: parse_duration,
    patterns.SIZE: parse_size,
    patterns.SHARE: parse_percentage,
    patterns.SCHEDULE: parse_schedule,
    patterns.INSTANT: parse_instant,
    patterns.SECRET: parse_secret,
    patterns.ARTIFACTS: parse_artifacts,
    patterns.LEDGER: parse_ledger,
    patterns.ONLINE: parse_online,
    patterns.ENDPOINT: parse_endpoint,
    patterns.REGION: parse_region,
}
WORDS = (
    "0 1 5 9 31 59 . , - / * : % + T Z w d h m s ms us kB MiB GiB @ @daily JAN mon "
    "secret: KEY _ s3:// acme-ml .. ~ postgresql:// redis:// rediss:// http:// https:// user@ host "
    "[::1] :5432 :99999 /db ?sslmode=require &connect_timeout=3 pass \\"
)
PIECES = st.sampled_from([*re.split("( )", WORDS)])
NEAR = st.lists(PIECES, max_size=12).map("".join)


@pytest.mark.parametrize("pattern", SCALARS, ids=lambda p: SCALARS[p].__name__)
@settings(deadline=None, max_examples=200)
@given(data=st.data())
def test_patterns_and_parsers_agree(pattern: str, data: st.DataObject) -> None:
    from_pattern = st.from_regex(pattern.replace("$", r"\Z"), fullmatch=True)
    text = data.draw(st.one_of(from_pattern, NEAR, st.text(max_size=30)))
    try:
        SCALARS[pattern](text)
        refusal = ""
    except ValueError as error:
        refusal = str(error)
    if len(text) > 100:
        return
    if re.search(pattern.replace("$", r"\Z"), text):
        assert not refusal or _BEYOND.search(refusal), refusal
    else:
        assert refusal


# --- for people -----------------------------------------------------------------------------


def test_every_property_is_described() -> None:
    assert [name for name, one in properties() if not one.get("description")] == []


def test_defaults_and_examples_are_valid() -> None:
    wrong = []
    for name, one in properties():
        check = VALIDATOR.evolve(schema={**one, "$defs": SCHEMA["$defs"]})
        values = [*one.get("examples", ()), *([one["default"]] if "default" in one else [])]
        wrong += [f"{name}: {value!r}" for value in values if not check.is_valid(value)]
    assert wrong == []


def test_scalars_with_a_pattern_have_examples() -> None:
    forms = set(SCALARS)
    assert [
        n for n, one in properties() if one.get("pattern") in forms and "examples" not in one
    ] == []


def test_no_default_would_write_null() -> None:
    assert [name for name, one in properties() if one.get("default", 0) is None] == []


def test_rules_of_keys_offer_no_completions() -> None:
    """Editors complete from every branch of `oneOf`, `anyOf` and `then`, but not from `not`."""
    for holder in [SCHEMA, *SCHEMA["$defs"].values()]:
        assert not {"oneOf", "anyOf", "if", "then"} & set(holder)
        assert all({*rule} == {"not", "errorMessage"} for rule in holder.get("allOf", ()))


def test_all_rules_of_sections_are_in_the_schema() -> None:
    for section in _below(Ruled):
        rules = [part for rule in section.rules for part in rule.schemas()]
        assert not section.rules or SCHEMA["$defs"][section.__name__]["allOf"] == rules


def _below(section: type[Ruled]) -> Iterator[type[Ruled]]:
    for inner in section.__subclasses__():
        yield inner
        yield from _below(inner)
