"""Aliases and rollouts of the SQL ledger: each move whole, explained, and the same when repeated.

A running rollout is between the champion and one challenger. Whatever else moves one of these two
aliases ends it, in the same transaction.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from ..errors import StoreError
from .ledger import CHALLENGER, CHAMPION, PROMOTED, RolloutRecord
from .ledger_tables import aliases, audit_log, model_versions, rollouts


class Moves:
    """What moves aliases, inside one transaction. `clock` gives the instant (UTC µs)."""

    def __init__(self, connection: Connection, clock: Callable[[], int]) -> None:
        self._connection = connection
        self._clock = clock

    def append(self, action: str, subject: str, facts: Mapping[str, Any]) -> None:
        """Write into the audit log."""
        row = {"at": self._clock(), "action": action, "subject": subject, "facts": dict(facts)}
        self._connection.execute(audit_log.insert().values(**row))

    def set_alias(self, model: str, alias: str, version: int, why: str) -> None:
        """Move an alias; a rollout that it was part of ends."""
        if not self._put(model, alias, version, why):
            return
        for running in self._running(model):
            if alias == CHAMPION:
                won = version == running.version
                self._end(running, PROMOTED if won else "superseded", why)
            elif alias == CHALLENGER and version != running.version:
                self._end(running, "superseded", why)

    def drop_alias(self, model: str, alias: str, why: str) -> None:
        """Take an alias away; a rollout whose challenger it named ends."""
        for running in self._running(model) if alias == CHALLENGER else ():
            self._end(running, "aborted", why)
        self._drop(model, alias, why)

    def begin(
        self,
        endpoint: str,
        model: str,
        version: int,
        steps: Sequence[float],
        facts: Mapping[str, Any],
        *,
        again: bool,
    ) -> RolloutRecord | None:
        """A rollout at its first share; the one that there is for this version; None for the
        champion. One that was aborted is begun anew only `again`."""
        if self._version(model, CHAMPION) == version:
            return None
        for known in self.rollouts(endpoint):
            if (known.model, known.version) == (model, version):
                if known.running or (known.state == "aborted" and not again):
                    return known
                break
        why = str(facts.get("why", ""))
        for running in self._running(model):
            self._end(running, "superseded", f"version {version} takes its place")
        self._put(model, CHALLENGER, version, why)
        now = self._clock()
        made = self._connection.execute(
            rollouts.insert().values(
                endpoint=endpoint,
                model=model,
                version=version,
                steps=list(steps),
                stage=0,
                state="running",
                began=now,
                moved=now,
                facts=dict(facts),
            )
        )
        assert made.inserted_primary_key is not None
        begun = self._rollout(int(made.inserted_primary_key[0]))
        self._tell("rollout_begun", begun, why)
        return begun

    def advance(self, number: int, stage: int, why: str) -> RolloutRecord:
        """From `stage` to the next share; with the last, the challenger is the champion.

        Raises StoreError when the rollout stands elsewhere: somebody else has moved it.
        """
        found = self._rollout(number)
        if found.stage == stage + 1 and found.state in ("running", PROMOTED):
            return found  # this move was made before
        if not found.running or found.stage != stage:
            stands = found.state if not found.running else f"at step {found.stage + 1}"
            raise StoreError(
                f"the rollout of `{found.endpoint}` has been moved meanwhile: it is {stands}",
                remedy=f"look again: `onespec rollout status {found.endpoint}`",
            )
        last = stage + 2 == len(found.steps)
        self._change(number, stage=stage + 1)
        moved = self._rollout(number)
        self._tell("rollout_advanced", moved, why)
        if not last:
            return moved
        replaced = self._connection.execute(
            select(model_versions.c.value_key)
            .join(
                aliases,
                (aliases.c.model == model_versions.c.model)
                & (aliases.c.version == model_versions.c.version),
            )
            .where(aliases.c.model == found.model, aliases.c.alias == CHAMPION)
        ).scalar()
        facts = {**found.facts, "replaced": replaced, "rollout": number, "why": why}
        self.append(PROMOTED, f"{found.model}@{found.version}", facts)
        self._end(moved, PROMOTED, why)
        self._put(found.model, CHAMPION, found.version, why or "its rollout is complete")
        return self._rollout(number)

    def abort(self, number: int, why: str) -> RolloutRecord:
        """The challenger is asked no more; one that has ended stays as it ended."""
        found = self._rollout(number)
        if found.running:
            self._end(found, "aborted", why)
        return self._rollout(number)

    def rollouts(self, endpoint: str | None) -> list[RolloutRecord]:
        """Newest first."""
        query = select(rollouts).order_by(rollouts.c.number.desc())
        if endpoint is not None:
            query = query.where(rollouts.c.endpoint == endpoint)
        return [_record(dict(row._mapping)) for row in self._connection.execute(query)]

    def _running(self, model: str) -> list[RolloutRecord]:
        return [r for r in self.rollouts(None) if r.running and r.model == model]

    def _rollout(self, number: int) -> RolloutRecord:
        for found in self.rollouts(None):
            if found.number == number:
                return found
        raise StoreError(f"there is no rollout {number}")

    def _change(self, number: int, **values: Any) -> None:
        statement = rollouts.update().where(rollouts.c.number == number)
        self._connection.execute(statement.values(**values, moved=self._clock()))

    def _end(self, running: RolloutRecord, state: str, why: str) -> None:
        self._change(running.number, state=state)
        self._tell(f"rollout_{state}", self._rollout(running.number), why)
        if self._version(running.model, CHALLENGER) == running.version:
            self._drop(running.model, CHALLENGER, f"the rollout is {state}")

    def _tell(self, action: str, rollout: RolloutRecord, why: str) -> None:
        facts = {
            "rollout": rollout.number,
            "endpoint": rollout.endpoint,
            "model": rollout.model,
            "version": rollout.version,
            "share": rollout.steps[rollout.stage],
            "why": why,
        }
        self.append(action, f"{rollout.model}@{rollout.version}", facts)

    def _version(self, model: str, alias: str) -> int | None:
        same = (aliases.c.model == model) & (aliases.c.alias == alias)
        found: int | None = self._connection.execute(select(aliases.c.version).where(same)).scalar()
        return found

    def _put(self, model: str, alias: str, version: int, why: str) -> bool:
        """Whether it had to be moved."""
        known = (model_versions.c.model == model) & (model_versions.c.version == version)
        if self._connection.execute(select(model_versions.c.version).where(known)).first() is None:
            raise StoreError(
                f"model {model} has no version {version}",
                remedy=f"`onespec models list` shows the versions of {model}",
            )
        before = self._version(model, alias)
        if before == version:
            return False
        row = {"version": version, "moved": self._clock()}
        if before is None:
            statement: Any = aliases.insert().values(model=model, alias=alias, **row)
        else:
            same = (aliases.c.model == model) & (aliases.c.alias == alias)
            statement = aliases.update().where(same).values(**row)
        self._connection.execute(statement)
        self.append("set_alias", f"{model}@{alias}", {"from": before, "to": version, "why": why})
        return True

    def _drop(self, model: str, alias: str, why: str) -> None:
        before = self._version(model, alias)
        if before is None:
            return
        same = (aliases.c.model == model) & (aliases.c.alias == alias)
        self._connection.execute(aliases.delete().where(same))
        self.append("drop_alias", f"{model}@{alias}", {"from": before, "to": None, "why": why})


def _record(row: Mapping[str, Any]) -> RolloutRecord:
    return RolloutRecord(**{**row, "steps": tuple(row["steps"])})
