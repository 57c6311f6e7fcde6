"""The registry of estimators says what scikit-learn itself says."""

import inspect
import math
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from sklearn.utils._param_validation import InvalidParameterError, validate_parameter_constraints

from onespec.specs.estimators import (
    DECIDED_ELSEWHERE,
    ESTIMATORS,
    EstimatorInfo,
    check_params,
    closest_estimator,
    estimator,
)
from onespec.specs.metrics import MAIN_METRIC, METRICS, metric, metrics_of
from onespec.specs.networks import ImageError, image_of
from onespec.specs.parameters import Choice, Flag, Number

# Accepted by scikit-learn and left out on purpose.
LEFT_OUT = {
    ("sklearn.ensemble.RandomForestRegressor", "criterion", "absolute_error"),
    ("sklearn.linear_model.LogisticRegression", "max_iter", 0),
}
INFOS = pytest.mark.parametrize(
    "info",
    [info for info in ESTIMATORS.values() if info.family == "sklearn"],
    ids=lambda info: info.name,
)


def sklearn_class(info: EstimatorInfo) -> Any:
    module, _, name = info.name.rpartition(".")
    return getattr(import_module(module), name)


@INFOS
def test_names_and_defaults(info: EstimatorInfo) -> None:
    signature = inspect.signature(sklearn_class(info)).parameters
    for name, param in info.params.items():
        assert signature[name].default == param.default, name
        assert param.allows(param.default), name
    unknown = set(signature) - set(info.params) - set(DECIDED_ELSEWHERE)
    assert unknown <= {
        "monotonic_cst",  # names columns by position
        "oob_score",
        "penalty",  # deprecated
        "dual",
        "intercept_scaling",
        "copy_X",
        "multi_class",
    }


@INFOS
def test_values_are_accepted_exactly_where_scikit_learn_accepts_them(info: EstimatorInfo) -> None:
    kind = sklearn_class(info)
    for name, param in info.params.items():
        constraint = {name: kind._parameter_constraints[name]}
        for value in _values(param.accepts):
            if isinstance(value, bool) and not any(isinstance(a, Flag) for a in param.accepts):
                assert not param.allows(value), name  # scikit-learn takes true for 1
                continue
            if not isinstance(value, list) and (info.name, name, value) in LEFT_OUT:
                continue
            theirs = _valid(constraint, name, param.converted(value))
            assert param.allows(value) == theirs, f"{name}={value!r}: scikit-learn says {theirs}"


@INFOS
def test_every_word_that_scikit_learn_knows(info: EstimatorInfo) -> None:
    kind = sklearn_class(info)
    for name, param in info.params.items():
        ours = {w for a in param.accepts if isinstance(a, Choice) for w in a.words}
        constraints = kind._parameter_constraints[name]
        theirs = {w for c in constraints for w in getattr(c, "options", ()) if isinstance(w, str)}
        if ours:
            left_out = {value for n, p, value in LEFT_OUT if (n, p) == (info.name, name)}
            assert theirs - ours <= left_out, name


def test_what_is_wrong_is_told_with_a_suggestion() -> None:
    info = estimator("sklearn.ensemble.HistGradientBoostingClassifier")
    assert info is not None
    found = list(
        check_params(
            info,
            {"max_itr": 5, "learning_rate": 0, "n_jobs": 4, "early_stopping": "atuo", "tol": 1},
        )
    )
    assert found == [
        ("max_itr", "HistGradientBoostingClassifier has no parameter `max_itr`", "max_iter"),
        ("learning_rate", "`learning_rate` is a real number > 0, not 0", ""),
        ("n_jobs", "`n_jobs` is not set here: threads follow `resources.cpu`", ""),
        ("early_stopping", "`early_stopping` is `auto`, or true or false, not `atuo`", "auto"),
    ]
    assert not list(check_params(info, {"max_depth": None, "learning_rate": 1}))
    assert [name for name, *_ in check_params(info, {"tol": 10**400, "max_depth": {}})] == [
        "tol",
        "max_depth",
    ]


