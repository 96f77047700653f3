"""What estimators take from the inside of TensorFlow: modes, gauges, what training on several machines would ask."""

from __future__ import annotations

import contextlib
import enum
import os
from typing import Any

from millpond.formats.files import PathLike, as_text
from millpond.saved_model import constants


class ReduceOp(enum.Enum):
    """How values of several replicas become one."""

    SUM = "SUM"
    MEAN = "MEAN"


def get_loss_reduction() -> ReduceOp:
    """How the losses of replicas become one: there is one replica."""
    return ReduceOp.SUM


def should_run_distribute_coordinator(config: Any) -> bool:
    """Whether a `RunConfig` asks for a strategy over several machines.

    Raises:
      NotImplementedError: If it does.
    """
    if getattr(config, "_distribute_coordinator_mode", None):
        raise NotImplementedError("RunConfig(train_distribute=...): strategies over machines are not in Millpond "
                                  "yet; leave it out to train on one machine")
    return False


def init_run_config(config: Any, tf_config: Any) -> None:
    """Refuses a `RunConfig` with a strategy."""
    config._distribute_coordinator_mode = "asked for"
    should_run_distribute_coordinator(config)


def graph_mode() -> contextlib.AbstractContextManager[None]:
    """Graphs are built inside, as they are outside."""
    return contextlib.nullcontext()


class BoolGauge:
    """A yes or no that TensorFlow shows to who watches its processes, and that nobody watches here.

    Args:
      *description: Its name and labels.
    """

    def __init__(self, *description: str) -> None:
        self._cells: dict[tuple[str, ...], bool] = {}

    def get_cell(self, *labels: str) -> _Cell:
        """The value for some labels."""
        return _Cell(self._cells, labels)


class _Cell:
    def __init__(self, cells: dict[tuple[str, ...], bool], labels: tuple[str, ...]) -> None:
        self._cells, self._labels = cells, labels

    def set(self, value: bool) -> None:
        """Sets it."""
        self._cells[self._labels] = value

    def value(self) -> bool:
        """What it was set to."""
        return self._cells.get(self._labels, False)


def get_variables_dir(export_dir: PathLike) -> str:
    """The folder of the variables of a SavedModel."""
    return os.path.join(as_text(export_dir), constants.VARIABLES_DIRECTORY)


def get_variables_path(export_dir: PathLike) -> str:
    """The checkpoint of a SavedModel."""
    return os.path.join(get_variables_dir(export_dir), constants.VARIABLES_FILENAME)
