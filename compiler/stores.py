"""Where a plan's values, records and online features are kept; None where the state folder is.

What is secret is here by name: the runner alone learns the values. Nothing of this enters a
fingerprint: a result is the same wherever it lies.
"""

from dataclasses import dataclass

from ..specs.sections.stores import Stores as StoresSection
from .part import Part


@dataclass(frozen=True, eq=False, repr=False)
class ArtifactsAt(Part):
    """A folder, relative to the project or absolute; or `s3://bucket/prefix`.

    `access_key` and `secret_key` are names of secrets.
    """

    path: str
    endpoint: str | None = None
    region: str | None = None
    access_key: str | None = None
    secret_key: str | None = None


@dataclass(frozen=True, eq=False, repr=False)
class LedgerAt(Part):
    """A `postgresql://` address. `password` is the name of a secret."""

    url: str
    password: str | None = None


@dataclass(frozen=True, eq=False, repr=False)
class OnlineAt(Part):
    """A `redis://` or `rediss://` address. `password` is the name of a secret."""

    url: str
    password: str | None = None


@dataclass(frozen=True, eq=False, repr=False)
class Stores(Part):
    """The stores of a plan; None is the embedded one in the state folder."""

    artifacts: ArtifactsAt | None = None
    ledger: LedgerAt | None = None
    online: OnlineAt | None = None

    @property
    def shared(self) -> bool:
        """Whether every machine reaches all of them: none is in a folder."""
        found = (self.artifacts, self.ledger, self.online)
        folder = self.artifacts is None or not self.artifacts.path.startswith("s3://")
        return None not in found and not folder

    @property
    def secrets(self) -> tuple[str, ...]:
        """The names of all secrets, sorted."""
        at = self.artifacts
        named = [at.access_key, at.secret_key] if at else []
        named += [one.password for one in (self.ledger, self.online) if one is not None]
        return tuple(sorted({name for name in named if name is not None}))


EMBEDDED = Stores()
"""All in the state folder."""


def stores_of(section: StoresSection) -> Stores:
    """The stores that a spec names."""
    return Stores(
        ArtifactsAt(**section.artifacts.model_dump()) if section.artifacts else None,
        LedgerAt(**section.ledger.model_dump()) if section.ledger else None,
        OnlineAt(**section.online.model_dump()) if section.online else None,
    )
