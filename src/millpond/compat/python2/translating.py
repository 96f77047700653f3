"""Translates Python 2 source to code of this Python, whose tracebacks show the lines of the file.

`fissix`, a maintained descendant of lib2to3, translates the syntax. What it leaves to others is done here: `/` between
integers (`meaning.py`), and the numbers of lines that it has moved.

State: the translators that have been made, one for each way of printing.
"""

from __future__ import annotations

import ast
import difflib
import functools
import importlib
import io
import re
import tokenize
from types import CodeType
from typing import Any

DIVIDE = "__py2_divide__"
DIVIDE_IN_PLACE = "__py2_divide_in_place__"
SORT = "__py2_sort__"

# What these do is done by names that are there (`meaning.BUILTINS`) and by `_Sorting`: they would add imports to the
# file, and take each `sort` for that of a list.
_LEFT_TO_NAMES = {"fix_reduce", "fix_sorted", "fix_intern", "fix_reload", "fix_execfile", "fix_asserts", "fix_future"}
_MARKS = (
    r"print\s+[^\s(=.,)]", r"print\s*>>", r"except\s+[\w.]+\s*,\s*\w+\s*:", r"except\s*\(.*\)\s*,\s*\w+\s*:",
    r"raise\s+[\w.]+\s*,", r"exec\s+[^\s(=]", r"`[^`]+`", r"<>", r"\b0[0-7]+\b", r"\bur['\"]", r"\d[lL]\b",
    r"def\s+\w+\s*\(.*\(", r"lambda\s*\(",
)
_MESSAGES = ("Missing parentheses", "leading zeros", "inconsistent use of tabs", "multiple exception types")


def decode(data: bytes) -> str:
    """The text of a source file; without a declaration it is UTF-8, or else Latin-1."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        text = data.decode(encoding)
    except (SyntaxError, UnicodeDecodeError):
        text = data.decode("latin-1")
    return io.IncrementalNewlineDecoder(None, translate=True).decode(text)


def looks_like_python_2(error: SyntaxError, text: str | None = None) -> bool:
    """Whether a file that this Python does not understand seems to be written for Python 2.

    Args:
      error: What Python said.
      text: The line in question; by default the one that the error holds.

    Example:
      >>> try:
      ...     compile("print 'hello'", "hello.py", "exec")
      ... except SyntaxError as error:
      ...     print(looks_like_python_2(error))
      True
    """
    line = text if text is not None else error.text or ""
    if any(message in str(error.msg) for message in _MESSAGES):
        return True
    return any(re.search(mark, line) for mark in _MARKS)


def suggest(error: SyntaxError) -> None:
    """Adds to the error of a file that seems to be written for Python 2 how it can be run."""
    if error.filename and not isinstance(error, NotEvenPython2) and looks_like_python_2(error):
        error.add_note("This looks like Python 2. `millpond run --py2 PROGRAM` translates it, in memory.")


class NotEvenPython2(SyntaxError):
    """A file that neither this Python nor Python 2 understands."""


def translate(source: str, filename: str, in_package: bool = False) -> str:
    """Python 3 source for Python 2 source.

    Args:
      source: The text.
      filename: The name of its file.
      in_package: Whether it is a module of a package, where `import neighbour` means the neighbour in the package.

    Raises:
      ModuleNotFoundError: If `fissix` is not installed.
      SyntaxError: If it is no Python 2 either.
    """
    refactor, parse = load()
    text = source if source.endswith("\n") else f"{source}\n"
    failure: Exception | None = None
    # Most files print with a statement. One that prints with a function does not parse as that, and the other way.
    for printing in (False, True):
        try:
            return str(_translator(printing, in_package).refactor_string(text, filename))
        except (parse.ParseError, tokenize.TokenError, refactor.tokenize.TokenError) as error:
            failure = failure or error
    assert failure is not None
    raise _syntax_error(failure, text, filename)


def _syntax_error(failure: Exception, text: str, filename: str) -> SyntaxError:
    place = getattr(failure, "context", None)
    row, column = place[1] if place else (1, 0)
    lines = text.splitlines()
    line = lines[row - 1] if 0 < row <= len(lines) else ""
    return NotEvenPython2("invalid syntax, in Python 2 too", (filename, row, column + 1, line))


@functools.cache
def load() -> tuple[Any, Any]:
    """The translator's modules.

    Raises:
      ModuleNotFoundError: If `fissix` is not installed.
    """
    try:
        return importlib.import_module("fissix.refactor"), importlib.import_module("fissix.pgen2.parse")
    except ModuleNotFoundError as error:
        if error.name and error.name.partition(".")[0] != "fissix":
            raise
        raise ModuleNotFoundError("Python 2 programs are translated by fissix: `pip install 'millpond[py2]'`.",
                                  name="fissix") from None


@functools.cache
def _translator(print_function: bool, in_package: bool) -> Any:
    refactor, _ = load()
    fixers = [name for name in refactor.get_fixers_from_package("fissix.fixes")
              if name.rpartition(".")[2] not in _LEFT_TO_NAMES]
    left_out = [".fix_print"] * print_function + [".fix_import"] * (not in_package)
    fixers = [name for name in fixers if not name.endswith(tuple(left_out))]
    translator = refactor.RefactoringTool(fixers, {"print_function": print_function})
    translator.log_message = translator.log_debug = _silent
    return translator


def _silent(*message: object) -> None:
    """What the translator would log about each change."""


def compiled(source: str, filename: str, in_package: bool = False) -> CodeType:
    """Code of this Python for Python 2 source, with the lines of the source.

    Args:
      source: The text.
      filename: What tracebacks name as its file.
      in_package: Whether it is a module of a package; see `translate`.

    Raises:
      ModuleNotFoundError: If `fissix` is not installed.
      SyntaxError: If it is no Python 2.
    """
    return compile(tree(source, filename, in_package=in_package), filename, "exec", dont_inherit=True)


def code_of(path: str) -> CodeType:
    """The code of a Python 2 file; see `compiled`."""
    with open(path, "rb") as file:
        return compiled(decode(file.read()), path)


def tree(source: str, filename: str, true_division: bool = False, in_package: bool = False) -> ast.Module:
    """The syntax tree that `compiled` compiles.

    Args:
      source: The text.
      filename: What tracebacks name as its file.
      true_division: Whether `/` is that of today, even without `from __future__ import division`.
      in_package: Whether it is a module of a package; see `translate`.

    Raises:
      ModuleNotFoundError: If `fissix` is not installed.
      SyntaxError: If it is no Python 2.
    """
    translated = translate(source, filename, in_package)
    parsed = ast.parse(translated, filename)
    if not true_division and not divides_truly(source):
        parsed = _Division().visit(parsed)
    parsed = ast.fix_missing_locations(_Sorting().visit(parsed))
    _number_lines(parsed, _lines_before(source, translated))
    return parsed


def divides_truly(source: str) -> bool:
    """Whether a file asks for the division of today."""
    return re.search(r"^from\s+__future__\s+import\b[^#\n]*(\([^)]*)?\bdivision\b", source, re.MULTILINE) is not None


def _lines_before(source: str, translated: str) -> list[int]:
    """For each line of the translation, counted from 1, the line of the source that it comes from."""
    old, new = source.splitlines(), translated.splitlines()
    if len(old) == len(new):
        return list(range(len(new) + 2))
    numbers = [0] * (len(new) + 2)
    for _, old_start, old_end, new_start, new_end in difflib.SequenceMatcher(None, old, new, False).get_opcodes():
        for line in range(new_start, new_end):
            # What was added belongs to the line before it.
            numbers[line + 1] = max(1, min(old_start + line - new_start, old_end - 1, len(old) - 1) + 1)
    numbers[-1] = len(old)
    return numbers


def _number_lines(parsed: ast.Module, before: list[int]) -> None:
    for node in ast.walk(parsed):
        for name in ("lineno", "end_lineno"):
            line = getattr(node, name, None)
            if line is not None:
                setattr(node, name, before[min(line, len(before) - 1)])


class _Division(ast.NodeTransformer):
    """Gives `/` and `/=` the meaning that they had: `7 / 2` is 3."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.op, ast.Div):
            return node
        return ast.copy_location(_call(DIVIDE, node.left, node.right), node)

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.op, ast.Div):
            return node
        target, value = _read_once(node.target)
        return ast.copy_location(ast.Assign([target], _call(DIVIDE_IN_PLACE, value, node.value)), node)


