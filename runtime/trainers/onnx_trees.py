"""Tree ensembles of scikit-learn as one ONNX TreeEnsembleRegressor, exact at every threshold.

scikit-learn compares a float32 feature with a float64 threshold. The graph compares float32 with
float32, so each threshold is rounded *down*: for every float32 x, `x <= t` holds exactly when
`x <= floor32(t)` does. Rounding to nearest would send a row that lies on the rounded value to the
other side.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import StepError
from .onnx_graph import Graph

# An ONNX file is at most 2 GiB, and a node takes about 60 bytes.
MOST_NODES = 20_000_000


@dataclass(frozen=True, slots=True)
class Trees:
    """The nodes of all trees, one after another; children are numbered within their tree.

    `weight` is what a leaf adds to the sum `target` (nodes,), or what it adds to the sum of each
    class (nodes, classes).
    """

    tree: NDArray[np.int64]
    node: NDArray[np.int64]
    leaf: NDArray[np.bool_]
    feature: NDArray[np.int64]
    threshold: NDArray[np.float64]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    missing_left: NDArray[np.bool_]
    weight: NDArray[np.float64]
    target: NDArray[np.int64]


def floor32(values: NDArray[np.float64]) -> NDArray[np.float32]:
    """The largest float32 that is not above each value."""
    with np.errstate(over="ignore"):
        nearest = values.astype(np.float32)
    below = np.nextafter(nearest, np.float32(-np.inf))
    return np.where(nearest.astype(np.float64) > values, below, nearest).astype(np.float32)


def boosted_trees(model: Any, classes: int = 0) -> Trees:
    """The trees of a HistGradientBoosting model; `_predictors` holds one for each iteration, and
    of several `classes` one for each of them. Of two it holds one, which speaks for the second."""
    if not classes:
        parts = [_boosted_tree(i, trees[0].nodes) for i, trees in enumerate(model._predictors)]
        return _joined(parts)
    parts = []
    for trees in model._predictors:
        for target, tree in enumerate(trees, start=classes - len(trees)):
            alone = _boosted_tree(len(parts), tree.nodes)
            parts.append(replace(alone, target=np.full(len(alone.node), target)))
    return _joined(parts)


def class_forest_trees(model: Any) -> Trees:
    """The trees of a RandomForestClassifier, a weight for each class in every leaf."""
    count = len(model.estimators_)
    parts = []
    for place, estimator in enumerate(model.estimators_):
        values = estimator.tree_.value[:, 0, :]
        weight = values / values.sum(axis=1, keepdims=True) / count
        parts.append(_forest_tree(place, estimator.tree_, weight))
    return _joined(parts)


def forest_trees(model: Any, *, positive_class: bool) -> Trees:
    """The trees of a RandomForest, their leaves weighted so that the sum is the mean."""
    count = len(model.estimators_)
    parts = []
    for place, estimator in enumerate(model.estimators_):
        tree = estimator.tree_
        values = tree.value[:, 0, :]
        weight = values[:, 1] / values.sum(axis=1) if positive_class else values[:, 0]
        parts.append(_forest_tree(place, tree, weight / count))
    return _joined(parts)


def add_trees(graph: Graph, matrix: str, trees: Trees, *, base: Sequence[float] = (0.0,)) -> str:
    """The sums of the leaves that each row reaches, plus `base`, of shape (rows, len(base))."""
    leaves = trees.leaf
    at, target, weights = _contributions(trees)
    # What a leaf adds to a sum takes a third of the room of a node.
    several = len(at) // 3 if len(base) > 1 else 0
    if len(trees.node) + several > MOST_NODES:
        raise StepError(
            f"the trees have {len(trees.node):,} nodes, and a model file holds {MOST_NODES:,}",
            remedy="set `max_leaf_nodes`, `max_depth` or `min_samples_leaf`, or use fewer trees",
        )
    thresholds = np.where(trees.leaf, np.float32(0), floor32(trees.threshold))
    return graph.add(
        "TreeEnsembleRegressor",
        matrix,
        domain="ai.onnx.ml",
        n_targets=len(base),
        aggregate_function="SUM",
        base_values=[float(np.float32(one)) for one in base],
        post_transform="NONE",
        nodes_treeids=trees.tree.tolist(),
        nodes_nodeids=trees.node.tolist(),
        nodes_featureids=trees.feature.tolist(),
        nodes_values=thresholds.tolist(),
        nodes_modes=np.where(leaves, "LEAF", "BRANCH_LEQ").tolist(),
        nodes_truenodeids=trees.left.tolist(),
        nodes_falsenodeids=trees.right.tolist(),
        nodes_missing_value_tracks_true=trees.missing_left.astype(np.int64).tolist(),
        target_treeids=trees.tree[leaves][at].tolist(),
        target_nodeids=trees.node[leaves][at].tolist(),
        target_ids=target.tolist(),
        target_weights=weights.tolist(),
    )


def _contributions(
    trees: Trees,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    """Which leaf adds to which sum, and how much; of several classes of a leaf only those that it
    says something of."""
    weights = trees.weight[trees.leaf].astype(np.float32)
    if weights.ndim == 1:
        return np.arange(len(weights)), trees.target[trees.leaf], weights
    at, target = np.nonzero(weights)
    return at, target, weights[at, target]


def _boosted_tree(place: int, nodes: Any) -> Trees:
    if nodes["is_categorical"].any():
        raise ValueError("categorical splits cannot be exported")
    return _tree(
        place,
        leaf=nodes["is_leaf"].astype(bool),
        feature=nodes["feature_idx"],
        threshold=nodes["num_threshold"],
        left=nodes["left"],
        right=nodes["right"],
        missing_left=nodes["missing_go_to_left"].astype(bool),
        weight=nodes["value"],
    )


def _forest_tree(place: int, tree: Any, weight: NDArray[np.float64]) -> Trees:
    return _tree(
        place,
        leaf=tree.children_left < 0,
        feature=tree.feature,
        threshold=tree.threshold,
        left=tree.children_left,
        right=tree.children_right,
        missing_left=np.asarray(tree.missing_go_to_left).astype(bool),
        weight=weight,
    )


def _tree(place: int, *, leaf: NDArray[np.bool_], **columns: NDArray[Any]) -> Trees:
    size = len(leaf)

    def inner(name: str, empty: Any) -> NDArray[Any]:
        return np.where(leaf, empty, columns[name])

    return Trees(
        tree=np.full(size, place, dtype=np.int64),
        node=np.arange(size, dtype=np.int64),
        leaf=leaf,
        feature=inner("feature", 0).astype(np.int64),
        threshold=inner("threshold", 0.0),
        left=inner("left", 0).astype(np.int64),
        right=inner("right", 0).astype(np.int64),
        missing_left=inner("missing_left", False),
        weight=columns["weight"],
        target=np.zeros(size, dtype=np.int64),
    )


def _joined(parts: list[Trees]) -> Trees:
    return Trees(
        **{
            name: np.concatenate([getattr(part, name) for part in parts])
            for name in Trees.__slots__
        }
    )
