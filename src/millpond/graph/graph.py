"""Graph: the operations of a program, in the order of their creation, and the scopes under which they are made.

State of a graph: its operations by name, the names in use, those of functions, the collections, and for each
thread the scopes that are open (`scopes.py`). `_lock` guards adding.
A graph only grows; the few real mutations (device, control input, attribute, static shape) are listed in
`mutations`.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from tensorboard.compat.proto import graph_pb2, versions_pb2

from millpond.graph import control, creation_site, devices, graphdef, raw_nodes, stacks
from millpond.graph.collections import Collections, GraphKeys
from millpond.graph.names import Names, as_text
from millpond.graph.operation import Operation
from millpond.graph.scopes import Scopes, ScopesByThread
from millpond.graph.tensor import Tensor

# The version of GraphDef that TensorFlow 1.15 writes.
PRODUCER_VERSION = 134
MIN_CONSUMER_VERSION = 0


class Graph:
    """A dataflow graph.

    Example:
      >>> import millpond as tf
      >>> graph = tf.Graph()
      >>> with graph.as_default():
      ...     c = tf.constant(30.0)
      >>> c.graph is graph
      True
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._operations: list[Operation] = []
        self._by_name: dict[str, Operation] = {}
        self.names = Names()
        self.collection_lists = Collections()
        self.seed: int | None = None
        # The operations that were changed after they had been added, in order: plans look whether they use one.
        self.mutations: list[Operation] = []
        # Whether each operation was added after those whose outputs it takes.
        self.is_in_order = True
        self._finalized = False
        self._versions = versions_pb2.VersionDef(producer=PRODUCER_VERSION, min_consumer=MIN_CONSUMER_VERSION)
        self._scopes = ScopesByThread()
        self._unfeedable: set[Tensor] = set()
        self._unfetchable: set[Operation] = set()
        # The names of its functions: bodies of operations (`body.py`).
        self.function_names = Names()
        # Building blocks of higher layers keep what belongs to a graph here (variable store, layer names, ...).
        self.extensions: dict[Any, Any] = {}

    # Adding operations.

    def add(self, op: Operation, takes_device: bool = True) -> None:
        """Takes a new operation in: gives it its number, device, control inputs and creation site."""
        with self._lock:
            if self.finalized:
                raise RuntimeError(
                    f"Graph is finalized and cannot be modified: '{op.name}' ({op.type}) cannot be added. Build all "
                    "operations before the session, or before graph.finalize()."
                )
            if op.name in self._by_name:
                raise ValueError(f"Duplicate node name in graph: '{op.name}'")
            op.id = len(self._operations)
            op.site = creation_site.capture(2)
            scopes = self._scopes.here
            if scopes.control:
                op._control_inputs = tuple(dict.fromkeys((*op._control_inputs,
                                                          *control.inputs_for(scopes.control, op))))
            if scopes.gradient_overrides:
                op.gradient_type = _gradient_override(scopes, op.type) or op.gradient_type
            if scopes.devices and takes_device:
                self._apply_device_functions(scopes, op)
            if scopes.colocation:
                self._colocate(scopes, op)
            self._operations.append(op)
            self._by_name[op.name] = op
            for tensor in op._inputs:
                if tensor._consumers is None:
                    tensor._consumers = [op]
                else:
                    tensor._consumers.append(op)
            if scopes.control:
                control.record(scopes.control, op)

    def create_op(self, op_type: str | bytes, inputs: Sequence[Tensor], dtypes: Any = None, input_types: Any = None,
                  name: str | bytes | None = None, attrs: Mapping[str, Any] | None = None, op_def: Any = None,
                  compute_shapes: bool = True, compute_device: bool = True) -> Operation:
        """Adds an operation by the name of its type, as a `NodeDef` would have it.

        Args:
          op_type: The type, such as `"MatMul"`.
          inputs: Its input tensors, those of list inputs laid flat.
          dtypes: Has no effect: the dtypes of the outputs follow from the attributes.
          input_types: The dtypes that the inputs are expected to have.
          name: Its name; the type by default. One that ends in a slash is taken as it is.
          attrs: Attributes as `tf.AttrValue` messages; dtypes that follow from the inputs may be left out.
          op_def: Has no effect.
          compute_shapes: Has no effect: static shapes are always known as far as they can be.
          compute_device: Whether device scopes say where it goes.

        Raises:
          TypeError: If an input is no tensor, or not of the expected dtype.
          ValueError: If inputs or attributes do not fit the type.
          NotImplementedError: If there is no such type.

        Example:
          >>> import millpond as tf
          >>> with tf.Graph().as_default() as graph, tf.Session() as sess:
          ...     op = graph.create_op("Neg", [tf.constant(2.0)], [tf.float32], name="minus")
          ...     print(op.name, sess.run(op.outputs[0]))
          minus -2.0
        """
        return raw_nodes.add(self, op_type, inputs, input_types, name, attrs or {}, compute_device)

    def _apply_device_functions(self, scopes: Scopes, op: Operation) -> None:
        for function in reversed(scopes.devices):
            if function is None:  # tf.device(None) hides all scopes around it
                break
            # What a function answers is taken as it is; names in tf.device come in their normal form.
            answer = function(op)
            if answer is not None and not isinstance(answer, (str, devices.DeviceSpec)):
                raise TypeError(f"a device function must return a name, a tf.DeviceSpec or None, but for {op.name!r} "
                                f"({op.type}) {function} returned {answer!r}")
            op.device = str(answer or "")

    def _colocate(self, scopes: Scopes, op: Operation) -> None:
        groups = list(op.colocation)
        for target in scopes.colocation:
            if isinstance(target, str):
                groups.extend([f"loc:@{target}"] if f"loc:@{target}" not in groups else [])
                continue
            groups.extend(g for g in target.colocation or (f"loc:@{target.name}",) if g not in groups)
            if target.device:
                op.device = target.device
        op.colocation = tuple(groups)

    @property
    def version(self) -> int:
        """Grows with each operation that is added."""
        return len(self._operations)

    def note_mutation(self, op: Operation) -> None:
        """Tells plans that an operation which exists has changed (adding is no such change)."""
        self.mutations.append(op)

    def merged_device(self, device: str, current: str) -> str:
        spec = devices.DeviceSpec.from_string(current)
        return spec.make_merged_spec(devices.DeviceSpec.from_string(device)).to_string()

    # Bodies (`body.py: BodyGraph`) take tensors of the graph around them; an ordinary graph takes none.

    @property
    def root(self) -> Graph:
        """The graph around all bodies: itself."""
        return self

    @property
    def building_function(self) -> bool:
        """Whether it is the graph of a function: what branches and loops are made of does not count as one."""
        return False

    def captures_from(self, graph: Graph) -> bool:
        """Whether tensors of `graph` may be used here, by being captured."""
        return False

    def captured_by(self, argument: Tensor) -> Tensor | None:
        """The tensor outside that an argument of a body stands for."""
        return None

    def capture(self, tensor: Tensor) -> Tensor:
        raise ValueError(f"{tensor} must be from the same graph as the one being built.")

    @contextlib.contextmanager
    def outside(self) -> Iterator[Graph]:
        """Makes the graph around all bodies the default (variables and their initializers lie there), and lifts
        control dependencies."""
        here = self._here()
        if here is not self:
            with here.outside() as root:
                yield root
        else:
            with self.as_default(), self.control_dependencies(None):
                yield self

    def _here(self) -> Graph:
        """The body of this graph that is being built, where there is one: what is asked of the graph meanwhile (by code
        that knows a variable's graph, say) is meant for the place at which the program is."""
        default = stacks.default_graph()
        return default if default is not self and default.captures_from(self) else self

    # Looking up.

    def get_operations(self) -> list[Operation]:
        """All operations, in the order of their creation."""
        return list(self._operations)

    @property
    def is_empty(self) -> bool:
        return not self._operations

    def get_operation_by_name(self, name: str) -> Operation:
        if not isinstance(name, str):
            raise TypeError(f"Operation names are strings (or similar), not {type(name).__name__}.")
        return self.as_graph_element(name, allow_tensor=False, allow_operation=True)

    def get_tensor_by_name(self, name: str) -> Tensor:
        if not isinstance(name, str):
            raise TypeError(f"Tensor names are strings (or similar), not {type(name).__name__}.")
        return self.as_graph_element(name, allow_tensor=True, allow_operation=False)

    def as_graph_element(self, obj: Any, allow_tensor: bool = True, allow_operation: bool = True) -> Any:
        """The tensor or operation of this graph that an object, or a name such as `a:0` or `a`, stands for.

        Raises:
          TypeError: If `obj` is of a type that stands for neither, or for the one that is not allowed.
          ValueError: If the name has the wrong form, or the object is of another graph.
          KeyError: If no such name is in the graph.
        """
        if hasattr(obj, "_as_graph_element"):
            obj = obj._as_graph_element()
        if isinstance(obj, (Tensor, Operation)):
            allowed = allow_tensor if isinstance(obj, Tensor) else allow_operation
            if not allowed:
                raise TypeError(f"{obj!r} is not {'a Tensor' if allow_tensor else 'an Operation'}")
            if obj.graph is not self:
                raise ValueError(f"{type(obj).__name__} {obj!r} is not an element of this graph. "
                                 f"{obj.graph.describe_elements()}")
            return obj
        if isinstance(obj, bytes):
            obj = obj.decode()
        if isinstance(obj, str):
            return self._element_by_name(obj, allow_tensor, allow_operation)
        wanted = " or ".join(w for w, a in (("Tensor", allow_tensor), ("Operation", allow_operation)) if a)
        raise TypeError(f"Can not convert a {type(obj).__name__} into a {wanted}.")

    def require_open(self, element: Any) -> None:
        """Raises ValueError if this is a body that is complete: its elements are of no use elsewhere.

        Args:
          element: What is to be used, for the error.
        """

    def run_always(self, op: Operation, waiting: Graph) -> Operation:
        """Of a body: has `op` run whenever the body does, and tells which operation of `waiting`, a graph around it, is
        done then."""
        raise ValueError(f"'{op.name}' lies in no body.")

    def describe_elements(self) -> str:
        """What to do about an element of this graph that was used elsewhere."""
        return ("It belongs to another: use a session of that graph, or build it inside `with graph.as_default():` of "
                "this one.")

    def _element_by_name(self, name: str, allow_tensor: bool, allow_operation: bool) -> Any:
        op_name, colon, index = name.partition(":")
        if colon:
            if not index.isdigit():
                raise ValueError(f"The name '{name}' looks like a tensor name but is not '<op_name>:<output_index>'.")
            if not allow_tensor:
                raise ValueError(f"Name '{name}' appears to refer to a Tensor, not an Operation.")
            op = self._existing(op_name, f"The name '{name}' refers to a Tensor which does not exist. The operation, "
                                         f"'{op_name}', does not exist in the graph.")
            if int(index) >= len(op._outputs):
                raise KeyError(f"The name '{name}' refers to a Tensor which does not exist. The operation, "
                               f"'{op_name}', exists but only has {len(op._outputs)} outputs.")
            return op._outputs[int(index)]
        if not allow_operation:
            hint = f" Did you mean '{name}:0'?" if name in self._by_name else ""
            raise ValueError(f"The name '{name}' refers to an Operation, not a Tensor (tensor names look like "
                             f"'<op_name>:<output_index>').{hint}")
        return self._existing(name, f"The name '{name}' refers to an Operation not in the graph.")

    def _existing(self, name: str, message: str) -> Operation:
        try:
            return self._by_name[name]
        except KeyError:
            inside = next((body for body in self._bodies() if name in body._by_name), None)
            if inside is not None:
                raise KeyError(f"{message} {inside.describe_elements()}") from None
            scoped = next((found for found in self._by_name if found.endswith(f"/{name}")), None)
            raise KeyError(message + (f" Did you mean '{scoped}'?" if scoped else "")) from None

    def _bodies(self) -> Iterator[Graph]:
        """The bodies of its operations, and the bodies in these."""
        for op in self._operations:
            if op.definition.bodies is not None:
                for value in op.attributes.values():
                    for body in value if isinstance(value, list) else [value]:
                        if isinstance(body, Graph):
                            yield body
                            yield from body._bodies()

    # Scopes.

    def as_default(self) -> contextlib.AbstractContextManager[Graph]:
        """Makes this the default graph inside a `with` block; while a body of it is being built, that stays it."""
        return stacks.graphs.pushed(self._here())

    @property
    def scopes(self) -> Scopes:
        """The scopes that the calling thread has opened."""
        return self._scopes.here

    def switch_to_thread_local(self) -> None:
        """Gives each thread scopes of its own, as it always has them here."""

    def unique_name(self, name: str, mark_as_used: bool = True) -> str:
        """`name` in the current name scope, with `_1`, `_2`, ... appended where it is taken."""
        scope, name = self._scopes.here.name, as_text(name)
        return self.names.unique(f"{scope}/{name}" if scope else name, mark_as_used)

    @contextlib.contextmanager
    def name_scope(self, name: str | None) -> Iterator[str]:
        """Prefixes the names of what is created inside; gives the scope's name with a trailing slash."""
        scopes = self._scopes.here
        outer = scopes.name
        scopes.name = inner = self.names.resolve_scope(outer, name)
        try:
            yield f"{inner}/" if inner else ""
        finally:
            scopes.name = outer

    def get_name_scope(self) -> str:
        return self._scopes.here.name

    def control_dependencies(self, control_inputs: Any) -> contextlib.AbstractContextManager[None]:
        """Orders what is created inside after `control_inputs` (operations, tensors, variables, names).

        Args:
          control_inputs: Any iterable of them. `None` lifts all control dependencies around the block.

        Raises:
          TypeError: If it is no iterable, or something in it cannot be waited for.
          AssertionError: When blocks are left in another order than they nest.
        """
        if control_inputs is None:
            return control.ControlScope(self._scopes.here, None)
        here = self._here()
        if here is not self:
            return here.control_dependencies(control_inputs)
        if isinstance(control_inputs, Tensor) or not isinstance(control_inputs, Iterable):
            raise TypeError(f"control_dependencies takes a list of operations and tensors, got {control_inputs!r}: "
                            "put it in a list.")
        return control.ControlScope(self._scopes.here, self._operations_to_wait_for(control_inputs))

    def _operations_to_wait_for(self, control_inputs: Iterable[Any]) -> list[Operation]:
        ops: list[Operation] = []
        for item in control_inputs:
            if hasattr(item, "_handle"):  # a variable: it is not read for this
                ops.append(self._operation_to_wait_for(item.op))
            elif hasattr(item, "_control_dependency_ops"):  # IndexedSlices, SparseTensor
                ops.extend(map(self._operation_to_wait_for, item._control_dependency_ops()))
            else:
                ops.append(self._operation_to_wait_for(item))
        return ops

    def _operation_to_wait_for(self, item: Any) -> Operation:
        """The operation that an operation, tensor or name stands for: where it lies in a branch of this graph, the one
        that runs the branch."""
        if isinstance(item, (Tensor, Operation)) and item.graph is not self and item.graph.captures_from(self):
            return item.graph.run_always(item.op if isinstance(item, Tensor) else item, self)
        element = self.as_graph_element(item)
        return element.op if isinstance(element, Tensor) else element

    @contextlib.contextmanager
    def device(self, device_name_or_function: Any) -> Iterator[None]:
        """Sets the device of what is created inside: a name, a function of the operation, or None to lift all.

        Raises:
          TypeError: If it is none of these.
          RuntimeError: When blocks are left in another order than they nest.
        """
        spec = device_name_or_function
        if spec is not None and not callable(spec) and not isinstance(spec, (str, devices.DeviceSpec)):
            raise TypeError(f"tf.device expects a name such as '/gpu:0', a tf.DeviceSpec, a function from an operation "
                            f"to one of them, or None, but got {spec!r}")
        function = spec if spec is None or callable(spec) else devices.merge_device(spec)
        scopes = self._scopes.here
        outer = scopes.devices
        scopes.devices = inner = (*outer, function)
        try:
            yield
        finally:
            is_innermost = scopes.devices is inner
            scopes.devices = outer
            if not is_innermost:
                raise RuntimeError(f"Exiting device scope without proper scope nesting: {device_name_or_function!r} is "
                                   "left while a block opened inside it is still open.")

    @contextlib.contextmanager
    def colocate_with(self, op: Any, ignore_existing: bool = False) -> Iterator[None]:
        """Places what is created inside on the device of `op`; None lifts colocation."""
        if op is None and not ignore_existing:
            raise ValueError("Trying to reset colocation (op is None) but ignore_existing is not True")
        scopes = self._scopes.here
        outer, outer_devices = scopes.colocation, scopes.devices
        element = None if op is None else self._here().as_graph_element(op)
        # A variable stands for its own node, not for the one that reads it.
        target = element if isinstance(element, Operation) else getattr(op, "op", None) or getattr(element, "op", None)
        scopes.colocation = (() if ignore_existing else outer) + ((target,) if target is not None else ())
        # The colocated operation decides; device scopes around it do not.
        scopes.devices = ()
        try:
            yield
        finally:
            scopes.colocation, scopes.devices = outer, outer_devices

    @contextlib.contextmanager
    def colocate_with_name(self, name: str) -> Iterator[None]:
        """Names the operation that what is created inside belongs with; it need not exist yet (a variable whose
        initial value is being made)."""
        scopes = self._scopes.here
        outer = scopes.colocation
        # An operation that the caller's program chose decides also here: a slot lies beside its variable.
        scopes.colocation = tuple(target for target in outer if not isinstance(target, str)) or (name,)
        try:
            yield
        finally:
            scopes.colocation = outer

    def _get_control_flow_context(self) -> None:
        """The loop or branch that is being built, as a context: there are none, as bodies are graphs of their own."""
        return None

    def _set_control_flow_context(self, ctx: Any) -> None:
        """Refuses a context of a loop or branch; None, which is what there is, may be given.

        Raises:
          NotImplementedError: If it is not None.
        """
        if ctx is not None:
            raise NotImplementedError(f"Graph._set_control_flow_context({ctx!r}): loops and branches are built as "
                                      "functions; use tf.while_loop and tf.cond")

    @contextlib.contextmanager
    def gradient_override_map(self, op_type_map: dict[str, str]) -> Iterator[None]:
        """Inside, operations of the given types take the gradient registered under another name."""
        if not isinstance(op_type_map, dict) or not all(
                isinstance(k, str) and isinstance(v, str) for k, v in op_type_map.items()):
            raise TypeError("op_type_map must be a dictionary from op type names to registered gradient names")
        scopes = self._scopes.here
        outer = scopes.gradient_overrides
        scopes.gradient_overrides = (*outer, op_type_map)
        try:
            yield
        finally:
            scopes.gradient_overrides = outer

    @contextlib.contextmanager
    def container(self, container_name: str) -> Iterator[str]:
        """Names the resource container of variables and queues created inside."""
        scopes = self._scopes.here
        outer = scopes.container
        scopes.container = as_text(container_name)
        try:
            yield scopes.container
        finally:
            scopes.container = outer

    @property
    def current_container(self) -> str:
        return self._scopes.here.container

    # Collections.

    def add_to_collection(self, name: Any, value: Any) -> None:
        self._check_not_finalized()
        self.collection_lists.add(name, value)

    def add_to_collections(self, names: Any, value: Any) -> None:
        self._check_not_finalized()
        self.collection_lists.add_to_several(names, value)

    def get_collection(self, name: Any, scope: str | None = None) -> list[Any]:
        return self.collection_lists.get(name, scope)

    def get_collection_ref(self, name: Any) -> list[Any]:
        return self.collection_lists.reference(name)

    def get_all_collection_keys(self) -> list[Any]:
        return self.collection_lists.keys()

    @property
    def collections(self) -> list[Any]:
        return self.collection_lists.keys()

    def clear_collection(self, name: Any) -> None:
        self._check_not_finalized()
        self.collection_lists.clear(name)

    # The graph as a whole.

    @property
    def finalized(self) -> bool:
        return self._finalized

    def finalize(self) -> None:
        """Makes the graph read-only."""
        self._finalized = True

    def _unsafe_unfinalize(self) -> None:
        self._finalized = False

    def _check_not_finalized(self) -> None:
        if self.finalized:
            raise RuntimeError("Graph is finalized and cannot be modified.")

    def prevent_feeding(self, tensor: Tensor) -> None:
        self._unfeedable.add(tensor)
        self.note_mutation(tensor.op)

    def is_feedable(self, tensor: Tensor) -> bool:
        return tensor not in self._unfeedable

    def prevent_fetching(self, op: Operation) -> None:
        self._unfetchable.add(op)
        self.note_mutation(op)

    def is_fetchable(self, tensor_or_op: Any) -> bool:
        return (tensor_or_op.op if isinstance(tensor_or_op, Tensor) else tensor_or_op) not in self._unfetchable

    @property
    def graph_def_versions(self) -> versions_pb2.VersionDef:
        """What the graph's GraphDef says of the programs that may read it."""
        versions = versions_pb2.VersionDef()
        versions.CopyFrom(self._versions)
        return versions

    def merge_versions(self, other: versions_pb2.VersionDef) -> None:
        """Takes over what a GraphDef that was imported says of its producer and its readers."""
        versions = self._versions
        versions.producer = min(versions.producer, other.producer)
        versions.min_consumer = max(versions.min_consumer, other.min_consumer)
        bad = sorted({*versions.bad_consumers, *other.bad_consumers})
        del versions.bad_consumers[:]
        versions.bad_consumers.extend(bad)

    def as_graph_def(self, from_version: int | None = None, add_shapes: bool = False) -> graph_pb2.GraphDef:
        """The graph as a `GraphDef` message (see `graphdef.py` for `add_shapes`)."""
        return graphdef.to_graph_def(self, from_version, add_shapes)

    def __repr__(self) -> str:
        return f"<tf.Graph with {len(self._operations)} operations>"


def _gradient_override(scopes: Scopes, op_type: str) -> str | None:
    for overrides in reversed(scopes.gradient_overrides):
        if op_type in overrides:
            return overrides[op_type]
    return None


__all__ = ["Graph", "GraphKeys"]
stacks.set_graph_factory(Graph)
