"""Secrets: found in two ways, told in none."""

import copy
import json
import pickle
import traceback
from pathlib import Path

import pytest

from onespec.runtime.errors import StepError
from onespec.runtime.secrets import Secret, find_secret

VALUE = "hunter2-0123456789"


def test_the_environment_comes_first_then_the_file(tmp_path: Path) -> None:
    (tmp_path / "KEY").write_text(VALUE + "\n")
    folder = {"ONESPEC_SECRETS": str(tmp_path)}
    assert find_secret("KEY", folder).reveal() == VALUE
    assert find_secret("KEY", {**folder, "KEY": "other"}).reveal() == "other"
    assert find_secret("KEY", {**folder, "KEY": ""}).reveal() == VALUE


def test_a_mounted_secret_is_a_link(tmp_path: Path) -> None:
    """Kubernetes mounts each file as a link, so that all of them change at once."""
    (tmp_path / "..data").mkdir()
    (tmp_path / "..data" / "KEY").write_text(f" {VALUE} ")
    (tmp_path / "KEY").symlink_to(Path("..data") / "KEY")
    assert find_secret("KEY", {"ONESPEC_SECRETS": str(tmp_path)}).reveal() == f" {VALUE} "


@pytest.mark.parametrize("environment", [{}, {"ONESPEC_SECRETS": "."}, {"KEY": ""}])
def test_a_missing_secret_is_told_with_both_ways(
    environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StepError, match="the secret KEY is not known here") as raised:
        find_secret("KEY", environment)
    assert "environment variable KEY" in raised.value.remedy
    assert "ONESPEC_SECRETS" in raised.value.remedy


@pytest.mark.parametrize("name", ["../KEY", "/etc/passwd", "key", "", "KEY\n"])
def test_a_name_is_never_a_path(name: str, tmp_path: Path) -> None:
    (tmp_path / "KEY").write_text(VALUE)
    with pytest.raises(StepError, match="not the name of a secret"):
        find_secret(name, {"ONESPEC_SECRETS": str(tmp_path / "below"), name: VALUE})


@pytest.mark.parametrize("content", [b"\xff" + VALUE.encode(), VALUE.encode() * 10_000])
def test_a_file_that_is_no_secret_is_not_repeated(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "KEY").write_bytes(content)
    with pytest.raises(StepError, match="the secret KEY") as raised:
        find_secret("KEY", {"ONESPEC_SECRETS": str(tmp_path)})
    assert VALUE not in "".join(traceback.format_exception(raised.value))


def test_nothing_shows_the_value() -> None:
    secret = Secret("KEY", VALUE)
    shown = [
        repr(secret),
        str(secret),
        f"{secret}",
        f"{secret!r:>40}",
        repr([secret]),
    ]
    shown += [repr(getattr(secret, name)) for name in Secret.__slots__]
    assert not any(VALUE in text for text in shown)
    assert repr(secret) == "<secret KEY>"
    assert secret.reveal() == VALUE


@pytest.mark.parametrize("write", [pickle.dumps, json.dumps, copy.deepcopy])
def test_it_does_not_travel(write: object) -> None:
    with pytest.raises(TypeError):
        write(Secret("KEY", VALUE))  # type: ignore[operator]
