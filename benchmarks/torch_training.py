"""Training and scoring the digits: onespec's steps against the same by hand, in the same run.

By hand means: the same network, optimizer, batches and early
stopping in a plain torch loop, without deterministic algorithms; and a bare ONNX Runtime session
over the same rows.
"""

import copy
import json
from time import perf_counter
from typing import Any

import numpy as np
import onnxruntime as ort
import torch
from sklearn.datasets import load_digits
from torch import nn

from onespec.compiler.interfaces.model_inputs import Signature
from onespec.compiler.plan import Estimator
from onespec.runtime.trainers.classes import Classes
from onespec.runtime.trainers.inputs import ModelInputs
from onespec.runtime.trainers.scorer import Scorer
from onespec.runtime.trainers.torch_family import train
from onespec.runtime.trainers.trained import Assignment
from onespec.runtime.trainers.training_set import Part

PARAMS = {"image": [1, 8, 8], "channels": [16, 32], "hidden": 64, "epochs": 15, "patience": None}
PARAMS |= {"batch_size": 64, "learning_rate": 0.002, "dropout": 0.3}
ROUNDS = 3
ROWS = 100_000
CLASSES: Classes = tuple(range(10))


def main() -> None:
    """Print the quickest of several rounds in seconds, and ratios."""
    torch.set_num_threads(1)
    digits = load_digits()
    order = np.random.default_rng(0).permutation(len(digits.target))
    pixels = digits.data[order].astype(np.float32)
    labels = digits.target[order].astype(np.float64)
    parts = [_part(pixels, labels, place) for place in (slice(0, 1250), slice(1250, 1520))]
    signature = Signature(tuple(f"image.p{place:02}" for place in range(64)), ())
    estimator = Estimator("onespec.torch.ConvNet", "torch", PARAMS)
    assignment = Assignment(
        estimator, "multiclass_classification", signature, 0, 1, "cpu", parts[1], CLASSES
    )
    train(assignment, parts[0])  # the first call of torch's optimizer imports a second's worth
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(_seconds(lambda: train(assignment, parts[0])))
        theirs.append(_seconds(lambda: _by_hand(parts[0], parts[1])))
    model = train(assignment, parts[0]).model
    many = np.tile(pixels, (ROWS // len(pixels) + 1, 1))[:ROWS]
    scorer, session = Scorer.load(model), _bare(model)
    doubles = many.astype(np.float64).T
    columns = dict(zip(scorer.features, doubles, strict=True))
    inputs = ModelInputs(many, np.empty((ROWS, 0), dtype=object))
    chunks = [many[start : start + 8192] for start in range(0, ROWS, 8192)]
    scoring = {
        "columns": lambda: scorer.score(columns),
        "matrix": lambda: scorer.score_inputs(inputs),
        "bare": lambda: [session.run(None, {"numeric": chunk}) for chunk in chunks],
    }
    # All take turns, and the quickest counts: what else the machine does comes and goes.
    turns = [{name: _seconds(work) for name, work in scoring.items()} for _ in range(3 * ROUNDS)]
    best = {name: min(turn[name] for turn in turns) for name in scoring}
    found = {
        "training: onespec (preparation, safetensors, export)": min(ours),
        "training: plain torch": min(theirs),
        "training: ratio": min(ours) / min(theirs),
        f"scoring {ROWS:,} rows: onespec, from 64 columns of float64": best["columns"],
        f"scoring {ROWS:,} rows: onespec, from a matrix": best["matrix"],
        f"scoring {ROWS:,} rows: bare ONNX Runtime, 8,192 rows at a time": best["bare"],
        "scoring: ratio, from columns": best["columns"] / best["bare"],
        "scoring: ratio, from a matrix": best["matrix"] / best["bare"],
    }
    print(json.dumps({name: round(value, 3) for name, value in found.items()}, indent=1))


def _part(pixels: Any, labels: Any, place: slice) -> Part:
    rows = np.ascontiguousarray(pixels[place])
    words = np.empty((len(rows), 0), dtype=object)
    return Part("train", ModelInputs(rows, words), labels[place], None)


def _seconds(work: Any) -> float:
    began = perf_counter()
    work()
    return perf_counter() - began


def _bare(model: bytes) -> Any:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _by_hand(rows: Part, unseen: Part) -> nn.Module:
    torch.manual_seed(0)
    mean, scale = rows.inputs.numeric.mean(), rows.inputs.numeric.std()
    x, held = (torch.from_numpy((p.inputs.numeric - mean) / scale) for p in (rows, unseen))
    y, wanted = (torch.from_numpy(p.labels.astype(np.int64)) for p in (rows, unseen))
    network = nn.Sequential(
        nn.Unflatten(1, (1, 8, 8)),
        *(nn.Conv2d(1, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU()),
        nn.MaxPool2d(2),
        *(nn.Conv2d(16, 32, 3, padding=1, bias=False), nn.BatchNorm2d(32), nn.ReLU()),
        nn.MaxPool2d(2),
        *(nn.Flatten(), nn.Linear(128, 64), nn.ReLU(), nn.Dropout(0.3), nn.Linear(64, 10)),
    )
    optimizer = torch.optim.AdamW(network.parameters(), lr=0.002, weight_decay=0.0)
    best, kept = float("inf"), None
    for _ in range(15):
        network.train()
        for chosen in torch.randperm(len(x)).split(64):
            optimizer.zero_grad()
            nn.functional.cross_entropy(network(x[chosen]), y[chosen]).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        network.eval()
        with torch.no_grad():
            loss = float(nn.functional.cross_entropy(network(held), wanted))
        if loss < best:
            best, kept = loss, copy.deepcopy(network.state_dict())
    assert kept is not None
    network.load_state_dict(kept)
    return network


if __name__ == "__main__":
    main()
