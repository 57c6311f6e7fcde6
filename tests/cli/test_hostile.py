"""Hostile specs through the whole command: findings, soon, in little memory."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from ..specs.test_read_properties import HOSTILE

REPO = Path(__file__).parents[2]
GOOD = (REPO / "tests/specs/good/small.yaml").read_text("utf-8")
SECONDS = 6  # of CPU; a third of it on a machine that does nothing else
MEGABYTES = 256

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory is counted as Linux does")


def fields(lines: str) -> str:
    """The good spec with these fields in its view of the weather."""
    return GOOD.replace("      temp: temp\n", f"      temp: temp\n{lines}")


def value(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new)


def quoted(text: str) -> str:
    return '"' + text + '"'


def _sum(terms: int) -> str:
    return " + ".join(["temp"] * terms)


SPECS: dict[str, Callable[[], str]] = {
    "100,000 keys": lambda: GOOD + "".join(f"k{n}: 1\n" for n in range(100_000)),
    "4 MB of keys": lambda: GOOD + "".join(f"key_{n:07}: {{a: 1}}\n" for n in range(180_000)),
    "4 MB in one line": lambda: GOOD + "x: [" + "a, " * 1_300_000 + "a]\n",
    "10,000 errors": lambda: fields("".join(f"      f{n}: tmep{n} +\n" for n in range(10_000))),
    "10,000 unknown columns": lambda: fields(
        "".join(f"      f{n}: tmep_{n}\n" for n in range(10_000))
    ),
    "10,000 unknown sources": lambda: GOOD.replace(
        "features:\n",
        "features:\n"
        + "".join(
            f"  v{n}: {{entity: airprot, source: wether{n}, fields: {{a: temp}}}}\n"
            for n in range(10_000)
        ),
    ),
    "1,000 long expressions": lambda: fields(
        "".join(f"      f{n}: {_sum(560)}\n" for n in range(1_000))
    ),
    "1,000 long expressions with an error": lambda: fields(
        "".join(f"      f{n}: {_sum(560)} + tmep\n" for n in range(1_000))
    ),
    "a deep expression": lambda: fields(
        "      f: " + quoted("(" * 1_990 + "1" + ")" * 1_990) + "\n"
    ),
    "1,000 deep expressions": lambda: fields(
        "".join(f"      f{n}: " + quoted("(" * 1_990) + "\n" for n in range(1_000))
    ),
    "deep negation": lambda: fields("      f: " + quoted("not " * 990 + "true") + "\n"),
    "deep minus": lambda: fields("      f: " + quoted("- " * 1_990 + "1") + "\n"),
    "deep calls": lambda: fields("      f: " + quoted("abs(" * 990) + "\n"),
    "deep cases": lambda: fields("      f: " + quoted("case when true then " * 190) + "\n"),
    "a long expression": lambda: fields("      f: " + quoted("temp + " * 500_000) + "\n"),
    "a long duration": lambda: value("ttl: 3h", "ttl: " + "1h" * 1_000_000),
    "a duration of digits": lambda: value("ttl: 3h", 'ttl: "' + "1" * 3_000_000 + 'h"'),
    "a duration of blanks": lambda: value("ttl: 3h", 'ttl: "' + " " * 3_000_000 + '"'),
    "a long gate": lambda: value("test.roc_auc >= 0.7", "test." + "a" * 3_000_000),
    "a gate of dots": lambda: value("test.roc_auc >= 0.7", "a" + "." * 3_000_000),
    "a gate of blanks": lambda: value(
        "test.roc_auc >= 0.7", quoted("test.roc_auc >= champion.a" + " " * 3_000_000 + "x")
    ),
    "a gate of digits": lambda: value("test.roc_auc >= 0.7", "test.roc_auc >= " + "1" * 3_000_000),
    "10,000 gates": lambda: value(
        "      - test.roc_auc >= 0.7\n", "      - tset.roc_auc >= 0.7\n" * 10_000
    ),
    "a long schedule": lambda: value(
        "online: {model: late_arrival}",
        "batch: {model: late_arrival, source: flights, output: o}\n    schedule: "
        + quoted("0,1," * 700_000),
    ),
    "a long name": lambda: value("name: flight-delays", "name: " + "a-" * 1_500_000),
    "a long path": lambda: value("data/weather.parquet", "../" * 1_000_000 + "x.parquet"),
    "a path of slashes": lambda: value("data/weather.parquet", "a" + "/" * 3_000_000 + ".parquet"),
    "a long reference": lambda: value("[weather_now,", "[" + "w." * 1_500_000 + ","),
    "10,000 references": lambda: value("[weather_now,", "[" + "waether_now, " * 10_000),
    "10,000 windows": lambda: value("[6h, 24h]", "[" + "3h, " * 10_000 + "24h]"),
    "a long environment": lambda: GOOD + "environments:\n  dev: {" + "a." * 1_000_000 + "b: 1}\n",
    "1,000 targets": lambda: (
        GOOD + "targets:\n" + "".join(f"  rya{n}: {{}}\n" for n in range(1_000))
    ),
}


@dataclass(frozen=True)
class Ended:
    """How a child process ended, and what it took."""

    code: int
    seconds: float
    megabytes: float
    out: str


# A child counts the memory of the process that it was forked from: this one is small.
LAUNCH = """
import json, os, resource, sys
child = os.fork()
if child == 0:
    resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
    os.execv(sys.executable, [sys.executable, *sys.argv[2:]])
_, status, used = os.wait4(child, 0)
code = os.waitstatus_to_exitcode(status)
with open(sys.argv[1], "w") as told:
    json.dump([code, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024], told)
"""


def check(text: str, folder: Path, *arguments: str) -> Ended:
    """`onespec check` on a text, in a process of its own that may use 20 seconds."""
    (folder / "pipeline.yaml").write_text(text, "utf-8")
    shutil.copyfile(REPO / "tests/specs/onespec.lock", folder / "onespec.lock")
    output, told = folder / "output", folder / "told"
    words = ["-m", "onespec", "check", *arguments]
    with output.open("wb") as stream:
        subprocess.run(
            [sys.executable, "-S", "-c", LAUNCH, str(told), *words],
            cwd=folder,
            stdout=stream,
            stderr=stream,
            check=True,
        )
    return Ended(*json.loads(told.read_text()), output.read_text("utf-8", "replace"))


@pytest.mark.parametrize("name", [*HOSTILE, *SPECS])
def test_hostile_specs_cost_little(name: str, tmp_path: Path) -> None:
    ended = check(HOSTILE[name] if name in HOSTILE else SPECS[name](), tmp_path)
    assert ended.code == 1, ended.out[-500:]
    assert "Traceback" not in ended.out
    assert "[E" in ended.out
    assert len(ended.out) < 20_000_000
    assert ended.megabytes < MEGABYTES
    assert ended.seconds < SECONDS


@pytest.mark.parametrize("form", ["json", "sarif", "github"])
def test_many_findings_in_every_form(form: str, tmp_path: Path) -> None:
    ended = check(SPECS["10,000 errors"](), tmp_path, "--format", form)
    assert (ended.code, ended.megabytes < MEGABYTES, ended.seconds < SECONDS) == (1, True, True)


def test_what_a_child_takes_is_counted(tmp_path: Path) -> None:
    """The control: the good spec is fine, and takes less than the limits, but not nothing."""
    ended = check(GOOD, tmp_path)
    assert ended.code == 0
    assert 0.05 < ended.seconds < SECONDS
    assert 10 < ended.megabytes < MEGABYTES
