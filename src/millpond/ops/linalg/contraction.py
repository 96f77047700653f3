"""Sums over shared axes: einsum and tensordot."""

from __future__ import annotations

import string
from collections.abc import Sequence
from typing import Any

import numpy as np

from millpond.autodiff.builder import GradientBuilder
from millpond.graph.argument_types import TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import define_op, lookup
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, ArrayModule, Cotangents
from millpond.graph.static_values import constant_value
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.scoping import name_scope
from millpond.ops.shape_rules import sizes_of
from millpond.shapes import TensorShape, broadcast_sizes


def split_equation(equation: str, count: int) -> tuple[list[str], str]:
    """The labels of each input, and of the output (in alphabetical order of those that stand once, if not given).

    Raises:
      ValueError: If the equation is not well formed or is for another number of inputs.
    """
    text = equation.replace(" ", "")
    left, arrow, right = text.partition("->")
    inputs = left.split(",")
    if len(inputs) != count:
        raise ValueError(f"The equation '{equation}' is for {len(inputs)} inputs, but {count} were given")
    for labels in [*inputs, right]:
        plain = labels.replace("...", "", 1)
        if not all(label in string.ascii_letters for label in plain):
            raise ValueError(f"The equation '{equation}' has labels that are no letters, in '{labels}'")
    if not arrow:
        everything = "".join(inputs).replace(".", "")
        once = "".join(sorted(label for label in set(everything) if everything.count(label) == 1))
        right = ("..." if "..." in left else "") + once
    output = right.replace("...", "")
    for label in output:
        if label not in left or output.count(label) > 1:
            raise ValueError(f"The output label '{label}' of '{equation}' must stand in an input, and once only")
    return inputs, right


def expand_ellipsis(inputs: list[str], output: str, ranks: list[Any]) -> tuple[list[str], str]:
    """Gives the axes that `...` stands for labels of their own, aligned at the right."""
    extra = [rank - len(labels.replace("...", "")) for labels, rank in zip(inputs, ranks, strict=True)]
    used = set("".join(inputs) + output)
    free = [label for label in string.ascii_letters if label not in used]
    longest = max([n for labels, n in zip(inputs, extra, strict=True) if "..." in labels], default=0)
    names = "".join(free[:longest])
    for labels, n in zip(inputs, extra, strict=True):
        if n < 0 or (n and "..." not in labels):
            raise ValueError(f"The labels '{labels}' are for another number of dimensions")
    return ([labels.replace("...", names[longest - n:] if n else "") for labels, n in zip(inputs, extra, strict=True)],
            output.replace("...", names))


def _einsum_shape(inputs: list[TensorShape], *, equation: str) -> TensorShape:
    labels, output = split_equation(equation, len(inputs))
    if any(shape.sizes is None for shape in inputs):
        return shape_rules.UNKNOWN if "..." in output else TensorShape.of((None,) * len(output))
    explicit = {label for part in labels for label in part}
    labels, output = expand_ellipsis(labels, output, [len(sizes_of(shape)) for shape in inputs])
    sizes: dict[str, int | None] = {}
    for part, shape in zip(labels, inputs, strict=True):
        for label, size in zip(part, sizes_of(shape), strict=True):
            if label in sizes and label not in explicit:
                sizes[label] = (broadcast_sizes((sizes[label],), (size,)) or (None,))[0]
            elif sizes.get(label) is None:
                sizes[label] = size
            elif size is not None and size != sizes[label]:
                raise ValueError(f"Dimensions must be equal, but '{label}' is {sizes[label]} and {size} in "
                                 f"'{equation}'")
    return TensorShape.of(tuple([sizes[label] for label in output]))


def _einsum_kernel(xp: ArrayModule, inputs: Sequence[Array], *, equation: str) -> Array:
    dtype = np.dtype(inputs[0].dtype)
    labels, output = split_equation(equation, len(inputs))
    ones = [xp.asarray(x, dtype=np.float32) if dtype.itemsize == 2 else x for x in inputs]
    text = ",".join(labels) + "->" + output
    if xp is np:
        return np.asarray(np.einsum(text, *ones, optimize=len(ones) > 1), dtype=dtype)
    return xp.asarray(xp.einsum(text, *ones), dtype=dtype)


def _einsum_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    """The gradient by one input is the einsum of the cotangent with the other inputs, onto its labels."""
    count = len(op.inputs)
    labels, output = split_equation(op.attributes["equation"], count)
    if any("..." in part for part in labels):
        ranks = [x.shape.ndims for x in op.inputs]
        if None in ranks:
            raise NotImplementedError(f"The gradient of '{op.name}' (Einsum with '...') needs inputs whose ranks are "
                                      "known while the graph is built")
        labels, output = expand_ellipsis(labels, output, ranks)
    return [_einsum_gradient_by(g, op, dy, labels, output, i) for i in range(count)]


