"""Instants and durations of a plan as Python's."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def instant_of(microseconds: int) -> datetime:
    """UTC microseconds since 1970."""
    return _EPOCH + duration_of(microseconds)


def duration_of(microseconds: int) -> timedelta:
    """Microseconds."""
    return timedelta(microseconds=microseconds)
