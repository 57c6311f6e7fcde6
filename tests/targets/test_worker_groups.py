"""Worker groups: each is large enough for whatever it is to run."""

from pathlib import Path

from onespec.compiler.compile import compile_spec
from onespec.targets.worker_groups import WorkerGroup, worker_groups

FLIGHTS = Path(__file__).parents[2] / "examples" / "flights"
GIB = 1 << 30


def _groups(tmp_path: Path, train: str, nightly: str = "{}", api: str = "{}") -> list[WorkerGroup]:
    text = (FLIGHTS / "pipeline.yaml").read_text()
    text = text.replace("resources: {cpu: 2}", f"resources: {train}")
    text = text.replace(
        '    schedule: "0 2 * * *"', f'    schedule: "0 2 * * *"\n    resources: {nightly}'
    )
    text = text.replace("resources: {cpu: 0.5, replicas: {min: 1, max: 2}}", f"resources: {api}")
    (tmp_path / "onespec.lock").write_text((FLIGHTS / "onespec.lock").read_text())
    spec = tmp_path / "pipeline.yaml"
    spec.write_text(text)
    return [*worker_groups(compile_spec(spec))]


def test_plain_machines_fit_the_largest_step(tmp_path: Path) -> None:
    (one,) = _groups(tmp_path, "{cpu: 2.5, memory: 3500MiB}", "{memory: 1GiB}")
    assert (one.name, one.cpu, one.memory, one.gpu) == ("cpu", 3, 4 * GIB, 0)
    assert len(one.at) == 2


def test_each_accelerator_has_machines_of_its_own(tmp_path: Path) -> None:
    plain, any_gpu, a100 = _groups(
        tmp_path,
        "{cpu: 4, gpu: 2, accelerator: A100}",
        "{gpu: 0.5, accelerator: A100, cpu: 8}",
        "{gpu: 0.5}",
    )
    assert (plain.name, plain.cpu, plain.gpu, plain.at) == ("cpu", 1, 0, ())
    assert (any_gpu.name, any_gpu.gpu, any_gpu.accelerator) == ("gpu", 1, None)
    assert (a100.name, a100.cpu, a100.gpu, a100.accelerator) == ("gpu-a100", 8, 2, "A100")
