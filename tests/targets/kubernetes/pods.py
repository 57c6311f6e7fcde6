"""Runs a container as its manifest says, on this machine: a stand-in for the kubelet.

In namespaces of its own, with the user of the pod and no rights, a root file system that cannot be
written, the volumes where the manifest mounts them, the environment that it names, and loopback
alone. The image is this Python with onespec and a copy of a project in `/app`.
"""

import base64
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

REPO = Path(__file__).parents[3]
PROGRAMS = ("unshare", "nsenter", "setpriv", "mount", "ip")
_MISSING = [name for name in PROGRAMS if shutil.which(name, path="/usr/sbin:/usr/bin") is None]
needs_namespaces = pytest.mark.skipif(
    bool(_MISSING) or os.getuid() != 0, reason="needs root, and " + ", ".join(PROGRAMS)
)

Data = Mapping[str, Any]
_OF_THE_HOST = ("/usr", "/etc", sys.base_prefix, sys.prefix, str(REPO))
_LINKS = ("bin", "lib", "lib64", "sbin")


@dataclass
class Node:
    """What outlives pods: the image's project, claims by name, and the objects of the cluster."""

    project: Path
    folder: Path
    objects: list[dict[str, Any]]
    secrets: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def find(self, kind: str, name: str) -> dict[str, Any]:
        """An object that was applied."""
        for one in self.objects:
            if (one["kind"], one["metadata"]["name"]) == (kind, name):
                return one
        raise KeyError((kind, name))

    def claim(self, name: str) -> Path:
        """The volume behind a claim; those of objects must have been applied."""
        self.find("PersistentVolumeClaim", name)
        return self.folder / "claims" / name

    @contextmanager
    def pod(self, spec: Data) -> Iterator["Pod"]:
        """A pod of one container, started; killed at the end if it still runs."""
        assert spec["automountServiceAccountToken"] is False
        with tempfile.TemporaryDirectory(dir=self.folder) as inside:
            volumes = {v["name"]: self._volume(v, Path(inside), spec) for v in spec["volumes"]}
            (container,) = spec["containers"]
            script = "\n".join(_script(spec, container, volumes, self.project, inside))
            command = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child"]
            log = Path(inside) / "log"
            with log.open("wb") as file:
                process = subprocess.Popen(
                    [*command, "bash", "-euc", script],
                    stdin=subprocess.DEVNULL,
                    stdout=file,
                    stderr=subprocess.STDOUT,
                )
            try:
                yield Pod(process, log, container)
            finally:
                process.kill()
                process.wait()

    def _volume(self, volume: Data, inside: Path, spec: Data) -> Path:
        if "persistentVolumeClaim" in volume:
            found = self.claim(volume["persistentVolumeClaim"]["claimName"])
        else:
            found = inside / "volumes" / volume["name"]
        found.mkdir(parents=True, exist_ok=True)
        group = spec["securityContext"]["fsGroup"]
        for name, content in self._content(volume):
            (found / name).write_bytes(content)
            os.chown(found / name, 0, group)
            (found / name).chmod(volume.get("secret", {}).get("defaultMode", 0o644))
        os.chown(found, -1, group)
        found.chmod(0o2775)
        return found

    def _content(self, volume: Data) -> Iterator[tuple[str, bytes]]:
        if "configMap" in volume:
            one = self.find("ConfigMap", volume["configMap"]["name"])
            yield from ((name, text.encode()) for name, text in one.get("data", {}).items())
            binary = one.get("binaryData", {}).items()
            yield from ((name, base64.b64decode(text)) for name, text in binary)
        if "secret" in volume:
            known = self.secrets[volume["secret"]["secretName"]]
            for item in volume["secret"]["items"]:
                yield item["path"], known[item["key"]].encode()


