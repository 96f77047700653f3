"""`tf.train.init_from_checkpoint`: variables that start with what a checkpoint has.

Nothing is restored here: the variables get initializers that read the checkpoint, so that
`tf.global_variables_initializer()` does it. Names, shapes and dtypes are compared first, before the graph changes.
"""

from __future__ import annotations

import dataclasses
import difflib
import os
from collections.abc import Iterable, Mapping
from typing import Any

from millpond import logs
from millpond.formats.files import PathLike, local_path
from millpond.graph import stacks
from millpond.ops.io import io_ops
from millpond.train.saving.checkpoint_reader import load_checkpoint
from millpond.train.saving.checkpoint_state import latest_checkpoint
from millpond.train.saving.saveables import saveables_of
from millpond.variables.partitioning import PartitionedVariable
from millpond.variables.registry import VariableRegistry, registry_of
from millpond.variables.variable import Variable

Shapes = dict[str, list[int]]


@dataclasses.dataclass
class _Match:
    """A tensor of the checkpoint, and the variable that starts with it, or the parts of a partitioned one."""

    stored_name: str
    variables: list[Variable]
    in_parts: bool

    @property
    def name(self) -> str:
        first = self.variables[0]
        return first._save_slice_info.full_name if self.in_parts else first.name

    @property
    def shape(self) -> list[int | None]:
        first = self.variables[0]
        return list(first._save_slice_info.full_shape) if self.in_parts else first.shape.as_list()


def init_from_checkpoint(ckpt_dir_or_file: PathLike, assignment_map: Any) -> None:
    """Lets variables start with the values that tensors of a checkpoint have.

    The initializers of the variables are replaced: run them (with `tf.global_variables_initializer()`, say) to
    read the values. To overwrite variables of a running session use `tf.train.Saver.restore`.

    Args:
      ckpt_dir_or_file: A checkpoint, or a folder whose latest one is meant.
      assignment_map: A dict (or pairs), in any of these forms:
        `{"stored/name": variable}`: a variable, a partitioned variable, or a list of its parts;
        `{"stored/name": "scope/name"}`: the variable that `tf.get_variable` made under that name;
        `{"stored/scope/": "scope/"}`: all variables of a variable scope, if any; `"/"` stands for no scope on either
          side.

    Raises:
      ValueError: If a tensor is not in the checkpoint or of another shape, or the map names no variable.
      TypeError: If the map holds something else.
      tf.errors.NotFoundError: If there is no such checkpoint.
      tf.errors.InvalidArgumentError: When the initializers run, if a tensor is of another dtype.

    Example:
      >>> import tempfile
      >>> import millpond as tf
      >>> folder = tempfile.TemporaryDirectory()
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     w = tf.get_variable("old/w", initializer=[1.0, 2.0])
      ...     sess.run(w.initializer)
      ...     path = tf.train.Saver().save(sess, folder.name + "/model.ckpt")
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     w = tf.get_variable("new/w", [2])
      ...     tf.train.init_from_checkpoint(path, {"old/": "new/"})
      ...     sess.run(tf.global_variables_initializer())
      ...     print(sess.run(w))
      [1. 2.]
      >>> folder.cleanup()
    """
    shapes = load_checkpoint(ckpt_dir_or_file).get_variable_to_shape_map()
    path = _checkpoint_path(ckpt_dir_or_file)
    registry = registry_of(stacks.default_graph())
    pairs = dict(assignment_map.items() if isinstance(assignment_map, Mapping) else assignment_map)
    matches: list[_Match] = []
    for stored_name, target in sorted(pairs.items(), key=lambda pair: pair[0]):
        matches += _matches(stored_name, target, registry, shapes, path)
    for match in matches:
        _check_shape(match, shapes)
    for match in matches:
        _set_initializers(match, path)
        logs.info("Initialize variable %s from checkpoint %s with %s", match.name, path, match.stored_name)