def _einsum_gradient_by(g: GradientBuilder, op: Operation, dy: Tensor, labels: list[str], output: str,
                        position: int) -> Tensor:
    x = op.inputs[position]
    operands: list[tuple[Tensor, str]] = [(dy, output)]
    operands += [(g.conj(other), part) for i, (other, part) in enumerate(zip(op.inputs, labels, strict=True))
                 if i != position]
    used = set("".join(labels) + output)
    spare = (label for label in string.ascii_letters if label not in used)
    own, target = labels[position], ""
    sizes = x.shape.sizes
    for axis, label in enumerate(own):
        size = None if sizes is None else sizes[axis]
        known = any(label in part for _, part in operands)
        if label in target:
            # A diagonal: the cotangent goes to where both axes are equal.
            twin = next(spare)
            operands.append((_identity_matrix(g, x, axis), label + twin))
            target += twin
        elif not known or (size == 1 and _is_larger(op, labels, label)):
            # The axis was summed away, or repeated: every element gets the same.
            label = label if not known else next(spare)
            operands.append((_ones(g, x, axis), label))
            target += label
        else:
            target += label
    return contract(operands, target)


def _is_larger(op: Operation, labels: list[str], label: str) -> bool:
    return any(label in part and x.shape.sizes[part.index(label)] != 1
               for x, part in zip(op.inputs, labels, strict=True) if x.shape.sizes is not None)


def _ones(g: GradientBuilder, x: Tensor, axis: int) -> Tensor:
    return g.Fill(g.StridedSlice(g.shape(x), [axis], [axis + 1], [1]), g.constant(1, x))


def _identity_matrix(g: GradientBuilder, x: Tensor, axis: int) -> Tensor:
    return g.MatrixDiag(_ones(g, x, axis))


def contract(operands: list[tuple[Tensor, str]], output: str) -> Tensor:
    """An einsum as a row of `Einsum` nodes of at most two inputs, which is what TensorFlow runs."""
    operands = list(operands)
    while len(operands) > 2:
        (a, first), (b, second) = operands[:2]
        rest = set("".join(labels for _, labels in operands[2:]) + output)
        kept = "".join(label for label in dict.fromkeys(first + second) if label in rest)
        operands[:2] = [(EINSUM([a, b], equation=f"{first},{second}->{kept}"), kept)]
    equation = ",".join(labels for _, labels in operands) + "->" + output
    return EINSUM([x for x, _ in operands], equation=equation)


EINSUM = define_op("Einsum", inputs="inputs: N * T", outputs="output: T",
                   attrs="equation: string, N: int >= 1, T: {bfloat16, half, float, double, int32, int64, complex64, "
                         "complex128}",
                   shape=_einsum_shape, kernel=_einsum_kernel, gradient=_einsum_gradient)


def einsum(equation: str, *inputs: TensorLike, **kwargs: Any) -> Tensor:
    """The sum of products that an equation of axis labels describes.

    Args:
      equation: Labels of the axes of each input, and of the output: "ij,jk->ik" is the matrix product. Labels that are
        not in the output are summed over; `...` stands for all other axes, which are broadcast.
      *inputs: Tensors of one dtype.
      **kwargs: `name`, and `optimize`, which is accepted for compatibility.
      name: Name of the scope of the nodes.

    Raises:
      ValueError: If the equation is not well formed, or the inputs do not fit it.
      TypeError: If there are other keyword arguments.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.einsum("ij->ji", [[1, 2], [3, 4]])))
      [[1 3]
       [2 4]]
    """
    name = kwargs.pop("name", None)
    kwargs.pop("optimize", None)
    if kwargs:
        raise TypeError(f"tf.einsum takes the keyword arguments name and optimize, got {sorted(kwargs)}")
    values = list(inputs[0]) if len(inputs) == 1 and isinstance(inputs[0], (list, tuple)) and "," in equation else list(
        inputs)
    labels, output = split_equation(equation, len(values))
    with name_scope(name, "einsum", values):
        hint = next((x.dtype.base_dtype for x in values if isinstance(x, Tensor)), None)
        tensors = [convert_to_tensor(x, dtype_hint=hint) for x in values]
        if len(tensors) <= 2:
            return EINSUM(tensors, equation=",".join(labels) + "->" + output)
        if any("..." in part for part in labels):
            ranks = [x.shape.ndims for x in tensors]
            if None in ranks:
                raise ValueError(f"The equation '{equation}' with '...' and more than two inputs needs inputs of known "
                                 "rank")
            labels, output = expand_ellipsis(labels, output, ranks)
        return contract(list(zip(tensors, labels, strict=True)), output)


