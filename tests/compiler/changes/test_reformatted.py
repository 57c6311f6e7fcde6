"""However a spec is written, it is the same spec."""

import json
from random import Random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onespec.specs.read import read_text

from .project import FLIGHTS
from .test_nodes import changed_nodes, flights, side, touched


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32))
def test_a_reformatted_spec_is_unchanged(seed: int) -> None:
    data = read_text(FLIGHTS, "pipeline.yaml").data
    assert touched(changed_nodes(flights(), side(_Writer(Random(seed)).text(data)))) == {}


class _Writer:
    """Writes data as YAML in a way that chance decides: order of keys, block or flow, quotes,
    comments, blank lines, and anchors for lists that are there twice."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.anchors: dict[str, str] = {}

    def text(self, data: dict[str, Any]) -> str:
        return "\n".join(self.block(data, 0)) + "\n"

    def block(self, data: dict[str, Any], depth: int) -> list[str]:
        lines = []
        indent = " " * depth
        step = self.random.choice([1, 2, 4])
        keys = list(data)
        self.random.shuffle(keys)
        for key in keys:
            if self.random.random() < 0.2:
                lines.append(f"{indent}# {self.random.choice(['why', 'x: [', '- a'])}")
            value = data[key]
            name = json.dumps(key) if self.random.random() < 0.2 else key
            if isinstance(value, dict) and value and self.random.random() < 0.7:
                lines += [f"{indent}{name}:", *self.block(value, depth + step)]
            elif isinstance(value, list) and value and self.random.random() < 0.5:
                lines.append(f"{indent}{name}:")
                lines += [f"{indent}{' ' * step}- {self.flow(item)}" for item in value]
            else:
                lines.append(f"{indent}{name}: {self.anchored(value)}{self.comment()}")
        return lines

    def comment(self) -> str:
        return "   # 'so'" if self.random.random() < 0.2 else ""

    def anchored(self, value: Any) -> str:
        if not isinstance(value, list) or not value:
            return self.flow(value)
        known = json.dumps(value)
        if known in self.anchors:
            return f"*{self.anchors[known]}"
        if self.random.random() < 0.5:
            self.anchors[known] = f"a{len(self.anchors)}"
            return f"&{self.anchors[known]} {self.flow(value)}"
        return self.flow(value)

    def flow(self, value: Any) -> str:
        if isinstance(value, dict):
            items = list(value.items())
            self.random.shuffle(items)
            return "{" + ", ".join(f"{json.dumps(k)}: {self.flow(v)}" for k, v in items) + "}"
        if isinstance(value, list):
            return "[" + ", ".join(self.flow(item) for item in value) + "]"
        if isinstance(value, str) and "'" not in value and self.random.random() < 0.5:
            return f"'{value}'"
        return json.dumps(value)
