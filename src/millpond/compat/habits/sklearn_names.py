"""Modules and names that scikit-learn has moved."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import numpy as np

from millpond.compat.habits.habit import add, add_when_used, answer_when_asked

_SELECTION = "sklearn.model_selection"

# A module that is gone: the module that has its names today.
MOVED = {
    "sklearn.cross_validation": _SELECTION, "sklearn.grid_search": _SELECTION, "sklearn.learning_curve": _SELECTION,
    "sklearn.externals.joblib": "joblib", "sklearn.externals.six": "six", "sklearn.datasets.base": "sklearn.datasets",
    "sklearn.datasets.samples_generator": "sklearn.datasets", "sklearn.neural_network.multilayer_perceptron":
    "sklearn.neural_network", "sklearn.ensemble.forest": "sklearn.ensemble", "sklearn.tree.tree": "sklearn.tree",
    "sklearn.linear_model.logistic": "sklearn.linear_model", "sklearn.svm.classes": "sklearn.svm",
    "sklearn.metrics.classification": "sklearn.metrics", "sklearn.metrics.ranking": "sklearn.metrics",
    "sklearn.preprocessing.data": "sklearn.preprocessing", "sklearn.preprocessing.label": "sklearn.preprocessing",
    "sklearn.feature_extraction.stop_words": "sklearn.feature_extraction.text",
    "sklearn.cluster.k_means_": "sklearn.cluster", "sklearn.decomposition.pca": "sklearn.decomposition",
    "sklearn.manifold.t_sne": "sklearn.manifold",
}


def mend_moved(module: ModuleType) -> None:
    """`sklearn.cross_validation`, `sklearn.grid_search`, `sklearn.externals.joblib`, ...: modules that were moved."""
    today = importlib.import_module(MOVED[module.__name__])
    if module.__name__ == "sklearn.cross_validation":
        add(module, {"KFold": _kind("KFold"), "StratifiedKFold": _kind("StratifiedKFold"),
                     "ShuffleSplit": _kind("ShuffleSplit"), "LeaveOneOut": _kind("LeaveOneOut")})
    answer_when_asked(module, lambda name: getattr(today, name))


def mend_externals(module: ModuleType) -> None:
    """`from sklearn.externals import joblib`."""
    add_when_used(module, {"joblib": "joblib", "six": "six"})


class _Splits:
    """The splits of a data set, as `sklearn.cross_validation` gave them: an iterable that knows the data's size."""

    kind = ""

    def __init__(self, n: Any, n_folds: int = 3, shuffle: bool = False, random_state: Any = None,
                 **options: Any) -> None:
        selection = importlib.import_module(_SELECTION)
        self.n_folds = self.n_iter = n_folds
        if self.kind == "LeaveOneOut":
            self._splitter = selection.LeaveOneOut()
            self.n_folds = self.n_iter = int(n)
        elif self.kind == "ShuffleSplit":
            sizes = {name: options[name] for name in ("test_size", "train_size") if name in options}
            self.n_iter = options.get("n_iter", 10 if n_folds == 3 else n_folds)
            self._splitter = selection.ShuffleSplit(self.n_iter, random_state=random_state, **sizes)
        else:
            seed = random_state if shuffle else None
            self._splitter = getattr(selection, self.kind)(n_folds, shuffle=shuffle, random_state=seed)
        self._labels = None if np.ndim(n) == 0 else np.asarray(n)
        self.n = int(n) if self._labels is None else len(self._labels)

    def __iter__(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        return self._splitter.split(np.zeros(self.n), self._labels)

    def __len__(self) -> int:
        return self.n_iter


def _kind(name: str) -> type[_Splits]:
    return type(name, (_Splits,), {"kind": name})


def mend_datasets(module: ModuleType) -> None:
    """`sklearn.datasets.fetch_mldata("MNIST original")`: what OpenML has of it."""

    def fetch_mldata(dataname: str, target_name: str = "label", data_name: str = "data", transpose_data: bool = True,
                     data_home: str | None = None) -> Any:
        name = {"MNIST original": "mnist_784", "mnist-original": "mnist_784"}.get(dataname, dataname)
        found = module.fetch_openml(name, version=1, as_frame=False, data_home=data_home)
        if name == "mnist_784":
            found.target = found.target.astype(np.float64)
        return found

    add(module, {"fetch_mldata": fetch_mldata})


def mend_preprocessing(module: ModuleType) -> None:
    """`sklearn.preprocessing.Imputer()`."""

    class Imputer:
        """Fills missing values column by column.

        Args:
          missing_values: "NaN", or the value that marks them.
          strategy: "mean", "median" or "most_frequent".
          axis: 0; rows were never filled by others than a transposed array.
          verbose: Not used.
          copy: Whether to leave the data alone.
        """

        def __new__(cls, missing_values: Any = "NaN", strategy: str = "mean", axis: int = 0, verbose: int = 0,
                    copy: bool = True) -> Any:
            if axis != 0:
                raise NotImplementedError("Imputer(axis=1) is not there: transpose the data.")
            impute = importlib.import_module("sklearn.impute")
            missing = np.nan if missing_values == "NaN" else missing_values
            return impute.SimpleImputer(missing_values=missing, strategy=strategy, copy=copy)

    add(module, {"Imputer": Imputer})



def mend_options(module: ModuleType) -> None:
    """`OneHotEncoder(sparse=False)`, `TSNE(n_iter=5000)`, `KMeans(n_jobs=2)`: options with other names, or none."""
    for name, options in _OPTIONS[module.__name__].items():
        kind = getattr(module, name)
        plain = kind.__init__
        kind.__init__ = _with_options(plain, options)


# Class: its old options, and what they are called today; None for what is no option any more.
_OPTIONS: dict[str, dict[str, dict[str, str | None]]] = {
    "sklearn.preprocessing": {
        "OneHotEncoder": {"sparse": "sparse_output", "n_values": None, "categorical_features": None},
    },
    "sklearn.manifold": {"TSNE": {"n_iter": "max_iter"}},
    "sklearn.cluster": {"KMeans": {"n_jobs": None, "precompute_distances": None},
                        "MiniBatchKMeans": {"n_jobs": None}},
}


def _with_options(plain: Any, renamed: dict[str, str | None]) -> Any:
    @functools.wraps(plain)
    def made(self: Any, *arguments: Any, **options: Any) -> None:
        for old, new in renamed.items():
            if old in options:
                value = options.pop(old)
                if new is not None:
                    options[new] = value
        plain(self, *arguments, **options)

    made.deprecated_original = plain  # type: ignore[attr-defined]  # where scikit-learn looks for the parameters
    return made
