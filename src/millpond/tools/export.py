"""`millpond export MODEL --to stablehlo|onnx`: hands a signature of a SavedModel on to other runtimes.

The signature's computation must be one XLA program: no host operations, no random numbers, no updates. Variables
become constants of the exported program. StableHLO is written by `jax.export`; ONNX by `jax2onnx`
(`pip install millpond[onnx]`).
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from millpond.compiler import lower, lowering, xla
from millpond.compiler.plan import make_plan
from millpond.compiler.program import Program
from millpond.graph.graph import Graph
from millpond.graph.tensor import Tensor
from millpond.saved_model import loader, signature_constants, tag_constants
from millpond.session.session import Session
from millpond.tools.arguments import existing_directory, named_shape

FORMATS = ("stablehlo", "onnx")


class Signature(NamedTuple):
    """A computation to export.

    Attributes:
      function: Takes the inputs in the order of `inputs`, gives a list in the order of `outputs`.
      inputs: The placeholders, by the signature's names.
      outputs: The signature's names of the results.
    """

    function: Callable[..., list[Any]]
    inputs: dict[str, Tensor]
    outputs: list[str]


def main(argv: list[str]) -> int:
    """Runs `millpond export`; `argv` are the words after it."""
    parser = argparse.ArgumentParser(prog="millpond export", description="Hand a SavedModel on as StableHLO or ONNX.")
    parser.add_argument("model", type=existing_directory, help="folder of the SavedModel")
    parser.add_argument("--to", choices=FORMATS, required=True, help="the format to write")
    parser.add_argument("--output", help="the file to write (default: MODEL.stablehlo or MODEL.onnx)")
    parser.add_argument("--signature", default="serving_default", help="default: %(default)s")
    parser.add_argument("--shape", type=named_shape, action="append", default=[], metavar="INPUT=2,3",
                        help="the shape of an input; unknown sizes stay open by default")
    arguments = parser.parse_args(argv)
    output = arguments.output or f"{str(arguments.model).rstrip('/')}.{arguments.to}"
    try:
        path = export(str(arguments.model), arguments.to, output, arguments.signature, dict(arguments.shape))
    except (ValueError, NotImplementedError, ModuleNotFoundError, OSError) as error:
        print(f"millpond export: {error}", file=sys.stderr)
        return 1
    print(f"Written: {path}")
    return 0


def export(model: str, target: str, path: str, signature: str = signature_constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY,
           shapes: dict[str, tuple[int, ...]] | None = None) -> Path:
    """Writes a signature of a SavedModel in another format.

    Args:
      model: Folder of the SavedModel.
      target: `"stablehlo"` or `"onnx"`.
      path: The file to write.
      signature: Name of the signature.
      shapes: Shapes of inputs, by name; by default those of the placeholders, with unknown sizes left symbolic.

    Returns:
      The path written.

    Raises:
      ValueError: If there is no such signature or format.
      NotImplementedError: If the computation cannot stand outside a session.
      ModuleNotFoundError: If the converter is not installed.
    """
    if target not in FORMATS:
        raise ValueError(f"Cannot export to {target!r}; the formats are {', '.join(FORMATS)}")
    found = load_signature(model, signature)
    dims = _dimensions(found, shapes or {})
    write = _write_stablehlo if target == "stablehlo" else _write_onnx
    destination = Path(path)
    with xla.x64():
        write(found, dims, destination)
    return destination


def load_signature(model: str, name: str) -> Signature:
    """Reads a SavedModel and makes a pure function of one of its signatures."""
    graph = Graph()
    with graph.as_default(), Session(graph=graph) as session:
        message = loader.load(session, [tag_constants.SERVING], model)
        if name not in message.signature_def:
            raise ValueError(f"The model has no signature {name!r}; it has {sorted(message.signature_def)}")
        definition = message.signature_def[name]
        inputs = {key: graph.get_tensor_by_name(info.name) for key, info in sorted(definition.inputs.items())}
        outputs = {key: graph.get_tensor_by_name(info.name) for key, info in sorted(definition.outputs.items())}
        return Signature(_function_of(session, list(inputs.values()), list(outputs.values())), inputs, list(outputs))


def _function_of(session: Session, inputs: list[Tensor], outputs: list[Tensor]) -> Callable[..., list[Any]]:
    plan = make_plan(outputs, [], inputs, lambda op: "")
    host = [op.name for stage in plan.stages if stage.on_host for op in stage.ops]
    if host:
        raise NotImplementedError(f"Exporting a signature with operations that run on the host: {', '.join(host[:5])}")
    if len(plan.stages) != 1:
        raise NotImplementedError(f"Exporting a signature that takes {len(plan.stages)} XLA programs: a shape in it "
                                  "depends on a computed value")
    stage = plan.stages[0]
    values = [session.run(variable.outputs[0]) for variable in stage.variables]
    run = lower.pure_function(Program(stage), values, lowering.portable())
    entering = [inputs.index(key) for key in stage.inputs if isinstance(key, Tensor)]
    leaving = [stage.outputs.index(tensor) for tensor in outputs]

    def function(*arguments: Any) -> list[Any]:
        results = run(*[arguments[i] for i in entering])
        return [results[i] for i in leaving]

    return function


def _dimensions(found: Signature, shapes: dict[str, tuple[int, ...]]) -> list[tuple[Any, ...]]:
    """The sizes of each input: numbers, and a letter for each size that stays open."""
    unknown = set(shapes) - set(found.inputs)
    if unknown:
        raise ValueError(f"The signature has no inputs {sorted(unknown)}; it has {sorted(found.inputs)}")
    dims: list[tuple[Any, ...]] = []
    for name, tensor in found.inputs.items():
        if name in shapes:
            tensor.shape.assert_is_compatible_with(shapes[name])
            dims.append(shapes[name])
        elif tensor.shape.sizes is None:
            raise ValueError(f"The shape of input {name!r} is not known: give it with --shape {name}=2,3")
        else:
            # Open first sizes are one batch; others are sizes of their own.
            dims.append(tuple("batch" if i == 0 and n is None else f"{name}_{i}" if n is None else n
                              for i, n in enumerate(tensor.shape.sizes)))
    return dims


def _specs(found: Signature, dims: list[tuple[Any, ...]]) -> list[Any]:
    jax_export = importlib.import_module("jax.export")
    scope = jax_export.SymbolicScope()
    return [xla.jax.ShapeDtypeStruct(jax_export.symbolic_shape(",".join(map(str, sizes)), scope=scope)
                                     if any(isinstance(n, str) for n in sizes) else sizes, tensor.dtype.np_dtype)
            for sizes, tensor in zip(dims, found.inputs.values(), strict=True)]


def _write_stablehlo(found: Signature, dims: list[tuple[Any, ...]], path: Path) -> None:
    """Writes what `jax.export.deserialize` reads: the StableHLO module with its calling convention."""
    jax_export = importlib.import_module("jax.export")
    exported = jax_export.export(xla.jax.jit(found.function))(*_specs(found, dims))
    path.write_bytes(exported.serialize())


def _write_onnx(found: Signature, dims: list[tuple[Any, ...]], path: Path) -> None:
    if importlib.util.find_spec("jax2onnx") is None:
        raise ModuleNotFoundError("Exporting to ONNX needs jax2onnx: pip install 'millpond[onnx]'")
    converter = importlib.import_module("jax2onnx")
    core = importlib.import_module("jax.extend.core")
    specs = _specs(found, dims)
    # Traced beforehand: the converter then meets XLA's primitives, not the array functions that it replaces.
    traced = core.jaxpr_as_fun(xla.jax.make_jaxpr(found.function)(*specs))
    converter.to_onnx(traced, specs, return_mode="file", output_path=str(path),
                      enable_double_precision=any(t.dtype.np_dtype == np.float64 for t in found.inputs.values()))
