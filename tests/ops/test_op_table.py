"""Every op in the table, checked: both tiers, shapes, gradients, GraphDef; and every op type is in the table."""

from __future__ import annotations

import importlib.util
import pathlib
from types import ModuleType

import op_case
import pytest

import millpond as tf
from millpond.graph.opdef import DEFINITIONS
from millpond.ops import families

families.load()
TESTS = pathlib.Path(__file__).parents[1]
SIGNATURES = pathlib.Path(__file__).with_name("tensorflow_signatures.txt")


def _modules() -> list[ModuleType]:
    """The test files that have rows, or that name the op types of their stories."""
    found = []
    for path in sorted(TESTS.rglob("test_*.py")):
        text = path.read_text()
        if path.name != "test_op_table.py" and ("\nCASES" in text or "\nCOVERS" in text):
            spec = importlib.util.spec_from_file_location(f"op_table_{path.parent.name}_{path.stem}", path)
            assert spec is not None and spec.loader is not None
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            found.append(module)
    return found


MODULES = _modules()
CASES = [case for module in MODULES for case in getattr(module, "CASES", ()) if isinstance(case, op_case.OpCase)]


# Functions that XLA alone has, in whichever tier, and takes seconds to compile.
LONG = {"Betainc", "Igamma", "IgammaGradA", "Igammac", "MatrixExponential", "Ndtri", "Polygamma"}
# Kernels that go from window to window in Python: their slopes, which are worked out element by element, take seconds.
LONG_SLOPES = {"MaxPool", "MaxPoolGrad", "MaxPoolGradGrad", "MaxPool3D", "MaxPool3DGrad", "MaxPool3DGradGrad",
               "FractionalMaxPool", "FractionalAvgPool"}


def rows(cases: list[op_case.OpCase], long: set[str] = LONG) -> pytest.MarkDecorator:
    """Runs a test for each row; those that take long are left to `make test`."""
    return pytest.mark.parametrize("case", [
        pytest.param(case, id=case.id, marks=[pytest.mark.slow] if case.op_type in long else []) for case in cases])


TIERS = pytest.mark.parametrize("tier", [op_case.INTERPRETED, op_case.COMPILED], ids=["interpreted", "compiled"])


@TIERS
@rows(CASES)
def test_both_tiers_give_the_expected_values(case: op_case.OpCase, tier: int) -> None:
    op_case.check_values(tf, case, tier)


@pytest.mark.slow
@rows(CASES)
def test_less_known_of_the_shapes_changes_nothing(case: op_case.OpCase) -> None:
    op_case.check_shapes(tf, case)


DIFFERENTIATED = [case for case in CASES if case.differentiated]


@pytest.mark.slow
@TIERS
@rows(DIFFERENTIATED, LONG | LONG_SLOPES)
def test_the_gradient_is_the_slope(case: op_case.OpCase, tier: int) -> None:
    op_case.check_gradient(tf, case, tier)


@pytest.mark.slow
@rows(CASES)
def test_the_node_survives_graph_def(case: op_case.OpCase) -> None:
    op_case.check_graph_def(tf, case)


def test_every_op_type_is_tested() -> None:
    """A new op needs a row, or a story in a file that names it under COVERS."""
    covered = {case.op_type for case in CASES}
    for module in MODULES:
        covered |= set(getattr(module, "COVERS", ()))
    assert sorted(set(DEFINITIONS) - covered) == []
    assert sorted(covered - set(DEFINITIONS)) == [], "these op types do not exist"


# Op types that TensorFlow does not have: what Millpond needs beyond it.
# Reads that take the initial value where a variable has none yet: a conditional in TensorFlow.
# And how bodies of branches and loops see variables: as arguments of functions, where TensorFlow has but values.
OWN_TYPES: set[str] = {"InitializedValue", "InitializedResourceValue", "_Arg", "_RefArg", "_HandleArg"}
# Attributes that came after TensorFlow 1.15, and ones that only steer TensorFlow's own executor.
NOT_OURS = {"grad_a", "grad_b", "grad_x", "grad_y", "use_cudnn_on_gpu", "Index", "metadata",
            "bad_indices_policy", "allowed_devices", "debug_name"}


def _recorded() -> dict[str, list[str]]:
    return {line.split("|")[0]: line.split("|") for line in SIGNATURES.read_text().splitlines()}


def _arguments(arguments: list) -> str:
    def spec(arg):
        kind = arg.dtype.name if arg.dtype else arg.type_attr or arg.list_attr
        kind = f"{arg.number_attr} * {kind}" if arg.number_attr else kind
        return f"{arg.name}: Ref({kind})" if arg.is_ref else f"{arg.name}: {kind}"

    return ", ".join(map(spec, arguments))


def test_signatures_are_those_of_tensorflow() -> None:
    """Names and types of inputs, outputs and attributes are the wire format of GraphDef."""
    recorded = _recorded()
    wrong = []
    for type, definition in sorted(DEFINITIONS.items()):
        if type in OWN_TYPES:
            continue
        if type not in recorded:
            wrong.append(f"{type} is no op type of TensorFlow")
            continue
        _, inputs, outputs, attrs = recorded[type]
        if _arguments(definition.inputs) != inputs or _arguments(definition.outputs) != outputs:
            wrong.append(f"{type}: ({_arguments(definition.inputs)}) -> ({_arguments(definition.outputs)}), "
                         f"TensorFlow has ({inputs}) -> ({outputs})")
        theirs = set(attrs.split(", ")) if attrs else set()
        ours = {name for name in definition.attrs if name[0] != "_"}  # a node's own, which TensorFlow passes over
        if ours - theirs or theirs - ours - NOT_OURS:
            wrong.append(f"{type}: attributes {sorted(ours - theirs)} are not TensorFlow's, "
                         f"{sorted(theirs - ours - NOT_OURS)} are missing")
    assert wrong == []