class _Sorting(ast.NodeTransformer):
    """`rows.sort(compare)`, `rows.sort(cmp=compare)`."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        compares = node.args or any(keyword.arg == "cmp" for keyword in node.keywords)
        if not compares or not isinstance(node.func, ast.Attribute) or node.func.attr != "sort":
            return node
        call = _call(SORT, node.func.value, *node.args)
        call.keywords = node.keywords
        return ast.copy_location(call, node)


def _call(function: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(function, ast.Load()), list(arguments), [])


def _read_once(target: Any) -> tuple[Any, Any]:
    """What to assign to and what to read, so that `rows[next(i)] /= 2` evaluates its parts once, as it did."""
    if isinstance(target, ast.Name):
        return target, ast.Name(target.id, ast.Load())
    owner = ast.NamedExpr(ast.Name("__py2_owner__", ast.Store()), target.value)
    again = ast.Name("__py2_owner__", ast.Load())
    if isinstance(target, ast.Attribute):
        return ast.Attribute(again, target.attr, ast.Store()), ast.Attribute(owner, target.attr, ast.Load())
    key = ast.NamedExpr(ast.Name("__py2_key__", ast.Store()), _as_value(target.slice))
    return (ast.Subscript(again, ast.Name("__py2_key__", ast.Load()), ast.Store()),
            ast.Subscript(owner, key, ast.Load()))


def _as_value(key: Any) -> Any:
    """An index as an expression: `1:n` is `slice(1, n, None)`."""
    if isinstance(key, ast.Slice):
        return _call("slice", *(part or ast.Constant(None) for part in (key.lower, key.upper, key.step)))
    if isinstance(key, ast.Tuple):
        return ast.Tuple([_as_value(part) for part in key.elts], ast.Load())
    return key
