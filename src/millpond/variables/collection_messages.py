"""Tells how the collections of variables are written into a MetaGraphDef and read from it."""

from __future__ import annotations

from typing import Any

from tensorboard.compat.proto.variable_pb2 import VariableDef

from millpond.graph import stacks
from millpond.graph.collections import GraphKeys
from millpond.graph.proto_functions import register_proto_function
from millpond.graph.tensor import Tensor
from millpond.variables.save_slices import with_scope
from millpond.variables.variable import Variable, variable_of

COLLECTIONS = (GraphKeys.GLOBAL_VARIABLES, GraphKeys.LOCAL_VARIABLES, GraphKeys.TRAINABLE_VARIABLES,
               GraphKeys.MODEL_VARIABLES, GraphKeys.METRIC_VARIABLES, GraphKeys.MOVING_AVERAGE_VARIABLES,
               GraphKeys.GLOBAL_STEP, GraphKeys.EVAL_STEP)


def _to_proto(variable: Any, export_scope: str | None = None) -> Any:
    return variable.to_proto(export_scope=export_scope)


def _from_proto(message: Any, import_scope: str | None = None) -> Any:
    """The variable of a message: the same object for all collections that hold it."""
    element = stacks.default_graph().as_graph_element(with_scope(message.variable_name, import_scope))
    node = element.op if isinstance(element, Tensor) else element
    return variable_of(node) or Variable.from_proto(message, import_scope=import_scope)


for _name in COLLECTIONS:
    register_proto_function(_name, VariableDef, _to_proto, _from_proto)
