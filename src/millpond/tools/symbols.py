"""Which symbols of TensorFlow a program names, found by reading it.

Names are followed through imports and plain assignments (`rnn = tf.contrib.rnn`), scope by scope; what a program
computes (`getattr(tf, name)` of a variable) is not seen.
"""

from __future__ import annotations

import ast
import builtins
from typing import NamedTuple

_ROOTS = ("tensorflow", "tensorflow_core")
_CAUGHT = {"ImportError", "ModuleNotFoundError", "AttributeError", "Exception", "BaseException"}


class Use(NamedTuple):
    """A symbol that stands in a program.

    Attributes:
      symbol: Its full path, such as `tf.train.AdamOptimizer`.
      line: The line, counted from 1.
      guarded: Whether the program goes on without it: it stands in a `try` that catches its absence.
    """

    symbol: str
    line: int
    guarded: bool


def used(tree: ast.Module) -> list[Use]:
    """The symbols of TensorFlow in a program, in the order of its lines.

    Args:
      tree: The program.

    Example:
      >>> program = "import tensorflow as tf\\nrnn = tf.contrib.rnn\\nrnn.LSTMCell(3)\\ntf.abs(1)"
      >>> [(use.symbol, use.line) for use in used(ast.parse(program))]
      [('tf.contrib.rnn', 2), ('tf.contrib.rnn.LSTMCell', 3), ('tf.abs', 4)]
    """
    reader = _Reader(_Scope(None))
    # Functions run after the module: what stands below them is bound by then.
    for _ in range(2):
        reader.uses, reader.guards = [], 0
        reader.visit(tree)
    found = [use for use in reader.uses if use.symbol not in reader.defined]
    return sorted(set(found), key=lambda use: (use.line, use.symbol))


def path_of(module: str) -> str | None:
    """`tensorflow.contrib.rnn` to `tf.contrib.rnn`; None for what is not TensorFlow's."""
    root, _, rest = module.partition(".")
    return None if root not in _ROOTS else f"tf.{rest}".rstrip(".")


class _Scope:
    """The names that a module or function binds: to a path of TensorFlow, or to something else (None)."""

    def __init__(self, parent: _Scope | None) -> None:
        self.parent = parent
        self.names: dict[str, str | None] = {}
        self.inside: dict[int, _Scope] = {}

    def find(self, name: str) -> str | None:
        scope: _Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.parent
        return None

    def is_bound(self, name: str) -> bool:
        return name in self.names or (self.parent is not None and self.parent.is_bound(name))


class _Reader(ast.NodeVisitor):
    def __init__(self, scope: _Scope) -> None:
        self.scope = scope
        self.uses: list[Use] = []
        self.guards = 0
        self.defined: set[str] = set()  # `tf.mine = ...`
        self.star: str | None = None

    def _use(self, symbol: str, node: ast.AST) -> None:
        if symbol != "tf":
            self.uses.append(Use(symbol, getattr(node, "lineno", 0), self.guards > 0))

    def visit_Import(self, node: ast.Import) -> None:
        for name in node.names:
            path = path_of(name.name)
            if name.asname is None:
                first = name.name.partition(".")[0]
                self.scope.names[first] = path_of(first)
            else:
                self.scope.names[name.asname] = path
            if path is not None:
                self._use(path, node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        module = None if node.level or node.module is None else path_of(node.module)
        for name in node.names:
            if name.name == "*":
                if module is not None:
                    self.star = module
                    self._use(module, node)
                continue
            path = None if module is None else f"{module}.{name.name}"
            self.scope.names[name.asname or name.name] = path
            if path is not None:
                self._use(path, node)

    def visit_Try(self, node: ast.Try) -> None:
        guarded = any(_catches_absence(handler) for handler in node.handlers)
        self.guards += guarded
        for statement in node.body:
            self.visit(statement)
        self.guards -= guarded
        for part in (*node.handlers, *node.orelse, *node.finalbody):
            self.visit(part)

    def visit_If(self, node: ast.If) -> None:
        guarded = any(isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "hasattr"
                      for call in ast.walk(node.test))
        self.guards += guarded
        self.generic_visit(node)
        self.guards -= guarded

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        path = self._path(node.value)
        for target in node.targets:
            if isinstance(target, ast.Name):
                self.scope.names[target.id] = path
            elif isinstance(target, ast.Attribute) and (own := self._path(target)) is not None:
                self.defined.add(own)
            else:
                self.visit(target)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        path = self._path(node)
        if path is None:
            self.generic_visit(node)
        elif isinstance(node.ctx, ast.Load):
            self._use(path, node)

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Store):
            self.scope.names.setdefault(node.id, None)
            return
        if self.star is not None and not self.scope.is_bound(node.id) and not hasattr(builtins, node.id):
            self._use(f"{self.star}.{node.id}", node)

    def visit_Call(self, node: ast.Call) -> None:
        if isinstance(node.func, ast.Name) and node.func.id in ("getattr", "hasattr") and len(node.args) >= 2:
            owner, name = self._path(node.args[0]), node.args[1]
            if owner is not None and isinstance(name, ast.Constant) and isinstance(name.value, str):
                alone = node.func.id == "hasattr" or len(node.args) > 2
                self.uses.append(Use(f"{owner}.{name.value}", node.lineno, alone or self.guards > 0))
        self.generic_visit(node)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> None:
        arguments = node.args
        for default in (*arguments.defaults, *arguments.kw_defaults):
            if default is not None:
                self.visit(default)
        if not isinstance(node, ast.Lambda):
            self.scope.names[node.name] = None
            for decorator in node.decorator_list:
                self.visit(decorator)
        outer = self.scope
        # A name that the first reading bound below a function is known in it at the second.
        inner = outer.inside.setdefault(id(node), _Scope(outer))
        every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg)
        inner.names.update({argument.arg: None for argument in every if argument is not None})
        self.scope = inner
        for part in node.body if isinstance(node.body, list) else [node.body]:
            self.visit(part)
        self.scope = outer

    visit_FunctionDef = visit_AsyncFunctionDef = visit_Lambda = _function

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.scope.names[node.name] = None
        self.generic_visit(node)

    def _path(self, node: ast.AST) -> str | None:
        """The path that an expression stands for: a name that is bound to one, or an attribute of that."""
        names: list[str] = []
        while isinstance(node, ast.Attribute):
            names.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return None
        root = self.scope.find(node.id)
        return None if root is None else ".".join([root, *reversed(names)])


def _catches_absence(handler: ast.ExceptHandler) -> bool:
    caught = [handler.type] if not isinstance(handler.type, ast.Tuple) else handler.type.elts
    return any(kind is None or (isinstance(kind, ast.Name) and kind.id in _CAUGHT) for kind in caught)
