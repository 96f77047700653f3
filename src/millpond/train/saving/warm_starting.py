"""`tf.train.warm_start`: a new model that starts with the values of an old one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from millpond import logs
from millpond.formats.files import PathLike
from millpond.graph import stacks
from millpond.graph.collections import GraphKeys
from millpond.train.saving.checkpoint_initializers import init_from_checkpoint
from millpond.variables.variable import Variable


class VocabInfo(NamedTuple):
    """Says how the rows of a variable follow a vocabulary, and how those of the old model did; see `warm_start`."""

    new_vocab: Any
    new_vocab_size: int
    num_oov_buckets: int
    old_vocab: Any
    old_vocab_size: int = -1
    backup_initializer: Any = None
    axis: int = 0


def warm_start(
    ckpt_to_initialize_from: PathLike,
    vars_to_warm_start: Any = ".*",
    var_name_to_vocab_info: Mapping[str, VocabInfo] | None = None,
    var_name_to_prev_var_name: Mapping[str, str] | None = None,
) -> None:
    """Lets variables start with the values of the same names in a checkpoint; see `tf.train.init_from_checkpoint`.

    Args:
      ckpt_to_initialize_from: A checkpoint, or a folder whose latest one is meant.
      vars_to_warm_start: A regular expression: all trainable variables whose name it matches (from the name's
        beginning); a list of regular expressions: all global variables that one of them matches; a list of
        variables; None for none.
      var_name_to_vocab_info: Not supported.
      var_name_to_prev_var_name: Names in the checkpoint by name of variable, where they differ.

    Raises:
      ValueError: If `vars_to_warm_start` is something else, a name in one of the dicts is not used, or a tensor is not
        in the checkpoint or of another shape.
      NotImplementedError: If `var_name_to_vocab_info` is not empty.

    Example:
      >>> import tempfile
      >>> import millpond as tf
      >>> folder = tempfile.TemporaryDirectory()
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     w = tf.get_variable("w", initializer=[1.0, 2.0])
      ...     sess.run(w.initializer)
      ...     path = tf.train.Saver().save(sess, folder.name + "/model.ckpt")
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     v = tf.get_variable("v", [2])
      ...     tf.train.warm_start(path, var_name_to_prev_var_name={"v": "w"})
      ...     sess.run(tf.global_variables_initializer())
      ...     print(sess.run(v))
      [1. 2.]
      >>> folder.cleanup()
    """
    chosen = _by_name(_variables_of(vars_to_warm_start))
    previous = dict(var_name_to_prev_var_name or {})
    _check_used("var_name_to_vocab_info", var_name_to_vocab_info or {}, chosen)
    _check_used("var_name_to_prev_var_name", previous, chosen)
    if var_name_to_vocab_info:
        raise NotImplementedError(
            "tf.train.VocabInfo (tf.train.warm_start with var_name_to_vocab_info): rows are not moved from one "
            "vocabulary to another; read the variable with tf.train.load_variable and move them in NumPy.")
    init_from_checkpoint(ckpt_to_initialize_from, {previous.get(name, name): item for name, item in chosen.items()})
    logs.info("Warm-starting %d variables from %s", len(chosen), ckpt_to_initialize_from)


def _variables_of(vars_to_warm_start: Any) -> list[Variable]:
    graph = stacks.default_graph()
    if vars_to_warm_start is None:
        return []
    if isinstance(vars_to_warm_start, str):
        return graph.get_collection(GraphKeys.TRAINABLE_VARIABLES, scope=vars_to_warm_start)
    if not isinstance(vars_to_warm_start, list):
        raise ValueError("`vars_to_warm_start must be a `list` or `str`.  Given type is "
                         f"{type(vars_to_warm_start)}")
    if all(isinstance(item, str) for item in vars_to_warm_start):
        return [variable for pattern in vars_to_warm_start
                for variable in graph.get_collection(GraphKeys.GLOBAL_VARIABLES, scope=pattern)]
    if all(isinstance(item, Variable) for item in vars_to_warm_start):
        return vars_to_warm_start
    raise ValueError("If `vars_to_warm_start` is a list, it must be all `Variable` or all `str`.  Given types are "
                     f"{[type(item) for item in vars_to_warm_start]}")


def _by_name(variables: list[Variable]) -> dict[str, Any]:
    """Variables by name, the parts of a partitioned one in a list."""
    found: dict[str, Any] = {}
    for variable in variables:
        info = variable._save_slice_info
        if info is None:
            found[variable.op.name] = variable
        elif variable not in (parts := found.setdefault(info.full_name, [])):
            parts.append(variable)
    return found


def _check_used(argument: str, names: Mapping[str, Any], chosen: Mapping[str, Any]) -> None:
    unused = sorted(set(names) - set(chosen))
    if unused:
        raise ValueError(f"You provided the following variables in {argument} that were not used: {unused}.  Perhaps "
                         f"you misspelled them?  Here is the list of viable variable names: {list(chosen)}")
