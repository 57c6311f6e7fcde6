"""The image: a Dockerfile that a CI can build, and what its context leaves out."""

import json
import shlex
from collections.abc import Iterator

from ... import __version__
from ...compiler.plan import Plan, TrainParams
from ...specs.render.visible import visible
from .pod import PLAN_FILE, PROJECT, USER
from .settings import KubernetesSettings

PYTHON = "3.11-slim-bookworm"
_PYTHON_IMAGE = "docker.io/library/python"
_VENV = "/opt/onespec"


def extras(plan: Plan, settings: KubernetesSettings) -> tuple[str, ...]:
    """What the image installs with onespec: as little as the plan needs."""
    return tuple(dict.fromkeys(_extras(plan, settings)))


def _extras(plan: Plan, settings: KubernetesSettings) -> Iterator[str]:
    yield "run"
    trainings = [step.params for step in plan if isinstance(step.params, TrainParams)]
    if trainings:
        yield "train"
    if any(one.estimator.family == "torch" for one in trainings):
        yield "torch"
    if plan.endpoints:
        yield "serve"
    if settings.kuberay:
        yield "ray"
    if plan.stores.artifacts is not None and plan.stores.artifacts.path.startswith("s3://"):
        yield "s3"
    if plan.stores.ledger is not None:
        yield "postgresql"
    if plan.stores.online is not None:
        yield "redis"


def dockerfile(plan: Plan, settings: KubernetesSettings) -> str:
    """Two stages: packages are installed in one, and the other has neither pip's cache nor root."""
    return "\n".join(_lines(plan, settings)) + "\n"


def _lines(plan: Plan, settings: KubernetesSettings) -> Iterator[str]:
    folder = settings.bundle or "."
    yield "# syntax=docker/dockerfile:1"
    yield f"# The image of all pods of {plan.name}; the context is the project folder:"
    yield f"#   docker build -f {visible(shlex.quote(f'{folder}/Dockerfile'))} -t IMAGE ."
    yield "# For builds that are alike for ever, add the digest: docker buildx imagetools inspect"
    yield f"# python:{PYTHON} prints it, and --build-arg PYTHON={PYTHON}@sha256:… takes it."
    yield f"ARG PYTHON={PYTHON}"
    yield ""
    yield f"FROM {_PYTHON_IMAGE}:${{PYTHON}} AS packages"
    yield "ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1"
    yield f"RUN python -m venv {_VENV}"
    if settings.requirements is None:
        wanted = f"onespec[{','.join(extras(plan, settings))}]=={__version__}"
        yield "# `requirements: FILE` in the target's settings installs a lock file instead."
        yield f'RUN {_VENV}/bin/pip install "{wanted}"'
    else:
        yield f"COPY {settings.requirements} /requirements"
        yield f"RUN {_VENV}/bin/pip install --requirement /requirements"
    yield ""
    yield f"FROM {_PYTHON_IMAGE}:${{PYTHON}}"
    yield f"COPY --from=packages {_VENV} {_VENV}"
    yield f"ENV PATH={_VENV}/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1"
    yield f"WORKDIR {PROJECT}"
    yield "# Root owns the project: what runs cannot change it."
    yield f"COPY . {PROJECT}"
    if settings.plan_in_image:
        yield "# An environment's: --build-arg PLAN=overlays/NAME/plan.json"
        yield "ARG PLAN=base/plan.json"
        words = [folder.replace("\\", "\\\\").replace("$", "\\$") + "/${PLAN}", PLAN_FILE]
        yield f"COPY {json.dumps(words)}"
    yield f"USER {USER}:{USER}"
    yield 'ENTRYPOINT ["onespec"]'


def ignored(plan: Plan, settings: KubernetesSettings) -> str:
    """What BuildKit leaves out of the context, since it lies beside the Dockerfile."""
    del plan
    lines = [
        "# Not for the image: state, secrets, and what was compiled.",
        *("**/.git", "**/.onespec", "**/.venv", "**/__pycache__", "**/.env*", "**/*.pem"),
    ]
    folder = settings.bundle or "."
    if folder != ".":
        lines.append(folder)
        if settings.plan_in_image:
            lines.append(f"!{folder}/**/plan.json")
    return "\n".join(lines) + "\n"
