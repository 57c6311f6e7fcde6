"""The request's rows: types made from the endpoint's columns, and every violation named at once."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic import WithJsonSchema as JsonType
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict  # pydantic takes the standard one from Python 3.12

from ...compiler.interfaces.request import request_columns
from ...compiler.plan import Column, Endpoint, ValueType
from ...specs.suggest import closest
from .problem import Finding, ProblemError

_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?([Zz]|[+-]\d\d:\d\d)")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_FINDINGS = 20


@dataclass(frozen=True, slots=True)
class RequestRow:
    """One row: the request's columns, or, when the client has them, the features themselves."""

    columns: Mapping[str, Any] = field(default_factory=dict)
    features: Mapping[str, Any] | None = None


class RequestRows:
    """Reads `{"rows": […]}` for one endpoint."""

    def __init__(self, endpoint: Endpoint, *, most_rows: int) -> None:
        columns = request_columns(endpoint)
        self._most_rows = most_rows
        self._by_columns = _adapter("Row", {c.name: _column_type(c) for c in columns})
        features: Any = _typed_dict(
            "Features", {f.reference: _type(f.type, nullable=True) for f in endpoint.features}
        )
        self._by_features = _adapter("FeaturesRow", {"features": features})
        self._known = {c.name for c in columns} | {f.reference for f in endpoint.features}

    def read(self, body: Any) -> list[RequestRow]:
        """Raises ProblemError: 413 for too many rows, 422 for anything else that is wrong."""
        rows = self._rows(body)
        found: list[RequestRow] = []
        findings: list[Finding] = []
        for place, row in enumerate(rows):
            try:
                found.append(self._row(row))
            except ValidationError as error:
                findings += self._findings(place, error)
            if len(findings) >= _FINDINGS:
                break
        if findings:
            raise ProblemError(422, "the rows do not fit the endpoint", findings[:_FINDINGS])
        return found

    def schemas(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """JSON Schemas of the rows that are accepted, by columns and by features, as pydantic
        tells them: what `interfaces.request` publishes is held equal to these by a test."""
        return self._by_columns.json_schema(), self._by_features.json_schema()

    def _rows(self, body: Any) -> list[Any]:
        match body:
            case {"rows": list(rows), **others} if not others:
                pass
            case _:
                raise ProblemError(422, 'the body must be an object {"rows": [row, …]}')
        if not rows:
            raise ProblemError(422, "there are no rows")
        if len(rows) > self._most_rows:
            raise ProblemError(413, f"{len(rows)} rows, at most {self._most_rows} are allowed")
        return rows

    def _row(self, row: Any) -> RequestRow:
        if isinstance(row, dict) and isinstance(row.get("features"), dict):
            return RequestRow(features=self._by_features.validate_python(row)["features"])
        return RequestRow(self._by_columns.validate_python(row))

    def _findings(self, row: int, error: ValidationError) -> list[Finding]:
        return [
            Finding(
                f"rows[{row}]" + "".join(f".{part}"[:120] for part in problem["loc"]),
                self._message(problem["type"], problem["msg"], problem["loc"]),
            )
            for problem in error.errors(include_url=False, include_input=False)[:_FINDINGS]
        ]

    def _message(self, kind: str, message: str, place: tuple[int | str, ...]) -> str:
        if kind == "missing":
            return "is missing"
        if kind != "extra_forbidden":
            return message[:1].lower() + message[1:]
        near = closest(str(place[-1]), self._known)
        return "is not known" + (f"; did you mean {near!r}?" if near else "")


def _adapter(name: str, fields: Mapping[str, Any]) -> TypeAdapter[Any]:
    return TypeAdapter(_typed_dict(name, fields))


def _typed_dict(name: str, fields: Mapping[str, Any]) -> Any:
    made: Any = TypedDict(name, dict(fields))  # type: ignore[misc]
    setattr(made, "__pydantic_config__", ConfigDict(extra="forbid", strict=True))  # noqa: B010
    return made


def _column_type(column: Column) -> Any:
    return _type(column.type, nullable=column.nullable)


def _type(kind: ValueType, *, nullable: bool) -> Any:
    return _TYPES[kind] | None if nullable else _TYPES[kind]


def _timestamp(value: Any) -> Any:
    if not isinstance(value, str) or not _TIMESTAMP.fullmatch(value):
        raise PydanticCustomError(
            "timestamp", "must be a timestamp with a time zone, such as 2013-12-31T18:00:00Z"
        )
    try:
        return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise PydanticCustomError("timestamp", "is not a time of the calendar") from error


def _date(value: Any) -> Any:
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise PydanticCustomError("date", "must be a date, such as 2013-12-31")
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise PydanticCustomError("date", "is not a day of the calendar") from error


_TYPES: dict[ValueType, Any] = {
    "bool": bool,
    "int": Annotated[int, Field(ge=-(2**63), le=2**63 - 1)],
    "float": Annotated[float, Field(allow_inf_nan=False)],
    "string": str,
    "timestamp": Annotated[
        datetime,
        BeforeValidator(_timestamp),
        JsonType({"type": "string", "format": "date-time"}),
    ],
    "date": Annotated[date, BeforeValidator(_date), JsonType({"type": "string", "format": "date"})],
}
