"""Operations that run when a SavedModel has been loaded."""

from __future__ import annotations

from millpond.graph.operation import Operation
from millpond.ops.array.identity import group
from millpond.public.modules import publish
from millpond.variables.collections import (
    global_variables_initializer,
    local_variables_initializer,
    tables_initializer,
)

publish(__name__)


def main_op() -> Operation:
    """An operation that initializes all variables and tables."""
    return group(global_variables_initializer(), local_variables_initializer(), tables_initializer())


def main_op_with_restore(restore_op_name: Operation) -> Operation:
    """An operation that initializes all variables and tables, and runs `restore_op_name` after that."""
    initialize = main_op()
    with initialize.graph.control_dependencies([initialize]):
        return group(initialize, restore_op_name)