def test_every_estimator_can_be_trained() -> None:
    from onespec.runtime.trainers import FAMILIES
    from onespec.runtime.trainers.sklearn_family import _CLASSES
    from onespec.runtime.trainers.torch_family import _NETWORKS

    trained = {"sklearn": set(_CLASSES), "torch": set(_NETWORKS)}
    assert set(trained) == set(FAMILIES)
    for family, names in trained.items():
        assert names == {info.name for info in ESTIMATORS.values() if info.family == family}


def test_networks_accept_their_own_defaults_and_no_list_of_anything_else() -> None:
    for info in ESTIMATORS.values():
        assert all(param.allows(param.default) for param in info.params.values()), info.name
    info = ESTIMATORS["onespec.torch.ConvNet"]
    assert not list(check_params(info, {"image": [1, 8, 8], "channels": [4], "patience": None}))
    wrong: dict[str, Any] = {
        "image": [8, 8], "channels": [], "hidden": [3], "dropout": 1.0, "epochs": 2.5,
        "learning_rate": math.nan, "batch_size": True,
    }  # fmt: skip
    found = {name: message for name, message, _ in check_params(info, wrong)}
    assert set(found) == set(wrong)
    assert found["image"] == (
        "`image` is a list of 3 sizes, each an integer >= 1 and <= 65536, or null, not [8, 8]"
    )
    assert not info.params["channels"].allows([16, 0])
    assert not info.params["channels"].allows([16, 3.0])
    assert not info.params["channels"].allows([16, True])


@pytest.mark.parametrize(
    ("params", "features", "expected"),
    [
        ({}, 64, (1, 8, 8)),
        ({"image": [3, 4, 5]}, 60, (3, 4, 5)),
        ({"image": [3, 4, 5]}, 61, "an image of 3 by 4 by 5 is 60 features, and the model has 61"),
        ({}, 60, "60 features are no square image; say its `image`"),
        ({"channels": [4] * 4}, 64, "8 by 8 cannot be halved 4 times"),
        ({"channels": [4] * 3}, 64, (1, 8, 8)),
    ],
)
def test_the_image_of_a_network(params: Any, features: int, expected: Any) -> None:
    if isinstance(expected, tuple):
        assert image_of(params, features) == expected
    else:
        with pytest.raises(ImageError, match=expected):
            image_of(params, features)


def test_closest_estimator() -> None:
    known = closest_estimator("sklearn.HistGradientBoosting", "regression")
    assert known == "sklearn.ensemble.HistGradientBoostingRegressor"
    assert closest_estimator("numpy.array") == ""
    assert estimator("os.system") is None


def test_metrics_are_those_that_are_computed() -> None:
    from onespec.runtime.evaluation.metrics import _METRICS
    from onespec.runtime.monitoring.class_metrics import CLASS_METRICS

    assert {*_METRICS, *CLASS_METRICS} == {info.name for info in METRICS}
    for task, name in MAIN_METRIC.items():
        assert name in {info.name for info in metrics_of(task)}
        assert metric("accuracy_score", task) is None
    # One name, and another range: of two classes and of several.
    ranges = [metric("brier", task) for task in MAIN_METRIC]
    assert [info and info.high for info in ranges] == [1, 2, None]


def _values(accepts: Any) -> Iterator[Any]:
    yield from (None, True, False, "no such word", [], -1, 0, 1, 2, 3, 0.5, 1.0, math.nan)
    for kind in accepts:
        if isinstance(kind, Choice):
            yield from kind.words
        if isinstance(kind, Number):
            for bound in (kind.low, kind.high):
                if bound is not None:
                    yield from (int(bound), int(bound) + 1, int(bound) - 1)
                    yield from (float(bound), bound + 0.01, bound - 0.01)


def _valid(constraint: Any, name: str, value: Any) -> bool:
    try:
        validate_parameter_constraints(constraint, {name: value}, caller_name="x")
    except InvalidParameterError:
        return False
    return not isinstance(value, list)  # column names, which are left out
