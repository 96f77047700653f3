"""What the op types of TensorFlow 1's control flow give, and those that take their place.

State: the table, complete once this module is imported.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from millpond.graph.opdef import Arg, Attr


class Signature(NamedTuple):
    """The outputs of an op type; `attrs` and `stateful` as in an `OpDefinition`."""

    outputs: list[Any]
    attrs: dict[str, Any]
    stateful: bool


class _FunctionOutput(NamedTuple):
    name: str
    dtype: Any
    type_attr: str | None
    number_attr: str | None
    list_attr: str | None
    is_ref: bool

    @property
    def is_list(self) -> bool:
        return bool(self.number_attr or self.list_attr)


class _Type(NamedTuple):
    as_datatype_enum: int


_CONTROL = {
    "Switch": "output_false: T, output_true: T",
    "Merge": "output: T, value_index: int32",
    "Enter": "output: T",
    "Exit": "output: T",
    "NextIteration": "output: T",
    "RefSwitch": "output_false: Ref(T), output_true: Ref(T)",
    "RefMerge": "output: Ref(T), value_index: int32",
    "RefEnter": "output: Ref(T)",
    "RefExit": "output: Ref(T)",
    "RefNextIteration": "output: Ref(T)",
    "LoopCond": "output: bool",
    "ControlTrigger": "",
}
_ARRAYS = {
    "Stack": "handle: string",
    "StackV2": "handle: resource",
    "StackPush": "output: T",
    "StackPop": "elem: elem_type",
    "StackClose": "",
    "TensorArray": "handle: string",
    "TensorArrayV2": "handle: string",
    "TensorArrayV3": "handle: resource, flow: float",
    "TensorArrayGrad": "grad_handle: string",
    "TensorArrayGradV2": "grad_handle: string",
    "TensorArrayGradV3": "grad_handle: resource, flow_out: float",
    "TensorArrayGradWithShape": "grad_handle: resource, flow_out: float",
    "TensorArrayWrite": "flow_out: float",
    "TensorArrayScatter": "flow_out: float",
    "TensorArraySplit": "flow_out: float",
    "TensorArrayUnpack": "flow_out: float",
    "TensorArrayRead": "value: dtype",
    "TensorArrayGather": "value: dtype",
    "TensorArrayPack": "value: dtype",
    "TensorArrayConcat": "value: dtype, lengths: int64",
    "TensorArraySize": "size: int32",
    "TensorArrayClose": "",
}
_FUNCTIONAL = {
    "If": "output: Tout",
    "StatelessIf": "output: Tout",
    "While": "output: Ts",
    "StatelessWhile": "output: Ts",
    "FakeParam": "output: dtype",
    "NoOp": "",
}
_LATER = ("StackPush", "StackPop", "StackClose", "TensorArrayWrite", "TensorArrayScatter", "TensorArraySplit",
          "TensorArrayRead", "TensorArrayGather", "TensorArrayConcat", "TensorArraySize", "TensorArrayClose")


class _Signatures(dict[str, Signature]):
    @staticmethod
    def of_function(function: Any) -> Signature:
        """The signature of a function of the library."""
        outputs = [_FunctionOutput(arg.name, _Type(arg.type), arg.type_attr or None, arg.number_attr or None,
                                   arg.type_list_attr or None, arg.is_ref) for arg in function.signature.output_arg]
        return Signature(outputs, {}, True)


def _signature(outputs: str, stateful: bool) -> Signature:
    attrs = {"T": Attr("T", "type"), "dtype": Attr("dtype", "type"), "elem_type": Attr("elem_type", "type"),
             "Tout": Attr("Tout", "list(type)"), "Ts": Attr("T", "list(type)")}
    pairs = [part.split(": ") for part in outputs.split(", ") if part]
    args = [Arg(name, spec, attrs) for name, spec in pairs]
    for arg in args:
        arg.list_attr = arg.list_attr and attrs[arg.list_attr].name
    return Signature(args, attrs, stateful)


SIGNATURES = _Signatures({op: _signature(outputs, False) for op, outputs in (_CONTROL | _FUNCTIONAL).items()})
SIGNATURES.update({op: _signature(outputs, False) for op, outputs in _ARRAYS.items()})
SIGNATURES.update({f"{op}V{n}": SIGNATURES[op] for op in _LATER for n in (2, 3)})
