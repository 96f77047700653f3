"""The changes that are tried: one small, wrong edit of a syntax tree each.

Comparisons, arithmetic, `and`/`or`, conditions, numbers, booleans, words in strings, what is returned, and statements
that are left out. Not touched are annotations, docstrings, sentences (strings with spaces, f-strings, what is raised),
assertions, imports, decorators and `__slots__`: a change there is no wrong behaviour.
"""

from __future__ import annotations

import ast
import hashlib
import pathlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult,
    ast.Pow: ast.Mult, ast.LShift: ast.RShift, ast.RShift: ast.LShift, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr,
    ast.BitXor: ast.BitOr,
}
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_UNTOUCHED = (ast.Raise, ast.Assert, ast.JoinedStr, ast.Import, ast.ImportFrom)


@dataclass(frozen=True)
class Mutant:
    """One change of one file.

    Attributes:
      path: The file, relative to the tree.
      content: Digest of the file's content.
      number: Which of the file's changes it is.
      line: Where it is.
      statement: Line on which its statement begins.
      in_function: Whether it lies in a function, or is the default of a parameter: then a module that is loaded can
        be changed.
      what: The code before and after.
    """

    path: str
    content: str
    number: int
    line: int
    statement: int
    in_function: bool
    what: str

    @property
    def name(self) -> str:
        """It stays the same while the file does."""
        return f"{self.path}:{self.content}:{self.number}"


@dataclass(frozen=True)
class _Change:
    """`owner.field = new`, or `owner.field[index] = new`."""

    owner: ast.AST
    field: str
    index: int | None
    new: Any
    line: int
    statement: int
    in_function: bool

    def swap(self, value: Any) -> Any:
        """Puts a value into the place and returns what was there."""
        if self.index is None:
            old = getattr(self.owner, self.field)
            setattr(self.owner, self.field, value)
        else:
            values = getattr(self.owner, self.field)
            old, values[self.index] = values[self.index], value
        return old


def mutants_of(tree: pathlib.Path, path: str) -> list[Mutant]:
    """All changes of a file, in the order of its text."""
    source = (tree / path).read_bytes()
    content, module = hashlib.sha256(source).hexdigest()[:12], ast.parse(source)
    return [Mutant(path, content, number, change.line, change.statement, change.in_function, _described(change))
            for number, change in enumerate(_changes(module))]


def mutated(tree: pathlib.Path, mutant: Mutant) -> ast.Module:
    """The syntax tree of a mutant's file with its change made."""
    module = ast.parse((tree / mutant.path).read_bytes())
    change = _changes(module)[mutant.number]
    change.swap(change.new)
    return ast.fix_missing_locations(module)


def _described(change: _Change) -> str:
    old = change.swap(change.new)
    if isinstance(old, ast.stmt):
        shown = [_text(old), "left out"]
        change.swap(old)
    else:
        owner = change.owner.test if isinstance(change.owner, (ast.If, ast.While, ast.IfExp)) else change.owner
        shown = [_text(owner)]
        change.swap(old)
        owner = change.owner.test if isinstance(change.owner, (ast.If, ast.While, ast.IfExp)) else change.owner
        shown.insert(0, _text(owner))
    return " → ".join(shown)


def _text(node: ast.AST) -> str:
    text = " ".join(ast.unparse(ast.fix_missing_locations(node)).split())
    return text if len(text) < 80 else text[:77] + "..."


def _changes(module: ast.Module) -> list[_Change]:
    return list(_below(module, statement=0, in_function=False))


def _below(node: ast.AST, statement: int, in_function: bool) -> Iterator[_Change]:
    """The changes of a node and of all below it."""
    if isinstance(node, _UNTOUCHED) or _names_slots(node):
        return
    if isinstance(node, ast.stmt):
        statement = node.lineno
    for owner, place, position, new in _of_expression(node):
        line = getattr(new, "lineno", 0) or getattr(owner, "lineno", 0)
        yield _Change(owner, place, position, new, line, statement, in_function)
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list"):
            continue
        inside = in_function or (field == "body" and isinstance(node, _FUNCTIONS)) or (
            field in ("defaults", "kw_defaults") and isinstance(value, list))
        for index, child in enumerate(value if isinstance(value, list) else [value]):
            if isinstance(child, ast.stmt) and _can_be_left_out(child):
                nothing = ast.copy_location(ast.Pass(), child)
                yield _Change(node, field, index, nothing, child.lineno, child.lineno, inside)
            if isinstance(child, ast.AST) and not _is_docstring(child):
                yield from _below(child, statement, inside)


def _of_expression(node: ast.AST) -> Iterator[tuple[ast.AST, str, int | None, Any]]:
    """What can be changed at the node itself."""
    match node:
        case ast.Compare():
            for index, operator in enumerate(node.ops):
                yield node, "ops", index, _COMPARISONS[type(operator)]()
        case ast.BinOp() | ast.AugAssign() if type(node.op) in _ARITHMETIC:
            yield node, "op", None, _ARITHMETIC[type(node.op)]()
        case ast.BoolOp():
            yield node, "op", None, ast.Or() if isinstance(node.op, ast.And) else ast.And()
        case ast.If() | ast.While() | ast.IfExp() if _can_be_negated(node.test):
            yield node, "test", None, _negated(node.test)
        case ast.comprehension():
            for index, condition in enumerate(node.ifs):
                if _can_be_negated(condition):
                    yield node, "ifs", index, _negated(condition)
        case ast.Return(value=ast.expr()) if not _is_none(node.value):
            yield node, "value", None, ast.copy_location(ast.Constant(None), node)
        case ast.Constant(value=bool()):
            yield node, "value", None, not node.value
        case ast.Constant(value=int() | float()):
            yield node, "value", None, node.value + 1
        case ast.Constant(value=str()) if node.value and " " not in node.value:
            yield node, "value", None, f"no_{node.value}"


def _can_be_left_out(node: ast.stmt) -> bool:
    """Not plain assignments to names: leaving one out is a NameError, which no test needs to be written for."""
    match node:
        case ast.Expr(value=ast.Call()) | ast.Raise() | ast.Delete() | ast.Continue() | ast.Break() | ast.AugAssign():
            return True
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript(), *_]):
            return True
        case ast.Return(value=None):
            return True
    return False


def _can_be_negated(test: ast.expr) -> bool:
    """A single comparison has a change of its own that does the same."""
    is_comparison = isinstance(test, ast.Compare) and len(test.ops) == 1
    return not (is_comparison or isinstance(test, ast.Name) and test.id == "TYPE_CHECKING")


def _negated(test: ast.expr) -> ast.expr:
    return ast.copy_location(ast.UnaryOp(ast.Not(), test), test)


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_none(node: ast.AST | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _names_slots(node: ast.AST) -> bool:
    return isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and (
        node.targets[0].id in ("__slots__", "__all__", "__match_args__"))
