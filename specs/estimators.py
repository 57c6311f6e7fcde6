"""The estimators that a spec may name, and what each of their parameters accepts.

Data, so that the compiler checks a spec without importing scikit-learn or torch; a test holds it
equal to scikit-learn's own signatures, defaults and constraints. What the runtime decides is left
out: threads (`resources.cpu`), devices, the seed, verbosity, warm starts, and parameters that name
columns by position.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .networks import CONV_NET, MLP
from .parameters import Choice, Flag, Null, ParamInfo, count, real
from .suggest import closest

BINARY = "binary_classification"
MULTICLASS = "multiclass_classification"
REGRESSION = "regression"


@dataclass(frozen=True, slots=True)
class EstimatorInfo:
    """An estimator of the registry. `family` names the trainer that fits and exports it."""

    name: str
    family: str
    tasks: tuple[str, ...]
    params: Mapping[str, ParamInfo]
    two_classes: Mapping[str, str] = field(default_factory=dict)
    """Parameters with a value that tells two classes apart, and no more."""


def estimator(name: str) -> EstimatorInfo | None:
    """The estimator of that dotted name."""
    return ESTIMATORS.get(name)


def closest_estimator(name: str, task: str | None = None) -> str:
    """The known name (for `task`) that resembles `name` most, or the empty string."""
    known = [e.name for e in ESTIMATORS.values() if task is None or task in e.tasks]
    by_class = {n.rpartition(".")[2].lower(): n for n in known}
    return by_class.get(closest(name.rpartition(".")[2].lower(), by_class) or "", "")


def check_params(
    info: EstimatorInfo, params: Mapping[str, Any], task: str | None = None
) -> Iterator[tuple[str, str, str]]:
    """What is wrong with `params`: the parameter, a message, and a suggestion (may be empty)."""
    for name, value in params.items():
        known = info.params.get(name)
        if known is None:
            yield name, _unknown(info, name), closest(name, info.params) or ""
        elif not known.allows(value):
            yield name, f"`{name}` is {known}, not {_shown(value)}", _closest_word(known, value)
        elif task == MULTICLASS and info.two_classes.get(name) == value:
            message = f"`{name}: {value}` tells two classes apart, and no more"
            yield name, message, str(known.default)


def _unknown(info: EstimatorInfo, name: str) -> str:
    if name in DECIDED_ELSEWHERE:
        return f"`{name}` is not set here: {DECIDED_ELSEWHERE[name]}"
    return f"{info.name.rpartition('.')[2]} has no parameter `{name}`"


def _closest_word(known: ParamInfo, value: object) -> str:
    words = [w for kind in known.accepts if isinstance(kind, Choice) for w in kind.words]
    return (closest(value, words) or "") if isinstance(value, str) else ""


def _shown(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case str():
            return f"`{value[:60]}`"
        case int() | float():
            return str(value)[:60]
        case list():
            return str(value) if len(str(value)) <= _SHORT else "a list"
        case _:
            return "a mapping"


_SHORT = 60


DECIDED_ELSEWHERE = {
    "n_jobs": "threads follow `resources.cpu`",
    "random_state": "the seed belongs to the model",
    "verbose": "the run reports its own progress",
    "warm_start": "every training starts afresh",
    "device": "it follows `resources.gpu`",
    "seed": "it belongs to the model, as `estimator.seed`",
    "categorical_features": "columns are prepared by their type",
    "scoring": "early stopping watches the loss",
}


def _params(*infos: ParamInfo) -> dict[str, ParamInfo]:
    return {info.name: info for info in infos}


_ANY_TASK = (BINARY, MULTICLASS, REGRESSION)
_NULL, _FLAG = Null(), Flag()
_SHARE = real(0, 1, ends="(]")
_BALANCED = Choice(("balanced",))

_HIST_GRADIENT_BOOSTING = (
    ParamInfo("learning_rate", 0.1, (real(0, ends="(]"),)),
    ParamInfo("max_iter", 100, (count(1),)),
    ParamInfo("max_leaf_nodes", 31, (count(2), _NULL)),
    ParamInfo("max_depth", None, (count(1), _NULL)),
    ParamInfo("min_samples_leaf", 20, (count(1),)),
    ParamInfo("l2_regularization", 0.0, (real(0),)),
    ParamInfo("max_features", 1.0, (_SHARE,)),
    ParamInfo("max_bins", 255, (count(2, 255),)),
    ParamInfo("early_stopping", "auto", (Choice(("auto",)), _FLAG)),
    ParamInfo("validation_fraction", 0.1, (real(0, 1, ends="()"), count(1), _NULL)),
    ParamInfo("n_iter_no_change", 10, (count(1),)),
    ParamInfo("tol", 1e-7, (real(0),)),
    ParamInfo("interaction_cst", None, (Choice(("no_interactions", "pairwise")), _NULL)),
)
_RANDOM_FOREST = (
    ParamInfo("n_estimators", 100, (count(1),)),
    ParamInfo("bootstrap", True, (_FLAG,)),
    ParamInfo("max_samples", None, (count(1), real(0, ends="(]"), _NULL)),
    ParamInfo("max_depth", None, (count(1), _NULL)),
    ParamInfo("min_samples_split", 2, (count(2), _SHARE)),
    ParamInfo("min_samples_leaf", 1, (count(1), real(0, 1, ends="()"))),
    ParamInfo("min_weight_fraction_leaf", 0.0, (real(0, 0.5),)),
    ParamInfo("max_leaf_nodes", None, (count(2), _NULL)),
    ParamInfo("min_impurity_decrease", 0.0, (real(0),)),
    ParamInfo("ccp_alpha", 0.0, (real(0),)),
)
_FOREST_FEATURES = (count(1), _SHARE, Choice(("sqrt", "log2")), _NULL)

_LOGISTIC_SOLVERS = ("lbfgs", "liblinear", "newton-cg", "newton-cholesky", "sag", "saga")
_RIDGE_SOLVERS = ("auto", "svd", "cholesky", "lsqr", "sparse_cg", "sag", "saga", "lbfgs")

_ALL = (
    EstimatorInfo(
        "sklearn.ensemble.HistGradientBoostingClassifier",
        "sklearn",
        (BINARY, MULTICLASS),
        _params(
            *_HIST_GRADIENT_BOOSTING,
            ParamInfo("loss", "log_loss", (Choice(("log_loss",)),)),
            ParamInfo("class_weight", None, (_BALANCED, _NULL)),
        ),
    ),
    EstimatorInfo(
        "sklearn.ensemble.HistGradientBoostingRegressor",
        "sklearn",
        (REGRESSION,),
        _params(
            *_HIST_GRADIENT_BOOSTING,
            ParamInfo(
                "loss",
                "squared_error",
                (Choice(("squared_error", "absolute_error", "gamma", "poisson", "quantile")),),
            ),
            ParamInfo("quantile", None, (real(0, 1), _NULL)),
        ),
    ),
    EstimatorInfo(
        "sklearn.ensemble.RandomForestClassifier",
        "sklearn",
        (BINARY, MULTICLASS),
        _params(
            *_RANDOM_FOREST,
            ParamInfo("max_features", "sqrt", _FOREST_FEATURES),
            ParamInfo("criterion", "gini", (Choice(("gini", "entropy", "log_loss")),)),
            ParamInfo("class_weight", None, (Choice(("balanced", "balanced_subsample")), _NULL)),
        ),
    ),
    EstimatorInfo(
        "sklearn.ensemble.RandomForestRegressor",
        "sklearn",
        (REGRESSION,),
        _params(
            *_RANDOM_FOREST,
            ParamInfo("max_features", 1.0, _FOREST_FEATURES),
            ParamInfo(
                "criterion",
                "squared_error",
                # Not `absolute_error`: it cannot take missing values.
                (Choice(("squared_error", "poisson")),),
            ),
        ),
    ),
    EstimatorInfo(
        "sklearn.linear_model.LogisticRegression",
        "sklearn",
        (BINARY, MULTICLASS),
        _params(
            ParamInfo("C", 1.0, (real(0, ends="(]"),)),
            ParamInfo("l1_ratio", 0.0, (real(0, 1), _NULL)),
            ParamInfo("tol", 1e-4, (real(0),)),
            ParamInfo("fit_intercept", True, (_FLAG,)),
            ParamInfo("class_weight", None, (_BALANCED, _NULL)),
            ParamInfo("solver", "lbfgs", (Choice(_LOGISTIC_SOLVERS),)),
            ParamInfo("max_iter", 100, (count(1),)),
        ),
        two_classes={"solver": "liblinear"},
    ),
    EstimatorInfo(
        "sklearn.linear_model.Ridge",
        "sklearn",
        (REGRESSION,),
        _params(
            ParamInfo("alpha", 1.0, (real(0),)),
            ParamInfo("fit_intercept", True, (_FLAG,)),
            ParamInfo("max_iter", None, (count(1), _NULL)),
            ParamInfo("tol", 1e-4, (real(0),)),
            ParamInfo("solver", "auto", (Choice(_RIDGE_SOLVERS),)),
            ParamInfo("positive", False, (_FLAG,)),
        ),
    ),
    EstimatorInfo("onespec.torch.MLP", "torch", _ANY_TASK, _params(*MLP)),
    EstimatorInfo("onespec.torch.ConvNet", "torch", _ANY_TASK, _params(*CONV_NET)),
)

ESTIMATORS: Mapping[str, EstimatorInfo] = {info.name: info for info in _ALL}