def _checkpoint_path(ckpt_dir_or_file: PathLike) -> str:
    path = local_path(ckpt_dir_or_file)
    return str(latest_checkpoint(path)) if os.path.isdir(path) else path


# What is meant.


def _matches(stored_name: str, target: Any, registry: VariableRegistry, shapes: Shapes, path: str) -> list[_Match]:
    if isinstance(target, str):
        variable = _variable_named(target, registry)
        if variable is None:
            return _scope_matches(stored_name, target, registry, shapes, path)
        target = variable
    if stored_name not in shapes:
        raise ValueError(f"Tensor {stored_name} is not found in {path} checkpoint {shapes}{_near(stored_name, shapes)}")
    return [_match(stored_name, target)]


def _match(stored_name: str, target: Any) -> _Match:
    in_parts = isinstance(target, (list, tuple, PartitionedVariable))
    variables = list(target) if in_parts else [target]
    for variable in variables:
        if not isinstance(variable, Variable):
            raise TypeError(f"An assignment map leads to variables, names or scopes of variables, not to {variable!r}.")
    if in_parts and not (variables and all(variable._save_slice_info is not None for variable in variables)):
        raise TypeError(f"A list in an assignment map holds the parts of one partitioned variable, not {target!r}.")
    return _Match(stored_name, variables, in_parts)


def _variable_named(name: str, registry: VariableRegistry) -> Any:
    return registry.variables.get(name) or registry.partitioned.get(name)


def _scope_matches(
    stored_scope: str, scope: str, registry: VariableRegistry, shapes: Shapes, path: str
) -> list[_Match]:
    if not (scope.endswith("/") and stored_scope.endswith("/")):
        known = [*registry.variables, *registry.partitioned]
        raise ValueError(
            f"Assignment map with scope only name {scope.rpartition('/')[0]} should map to scope only {stored_scope}. "
            "Should be 'scope/': 'other_scope/'. No variable that tf.get_variable made has the name (or scope) "
            f"{scope!r}{_near(scope, known)}")
    found = []
    for name in _names_in(scope, registry):
        rest = name if scope == "/" else name[len(scope):]
        stored_name = rest if stored_scope == "/" else stored_scope + rest
        if stored_name not in shapes:
            raise ValueError(f"Tensor {stored_name} ({rest} in {stored_scope}) is not found in {path} checkpoint"
                             f"{_near(stored_name, shapes)}")
        found.append(_match(stored_name, _variable_named(name, registry)))
    return found


def _names_in(scope: str, registry: VariableRegistry) -> list[str]:
    """Names of the variables in a scope, sorted; of partitioned ones the name of the whole."""
    parts = {part for whole in registry.partitioned.values() for part in whole}
    names = [name for name, variable in registry.variables.items() if variable not in parts]
    return sorted(name for name in [*names, *registry.partitioned] if scope == "/" or name.startswith(scope))


def _near(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=3)
    return f". Nearest names: {', '.join(near)}." if near else ""


def _check_shape(match: _Match, shapes: Shapes) -> None:
    stored = shapes[match.stored_name]
    if all(variable.shape.is_fully_defined() for variable in match.variables) and match.shape != stored:
        raise ValueError(
            f"Shape of variable {match.name} ({tuple(match.shape)}) doesn't match with shape of tensor "
            f"{match.stored_name} ({stored}) from checkpoint reader.")


# The nodes.


def _set_initializers(match: _Match, path: str) -> None:
    for variable in match.variables:
        (saveable,) = saveables_of({match.stored_name: [variable] if match.in_parts else variable})
        (spec,) = saveable.specs
        graph = variable.graph
        with graph.as_default(), graph.control_dependencies(None):
            with graph.device(variable.device), graph.device("/cpu:0"):
                (value,) = io_ops.RESTORE_V2(path, [match.stored_name], [spec.slice_spec],
                                             dtypes=[variable.dtype.base_dtype], name="checkpoint_initializer")
            value.set_shape(variable.shape)
            variable._start_from(saveable.restore([value], None), value)
