"""Durations as cron schedules, for those that cron can express."""

_MINUTE = 60_000_000
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR


def cron_every(duration: int) -> str | None:
    """The cron schedule (UTC) for every `duration` microseconds; None when there is none.

    Cron has an even rhythm only for minutes that divide an hour, hours that divide a day, one
    day, and one week.
    """
    if duration < _MINUTE or duration % _MINUTE:
        return None
    if duration < _HOUR:
        minutes = duration // _MINUTE
        return f"*/{minutes} * * * *" if 60 % minutes == 0 else None
    if duration < _DAY:
        hours = duration // _HOUR
        whole = duration % _HOUR == 0 and 24 % hours == 0
        return ("0 * * * *" if hours == 1 else f"0 */{hours} * * *") if whole else None
    if duration == _DAY:
        return "0 0 * * *"
    return "0 0 * * 1" if duration == 7 * _DAY else None