def tensordot(a: TensorLike, b: TensorLike, axes: int | Sequence[Any] | TensorLike, name: str | None = None) -> Tensor:
    """The sum of products over pairs of axes of two tensors.

    Args:
      a, b: Tensors of one dtype and known rank.
      axes: A number n, for the last n axes of `a` with the first n of `b`; or two lists of axes, for `a` and `b`.
      name: Name of the scope of the nodes.

    Returns:
      A tensor of the other axes of `a`, then those of `b`.

    Raises:
      ValueError: If the axes do not fit, or a rank is not known.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.tensordot([1, 2], [3, 4], 1)))
      11
    """
    with name_scope(name, "Tensordot", [a, b]) as scope:
        a = convert_to_tensor(a, name="a")
        b = convert_to_tensor(b, dtype_hint=a.dtype.base_dtype, name="b")
        if a.shape.ndims is None or b.shape.ndims is None:
            raise ValueError(f"tf.tensordot needs tensors of known rank, got {a} and {b}. Use set_shape, or tf.einsum.")
        axes_a, axes_b = _axes_pair(axes, a.shape.ndims)
        free_a, rows = _as_matrix(a, axes_a, last=True)
        free_b, columns = _as_matrix(b, axes_b, last=False)
        product = lookup("MatMul")(rows, columns)
        known = [*(sizes_of(a.shape)[i] for i in free_a), *(sizes_of(b.shape)[i] for i in free_b)]
        if len(free_a) == len(free_b) == 1:
            return product
        if None not in known:
            return lookup("Reshape")(product, np.array(known, np.int32), name=scope)
        sizes = lookup("ConcatV2")([_sizes(a, free_a), _sizes(b, free_b)], 0)
        result = lookup("Reshape")(product, sizes, name=scope)
        result.set_shape(known)
        return result


def _axes_pair(axes: Any, rank: int) -> tuple[list[int], list[int]]:
    if isinstance(axes, (int, np.integer)):
        if axes < 0 or axes > rank:
            raise ValueError(f"'axes' must be from 0 to {rank}, got {axes}")
        return list(range(rank - axes, rank)), list(range(axes))
    if isinstance(axes, Tensor):
        value = constant_value(axes)
        if value is None:
            raise ValueError(f"The axes of tf.tensordot must be known while the graph is built, got {axes}")
        axes = value.tolist() if value.ndim else int(value)
        return _axes_pair(axes, rank)
    if not isinstance(axes, (list, tuple, np.ndarray)) or len(axes) != 2:
        raise ValueError(f"'axes' must be an integer or have length 2, got {axes!r}")
    first, second = (np.ravel(part).astype(int).tolist() for part in axes)
    if len(first) != len(second):
        raise ValueError(f"Different number of contraction axes for 'a' and 'b', {len(first)} != {len(second)}.")
    return first, second


def _as_matrix(x: Tensor, axes: list[int], last: bool) -> tuple[list[int], Tensor]:
    """The axes that stay, and `x` as a matrix of them and the summed ones, which come last (or first)."""
    sizes = sizes_of(x.shape)
    rank = len(sizes)
    summed = [shape_rules.axis_in_range(axis, rank) for axis in axes]
    free = [axis for axis in range(rank) if axis not in summed]
    order = free + summed if last else summed + free
    if order != list(range(rank)):
        x = lookup("Transpose")(x, np.array(order, np.int32), name="transpose")
    if len(free) == len(summed) == 1:
        return free, x
    sizes = sizes_of(x.shape)
    split = len(free) if last else len(summed)
    parts: list[Any] = [sizes[:split], sizes[split:]]
    if None not in sizes:
        target: Any = np.array([np.prod(part, dtype=np.int64) for part in parts], np.int32)
    elif None not in parts[0] and 0 not in sizes:
        target = np.array([np.prod(parts[0], dtype=np.int64), -1], np.int32)
    elif None not in parts[1] and 0 not in sizes:
        target = np.array([-1, np.prod(parts[1], dtype=np.int64)], np.int32)
    else:
        target = lookup("Pack")([lookup("Prod")(_sizes(x, range(split)), [0]),
                                 lookup("Prod")(_sizes(x, range(split, rank)), [0])])
    return free, lookup("Reshape")(x, target)


def _sizes(x: Tensor, axes: Any) -> Tensor:
    return lookup("GatherV2")(lookup("Shape")(x), np.array(list(axes), np.int32), 0)
