"""Best practice and Pod Security, by checkov, over every object and the Dockerfile."""

import copy
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from .bundles import ALL, REPO, bundle
from .validate import needs_kubectl, render

CHECKOV = REPO / ".peers" / "checkov" / "bin" / "checkov"
pytestmark = [
    needs_kubectl,
    pytest.mark.slow,
    pytest.mark.skipif(not CHECKOV.exists(), reason="`make peers` installs checkov"),
]

JUSTIFIED = {
    "CKV_K8S_11": "a limit of processors slows a pod down while others are idle; requests share "
    "them fairly, and threads are bound by the environment",
    "CKV_K8S_14": "an image is named by a tag only where the spec does so, and W617 tells",
    "CKV_K8S_43": "an image is named without a digest only where the spec does so, and W617 tells",
    "CKV_K8S_15": "an image by its digest is the same however often it is pulled",
    "CKV_DOCKER_2": "Kubernetes asks by its own probes, and takes no notice of HEALTHCHECK",
}
"""What is not done, and why."""
FAULTS = ("pod", "container", "token")
BY_THE_SPEC = {"CKV_K8S_14", "CKV_K8S_15", "CKV_K8S_43"}


def _found(folder: Path) -> tuple[set[tuple[str, str]], int]:
    """What checkov refuses, as check and object, and the number of checks that passed."""
    done = subprocess.run(
        [
            *(str(CHECKOV), "--directory", str(folder), "--skip-download", "--quiet"),
            *("--framework", "kubernetes", "dockerfile", "--output", "json"),
        ],
        check=False,
        capture_output=True,
        text=True,
        timeout=200,
        env={"PATH": "/usr/bin", "HOME": str(folder)},
    )
    told = json.loads(done.stdout)
    reports: list[dict[str, Any]] = told if isinstance(told, list) else [told]
    failed = [one for report in reports for one in report["results"]["failed_checks"]]
    assert not any(report["summary"]["parsing_errors"] for report in reports)
    passed = sum(report["summary"]["passed"] for report in reports)
    return {(one["check_id"], one["resource"]) for one in failed}, passed


def _harmed(fault: str, one: dict[str, Any]) -> dict[str, Any]:
    """A Deployment with a fault, which is its name, too."""
    found = copy.deepcopy(one)
    found["metadata"] = {"name": fault, "namespace": "faults"}
    pod = found["spec"]["template"]["spec"]
    match fault:
        case "pod":
            del pod["securityContext"]
        case "container":
            del pod["containers"][0]["securityContext"]
        case "token":
            pod["automountServiceAccountToken"] = True
    return found


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[set[tuple[str, str]], int]:
    """What checkov says of all objects of all specs, and of some with a fault: it starts slowly,
    so that it is asked once."""
    folder = tmp_path_factory.mktemp("checkov")
    for name, part in ALL:
        root = bundle(name).write(tmp_path_factory.mktemp(name))
        objects = render(root / part)
        (folder / f"{name}-{part.replace('/', '-')}.yaml").write_text(yaml.safe_dump_all(objects))
        (folder / name).mkdir(exist_ok=True)
        (folder / name / "Dockerfile").write_text(bundle(name).files["Dockerfile"])
    one = next(one for one in objects if one["kind"] == "Deployment")
    for fault in FAULTS:
        (folder / f"{fault}.yaml").write_text(yaml.safe_dump(_harmed(fault, one)))
    return _found(folder)


def _is_planted(resource: str) -> bool:
    return ".faults." in resource


def test_nothing_is_refused_but_what_is_justified(told: tuple[set[tuple[str, str]], int]) -> None:
    failed = {one for one in told[0] if not _is_planted(one[1])}
    assert told[1] > 1000
    assert sorted(one for one in failed if one[0] not in JUSTIFIED) == []
    assert {check for check, _ in failed} == set(JUSTIFIED), "no excuse is left over"
    named_by_digest = [one for one in failed if one[0] in BY_THE_SPEC and "flight" in one[1]]
    assert named_by_digest == []


@pytest.mark.parametrize("fault", FAULTS)
def test_a_pod_that_may_do_more_is_found(
    fault: str, told: tuple[set[tuple[str, str]], int]
) -> None:
    planted = [check for check, where in told[0] if f".faults.{fault}" in where]
    assert set(planted) - set(JUSTIFIED)