@dataclass
class Pod:
    """A container that was started."""

    process: "subprocess.Popen[bytes]"
    log_file: Path
    container: Data

    @property
    def log(self) -> str:
        return self.log_file.read_text("utf-8", "replace")

    def wait(self, seconds: float) -> int:
        """The exit code."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still running after {seconds} s:\n{self.log}") from None

    def stop(self) -> None:
        """SIGTERM to the container's first process, as the kubelet sends it."""
        os.kill(self._first_process(), signal.SIGTERM)

    def probe(self, probe: Data, deadline: float) -> None:
        """Waits until an HTTP probe of the manifest succeeds."""
        told = probe["httpGet"]
        ports = {port["name"]: port["containerPort"] for port in self.container["ports"]}
        end = time.monotonic() + deadline
        while (answer := self.call(ports[told["port"]], told["path"])) is None:
            assert self.process.poll() is None, self.log
            assert time.monotonic() < end, f"no answer from {told}:\n{self.log}"
            time.sleep(0.1)
        assert answer

    def call(self, port: int, path: str, body: str | None = None) -> str | None:
        """What the server answers; None where it does not, or says that it cannot."""
        script = (
            "import sys, urllib.request as r\n"
            "url, *body = sys.argv[1:]\n"
            "data = body[0].encode() if body else None\n"
            "print(r.urlopen(r.Request(url, data), timeout=10).read().decode())\n"
        )
        words = [f"http://127.0.0.1:{port}{path}", *([body] if body is not None else [])]
        there = ["nsenter", "-t", str(self._first_process()), "-n"]
        done = subprocess.run(
            [*there, sys.executable, "-Sc", script, *words],
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
        )
        return done.stdout if done.returncode == 0 else None

    def _first_process(self) -> int:
        parent = self.process.pid
        children = Path(f"/proc/{parent}/task/{parent}/children")
        end = time.monotonic() + 10
        while not (found := children.read_text().split()):
            assert time.monotonic() < end, self.log
            time.sleep(0.01)
        return int(found[0])


def _script(
    spec: Data, container: Data, volumes: Mapping[str, Path], project: Path, inside: str
) -> Iterator[str]:
    """What makes the root file system and becomes the container's process."""
    root = f"{inside}/root"
    yield "ip link set lo up"
    yield f"mkdir {root} && mount -t tmpfs -o mode=755 tmpfs {root}"
    yield f"mkdir {root}/proc {root}/dev {root}/tmp && mount -t proc proc {root}/proc"
    yield f"mount --rbind /dev {root}/dev"
    for name in _LINKS:
        yield f"if [ -e /{name} ]; then ln -s usr/{name} {root}/{name}; fi"
    yield from _bound(root, "/app", project, read_only=True)
    for mount in container["volumeMounts"]:
        volume = volumes[mount["name"]] / mount.get("subPath", "")
        if not volume.exists():
            volume.mkdir(parents=True)
            os.chown(volume, -1, spec["securityContext"]["fsGroup"])
            volume.chmod(0o2775)
        at = mount["mountPath"]
        if at.startswith("/app/"):  # a container runtime makes the folder
            (project / at.removeprefix("/app/")).mkdir(parents=True, exist_ok=True)
        yield from _bound(root, at, volume, read_only=mount.get("readOnly", False))
    for path in dict.fromkeys(_OF_THE_HOST):
        yield from _bound(root, path, Path(path), read_only=True)
    if container["securityContext"]["readOnlyRootFilesystem"]:
        yield f"mount -o remount,ro {root}"
    user, group = (spec["securityContext"][key] for key in ("runAsUser", "runAsGroup"))
    rights = ["--reuid", str(user), "--regid", str(group), "--clear-groups", "--no-new-privs"]
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert container["securityContext"]["allowPrivilegeEscalation"] is False
    become = ["setpriv", *rights, "--bounding-set=-all", "--inh-caps=-all"]
    start = ["env", "-i", f"--chdir={container['workingDir']}", *_environment(container)]
    words = [_expanded(word) for word in (*container["command"], *container["args"])]
    yield f"exec chroot {root} " + shlex.join([*become, *start, *words])


def _bound(root: str, at: str, source: Path, *, read_only: bool) -> Iterator[str]:
    where = shlex.quote(f"{root}{at}")
    yield f"mkdir -p {where} && mount --bind {shlex.quote(str(source))} {where}"
    if read_only:
        yield f"mount -o remount,ro,bind {where}"


def _environment(container: Data) -> Iterator[str]:
    """That of the image, then that of the manifest."""
    yield f"PATH={sys.prefix}/bin:/usr/bin"
    yield f"PYTHONPATH={REPO}/.pkg"
    yield "PYTHONDONTWRITEBYTECODE=1"
    for one in container["env"]:
        yield f"{one['name']}={_expanded(one['value'])}"


def _expanded(text: str) -> str:
    """The text as the kubelet passes it on; nothing refers to a variable."""
    assert "$(" not in text.replace("$$", "")
    return text.replace("$$", "$")
