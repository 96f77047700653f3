"""From a model's outputs to the signatures and the folder of its SavedModel."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import Any

from millpond import logs
from millpond.formats import filesystem
from millpond.formats.files import PathLike, as_text
from millpond.saved_model import signature_constants as names
from millpond.saved_model.export_outputs import EvalOutput, ExportOutput, PredictOutput, TrainOutput
from millpond.saved_model.mode_keys import SIGNATURE_KEY_MAP
from millpond.saved_model.signature_def import is_valid_signature

# Names of what is the only one of its kind.
SINGLE_FEATURE_DEFAULT_NAME = "feature"
SINGLE_RECEIVER_DEFAULT_NAME = "input"
SINGLE_LABEL_DEFAULT_NAME = "label"

_MAX_DIRECTORY_ATTEMPTS = 10


def build_all_signature_defs(receiver_tensors: Any, export_outputs: Mapping[str, ExportOutput],
                             receiver_tensors_alternatives: Mapping[str, Any] | None = None,
                             serving_only: bool = True) -> dict[str, Any]:
    """The signatures from each set of inputs to each output, as far as the output's kind allows the inputs.

    Args:
      receiver_tensors: What is fed: a tensor, or tensors by name.
      export_outputs: Outputs by the names of their signatures.
      receiver_tensors_alternatives: Other inputs, by name: their signatures are `input:output`.
      serving_only: Whether only signatures that servers know are wanted.

    Raises:
      ValueError: If the outputs or alternatives are no dictionary.
    """
    if export_outputs is None or not isinstance(export_outputs, dict):
        raise ValueError(f"export_outputs must be a dict and not {type(export_outputs)}")
    if receiver_tensors_alternatives is not None and not isinstance(receiver_tensors_alternatives, dict):
        raise ValueError(f"receiver_tensors_alternatives must be a dict and not {type(receiver_tensors_alternatives)}")
    found, excluded = {}, {}
    inputs = {"": receiver_tensors, **{f"{name or 'None'}:": tensors for name, tensors
                                       in (receiver_tensors_alternatives or {}).items()}}
    for prefix, tensors in inputs.items():
        if not isinstance(tensors, dict):
            tensors = {SINGLE_RECEIVER_DEFAULT_NAME: tensors}
        for key, output in export_outputs.items():
            name = f"{prefix}{key or 'None'}"
            try:
                found[name] = output.as_signature_def(tensors)
            except ValueError as error:  # the kind of output does not take these inputs
                excluded[name] = str(error)
    _log_signatures(found, excluded)
    return {name: one for name, one in found.items() if is_valid_signature(one)} if serving_only else found


_METHODS = {"Classify": names.CLASSIFY_METHOD_NAME, "Regress": names.REGRESS_METHOD_NAME,
            "Predict": names.PREDICT_METHOD_NAME, "Train": names.SUPERVISED_TRAIN_METHOD_NAME,
            "Eval": names.SUPERVISED_EVAL_METHOD_NAME}


def _log_signatures(found: Mapping[str, Any], excluded: Mapping[str, str]) -> None:
    for what, method in _METHODS.items():
        logs.info("Signatures INCLUDED in export for %s: %s", what,
                  [name for name, one in found.items() if one.method_name == method] or None)
    if excluded:
        logs.info("Signatures EXCLUDED from export because they cannot be served via TensorFlow Serving APIs:")
        for name, reason in excluded.items():
            logs.info("'%s' : %s", name, reason)
    if not found:
        logs.warning("Export includes no signatures!")
    elif names.DEFAULT_SERVING_SIGNATURE_DEF_KEY not in found:
        logs.warning("Export includes no default signature!")


def get_timestamped_export_dir(export_dir_base: PathLike) -> bytes:
    """A folder that does not exist yet, named after the second.

    Args:
      export_dir_base: The folder that it is in.

    Raises:
      RuntimeError: If ten seconds long each was taken.
    """
    for attempt in range(1, _MAX_DIRECTORY_ATTEMPTS + 1):
        folder = os.path.join(as_text(export_dir_base), str(int(time.time())))
        if not filesystem.exists(folder):
            return folder.encode()
        logs.warning("Directory %s already exists; retrying (attempt %d/%d)", folder, attempt, _MAX_DIRECTORY_ATTEMPTS)
        time.sleep(1)
    raise RuntimeError(f"Failed to obtain a unique export directory name after {_MAX_DIRECTORY_ATTEMPTS} attempts.")


def get_temp_export_dir(timestamped_export_dir: PathLike) -> bytes:
    """Where a SavedModel is written before it is moved to its folder: `temp-<name>` beside it."""
    folder, name = os.path.split(as_text(timestamped_export_dir))
    return os.path.join(folder, f"temp-{name}").encode()


def export_outputs_for_mode(mode: str, serving_export_outputs: Any = None, predictions: Any = None, loss: Any = None,
                            metrics: Any = None) -> dict[str, ExportOutput]:
    """Outputs by the names of their signatures, for a mode.

    Args:
      mode: One of `EstimatorModeKeys` or `KerasModeKeys`.
      serving_export_outputs: Those for predictions, as the model function gave them.
      predictions: A tensor, or tensors by name.
      loss: The loss.
      metrics: Pairs of value and update, by name.

    Raises:
      ValueError: If there is no such mode.
    """
    if mode not in SIGNATURE_KEY_MAP:
        raise ValueError(f"Export output type not found for mode: {mode}. Expected one of: "
                         f"{', '.join(SIGNATURE_KEY_MAP)}.")
    key = SIGNATURE_KEY_MAP[mode]
    if key == names.DEFAULT_SERVING_SIGNATURE_DEF_KEY:
        return get_export_outputs(serving_export_outputs, predictions)
    kind = TrainOutput if key == "train" else EvalOutput
    return {key: kind(loss, predictions, metrics)}


def get_export_outputs(export_outputs: Any, predictions: Any) -> dict[str, ExportOutput]:
    """Outputs with a default among them.

    Args:
      export_outputs: Outputs by the names of their signatures; None for the predictions alone.
      predictions: A tensor, or tensors by name.

    Raises:
      TypeError: If they are no dictionary, or one is no `ExportOutput`.
      ValueError: If there are several and none is the default.
    """
    default = names.DEFAULT_SERVING_SIGNATURE_DEF_KEY
    if export_outputs is None:
        export_outputs = {default: PredictOutput(predictions)}
    if not isinstance(export_outputs, dict):
        raise TypeError(f"`export_outputs` must be dict, given: {export_outputs}")
    for value in export_outputs.values():
        if not isinstance(value, ExportOutput):
            raise TypeError(f"Values in `export_outputs` must be ExportOutput objects. Given: {export_outputs}")
    if len(export_outputs) == 1:
        export_outputs.setdefault(default, next(iter(export_outputs.values())))
    elif export_outputs and default not in export_outputs:
        raise ValueError("Multiple `export_outputs` were provided, but none of them is specified as the default: name "
                         f"one of them {default!r} (signature_constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY).")
    return export_outputs
