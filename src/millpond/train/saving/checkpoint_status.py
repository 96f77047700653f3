"""What `tf.train.Checkpoint.restore` gives: whether all was found, and the reading of the values."""

from __future__ import annotations

from typing import Any

from millpond.graph import stacks
from millpond.train.saving import object_graph
from millpond.train.saving.checkpoint_reader import CheckpointReader
from millpond.variables.variable import Variable


class RestoreStatus:
    """Base class of what `restore` gives.

    Args:
      root: The `Checkpoint`.
    """

    def __init__(self, root: Any) -> None:
        self._root = root

    def assert_consumed(self) -> RestoreStatus:
        """Raises AssertionError unless all objects have values in the checkpoint, and all values there have objects."""
        raise NotImplementedError

    def assert_existing_objects_matched(self) -> RestoreStatus:
        """Raises AssertionError unless all objects have values in the checkpoint."""
        raise NotImplementedError

    def assert_nontrivial_match(self) -> RestoreStatus:
        """Raises AssertionError if nothing but the Checkpoint itself was found in the checkpoint."""
        raise NotImplementedError

    def expect_partial(self) -> RestoreStatus:
        """Says that it is well if not all is restored. Nothing warns of that here in any case."""
        return self

    def run_restore_ops(self, session: Any = None) -> None:
        """Gives the variables their values.

        Args:
          session: The session; by default the default session.
        """
        raise NotImplementedError

    def initialize_or_restore(self, session: Any = None) -> None:
        """Gives the variables their values, and runs the initializers of those that have none in the checkpoint.

        Args:
          session: The session; by default the default session.
        """
        raise NotImplementedError

    def _variables(self) -> list[Variable]:
        return list(object_graph.describe(self._root).variables.values())

    @staticmethod
    def _session(session: Any) -> Any:
        return stacks.required_session(session, "restore a checkpoint")


class InitializationOnlyStatus(RestoreStatus):
    """There is no checkpoint: the variables can be initialized only."""

    def assert_consumed(self) -> RestoreStatus:
        raise AssertionError("No checkpoint specified (save_path=None); nothing is being restored.")

    assert_existing_objects_matched = assert_consumed
    assert_nontrivial_match = assert_consumed

    def run_restore_ops(self, session: Any = None) -> None:
        raise AssertionError("No checkpoint specified, so no restore ops are available (save_path=None to restore).")

    def initialize_or_restore(self, session: Any = None) -> None:
        self._session(session).run([variable.initializer for variable in self._variables()])


class CheckpointLoadStatus(RestoreStatus):
    """A checkpoint of objects.

    What the nodes of its graph stand for is looked up anew by each method, because objects may have come meanwhile.

    Args:
      root: The `Checkpoint`.
      path: Of the files.
      message: The `TrackableObjectGraph`.
    """

    def __init__(self, root: Any, path: str, message: Any) -> None:
        super().__init__(root)
        self._path = path
        self._message = message

    def _matched(self) -> dict[int, Any]:
        return object_graph.match(self._message, self._root)

    def assert_consumed(self) -> RestoreStatus:
        self.assert_existing_objects_matched()
        matched = self._matched()
        for number, node in enumerate(self._message.nodes):
            if number not in matched and node.attributes:
                raise AssertionError(f"Unresolved object in checkpoint {object_graph.path_of(self._message, number)}: "
                                     f"{node}")
            unused = [attribute.name for attribute in node.attributes
                      if not attribute.optional_restore and not (attribute.name == object_graph.VALUE
                                                                 and isinstance(matched[number], Variable))]
            if unused:
                raise AssertionError("Unused attributes in these objects (the attributes exist in the checkpoint but "
                                     f"not in the objects): {[(matched[number], unused)]}")
        return self

    def assert_existing_objects_matched(self) -> RestoreStatus:
        unmatched = self._unmatched()
        if unmatched:
            raise AssertionError(f"Found {len(unmatched)} Python objects that were not bound to checkpointed values, "
                                 f"likely due to changes in the Python program: {unmatched[:10]}")
        return self

    def assert_nontrivial_match(self) -> RestoreStatus:
        if len(self._matched()) == 1 and len(self._message.nodes) > 1:
            raise AssertionError("Nothing except the root object matched a checkpointed value. The checkpoint has "
                                 f"{[child.local_name for child in self._message.nodes[0].children]}, the program "
                                 f"{[name for name, _ in object_graph.children_of(self._root)]}.")
        return self

    def _unmatched(self) -> list[Any]:
        """The objects that are not in the checkpoint, but for lists and the like that hold none."""
        there = {id(item) for item in self._matched().values()}
        return [item for item in object_graph.describe(self._root).objects
                if id(item) not in there and (isinstance(item, Variable) or object_graph.children_of(item)
                                              or not isinstance(item, (list, tuple, dict)))]

    def run_restore_ops(self, session: Any = None) -> None:
        variables = object_graph.values_in(self._message, self._matched())
        self._root._restore_values(self._path, variables, self._session(session))

    def initialize_or_restore(self, session: Any = None) -> None:
        session = self._session(session)
        self.run_restore_ops(session)
        there = {id(item) for item in object_graph.values_in(self._message, self._matched()).values()}
        session.run([variable.initializer for variable in self._variables() if id(variable) not in there])


class NameBasedSaverStatus(RestoreStatus):
    """A checkpoint that `tf.train.Saver` wrote: the variables are found by their names.

    Args:
      root: The `Checkpoint`.
      path: Of the files.
      reader: Of the files.
    """

    def __init__(self, root: Any, path: str, reader: CheckpointReader) -> None:
        super().__init__(root)
        self._path = path
        self._reader = reader

    def _by_name(self) -> dict[str, Variable]:
        """The variables to restore; the counter of saves, which no Saver has written, need not be there."""
        own = self._root.save_counter
        return {variable.op.name: variable for variable in self._variables()
                if variable is not own or self._reader.has_tensor(own.op.name)}

    def assert_consumed(self) -> RestoreStatus:
        self.assert_existing_objects_matched()
        unused = sorted(set(self._reader.get_variable_to_shape_map()) - set(self._by_name()))
        if unused:
            raise AssertionError(f"Unresolved variables in checkpoint {self._path}: {unused}")
        return self

    def assert_existing_objects_matched(self) -> RestoreStatus:
        for name, variable in self._by_name().items():
            if not self._reader.has_tensor(name):
                raise AssertionError(f"Object not restored: {variable!r} is not in checkpoint {self._path}.")
        return self

    def assert_nontrivial_match(self) -> RestoreStatus:
        if not any(self._reader.has_tensor(name) for name in self._by_name()):
            raise AssertionError(f"None of the variables {sorted(self._by_name())} is in checkpoint {self._path}.")
        return self

    def run_restore_ops(self, session: Any = None) -> None:
        self._root._restore_values(self._path, self._by_name(), self._session(session))

    def initialize_or_restore(self, session: Any = None) -> None:
        session = self._session(session)
        session.run([variable.initializer for variable in self._variables()])
        self.run_restore_ops(session)
