"""GraphDefs with control flow of TensorFlow 1, written by hand for the tests beside this file."""

from __future__ import annotations

from typing import Any

from tensorboard.compat.proto import types_pb2

import millpond as tf

FLOAT, INT, BOOL, RESOURCE = types_pb2.DT_FLOAT, types_pb2.DT_INT32, types_pb2.DT_BOOL, types_pb2.DT_RESOURCE


class Builder:
    """Adds nodes to a GraphDef; a number as an attribute is a type, a string is text."""

    def __init__(self) -> None:
        self.message = tf.GraphDef()
        self.message.versions.producer = 134

    def node(self, name: str, op: str, *inputs: str, **attrs: Any) -> str:
        node = self.message.node.add(name=name, op=op, input=inputs)
        for key, value in attrs.items():
            if isinstance(value, bool):
                node.attr[key].b = value
            elif isinstance(value, int):
                node.attr[key].type = value
            else:
                node.attr[key].s = value.encode()
        return name

    def placeholder(self, name: str, dtype: int = FLOAT) -> str:
        return self.node(name, "Placeholder", dtype=dtype)

    def constant(self, name: str, value: float, *controls: str, dtype: int = FLOAT) -> str:
        node = self.message.node.add(name=name, op="Const", input=controls)
        node.attr["dtype"].type = dtype
        tensor = node.attr["value"].tensor
        tensor.dtype = dtype
        tensor.tensor_shape.SetInParent()
        if dtype == FLOAT:
            tensor.float_val.append(value)
        else:
            tensor.int_val.append(int(value))
        return name

    def cond(self, scope: str, x: str, predicate: str, true: str = "Square", false: str = "Neg") -> str:
        """One branch applies `true` to x, the other `false`."""
        self.node(f"{scope}/Switch", "Switch", x, predicate, T=FLOAT)
        self.node(f"{scope}/true", true, f"{scope}/Switch:1", T=FLOAT)
        self.node(f"{scope}/false", false, f"{scope}/Switch", T=FLOAT)
        return self.node(f"{scope}/Merge", "Merge", f"{scope}/false", f"{scope}/true", T=FLOAT)

    def loop(self, x: str, limit: str, scope: str = "while") -> str:
        """Doubles x while it is below the limit."""
        frame = f"{scope}_frame"
        self.node(f"{scope}/Enter", "Enter", x, T=FLOAT, frame_name=frame)
        self.node(f"{scope}/limit", "Enter", limit, T=FLOAT, frame_name=frame, is_constant=True)
        self.node(f"{scope}/Merge", "Merge", f"{scope}/Enter", f"{scope}/NextIteration", T=FLOAT)
        self.node(f"{scope}/Less", "Less", f"{scope}/Merge", f"{scope}/limit", T=FLOAT)
        self.node(f"{scope}/LoopCond", "LoopCond", f"{scope}/Less")
        self.node(f"{scope}/Switch", "Switch", f"{scope}/Merge", f"{scope}/LoopCond", T=FLOAT)
        self.node(f"{scope}/Identity", "Identity", f"{scope}/Switch:1", T=FLOAT)
        self.node(f"{scope}/add", "AddV2", f"{scope}/Identity", f"{scope}/Identity", T=FLOAT)
        self.node(f"{scope}/NextIteration", "NextIteration", f"{scope}/add", T=FLOAT)
        return self.node(f"{scope}/Exit", "Exit", f"{scope}/Switch", T=FLOAT)

    def find(self, name: str) -> Any:
        return next(node for node in self.message.node if node.name == name)

    def remove(self, name: str) -> None:
        nodes = [node for node in self.message.node if node.name != name]
        del self.message.node[:]
        self.message.node.extend(nodes)


def small_loop() -> Builder:
    builder = Builder()
    builder.placeholder("x")
    builder.constant("limit", 10.0)
    builder.loop("x", "limit")
    return builder


def small_cond() -> Builder:
    builder = Builder()
    builder.placeholder("x")
    builder.placeholder("p", BOOL)
    builder.cond("cond", "x", "p")
    return builder


def array_graph(version: str) -> Builder:
    """Writes x into an array of two, and reads it; with the op types of one of the three versions."""
    builder = Builder()
    builder.placeholder("x")
    builder.constant("two", 2, dtype=INT)
    builder.constant("one", 1, dtype=INT)
    builder.node("array", f"TensorArray{version}", "two", dtype=FLOAT)
    flow = "array:1"
    if version != "V3":
        flow = builder.constant("flow", 0.0, "^array")
    builder.node("write", f"TensorArrayWrite{version}", "array", "one", "x", flow, T=FLOAT)
    builder.node("read", f"TensorArrayRead{version}", "array", "one", "write", dtype=FLOAT)
    builder.node("size", f"TensorArraySize{version}", "array", "write")
    builder.node("close", f"TensorArrayClose{version}", "array", "^read")
    return builder
