"""Equality, hash and representation of the plan's dataclasses.

`dataclass` compiles these anew for every class. The plan has some forty classes, and compiling
their methods took longer than checking a spec.
"""


class Part:
    """A base for frozen dataclasses without slots, declared with `eq=False, repr=False`."""

    def __eq__(self, other: object) -> bool:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash((self.__class__, *self.__dict__.values()))

    def __repr__(self) -> str:
        held = ", ".join(f"{name}={value!r}" for name, value in self.__dict__.items())
        return f"{type(self).__name__}({held})"
