"""Functions of a file of which each call chooses dtypes and numbers, and functions that are gradients of others."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from google.protobuf import text_format

import millpond as tf

COVERS = {"SymbolicGradient"}


def node(name: str, op: str, *inputs: str, **attrs: str) -> str:
    """A node as text, in a graph or, with `node_def` put before, in a function."""
    given = "".join(f' input: "{text}"' for text in inputs)
    said = "".join(f' attr {{ key: "{key}" value {{ {value} }} }}' for key, value in attrs.items())
    return f'{{ name: "{name}" op: "{op}"{given}{said} }}'


def placeholder(name: str, dtype: str = "DT_FLOAT") -> str:
    return node(name, "Placeholder", dtype=f"type: {dtype}", shape="shape { unknown_rank: true }")


def graph(nodes: list[str], *functions: str) -> Any:
    text = "".join(f"node {one} " for one in nodes) + f"library {{ {' '.join(functions)} }}"
    return text_format.Parse(text, tf.GraphDef())


FLOAT, INT, CHOSEN = "type: DT_FLOAT", "type: DT_INT32", 'placeholder: "T"'
DOUBLE = f"""function {{
  signature {{ name: "double" input_arg {{ name: "x" type_attr: "T" }} output_arg {{ name: "y" type_attr: "T" }}
               attr {{ name: "T" type: "type" }} }}
  node_def {node("s", "AddV2", "x", "x", T=CHOSEN)}
  ret {{ key: "y" value: "s:z:0" }} }}"""
# The first of N arguments, and the double of the second; and each of them.
MANY = f"""function {{
  signature {{ name: "many" input_arg {{ name: "x" type_attr: "T" number_attr: "N" }}
               output_arg {{ name: "sum" type_attr: "T" }} output_arg {{ name: "all" type_attr: "T" number_attr: "N" }}
               attr {{ name: "T" type: "type" }} attr {{ name: "N" type: "int" default_value {{ i: 2 }} }} }}
  node_def {node("d", "double", "x:1", T=CHOSEN)}
  node_def {node("s", "AddV2", "x:0", "d:y:0", T=CHOSEN)}
  node_def {node("n", "IdentityN", "x:0", "x:1", T="list { type: DT_FLOAT type: DT_FLOAT }")}
  ret {{ key: "sum" value: "s:z:0" }} ret {{ key: "all" value: "n:output" }} }}"""


def test_one_function_is_called_with_several_dtypes(tier: str, default_graph: tf.Graph) -> None:
    named = 'func { name: "double" attr { key: "T" value { type: DT_INT32 } } }'
    lists = {"Tin": "list { type: DT_INT32 }", "Tout": "list { type: DT_INT32 }"}
    tf.import_graph_def(graph([
        placeholder("x"), placeholder("i", "DT_INT32"), node("a", "double", "x", T=FLOAT),
        node("b", "double", "i", T=INT), node("c", "PartitionedCall", "i", f=named, **lists)], DOUBLE), name="")
    with tf.Session() as sess:
        a, b, c = sess.run(["a:0", "b:0", "c:0"], {"x:0": [0.5, 2.0], "i:0": 7})
    assert a.tolist() == [1.0, 4.0] and a.dtype == np.float32
    assert (b, c) == (14, 14) and b.dtype == np.int32


def test_a_call_chooses_how_many_tensors_a_function_takes_and_gives(tier: str, default_graph: tf.Graph) -> None:
    tf.import_graph_def(graph([placeholder("x"), placeholder("y"), node("m", "many", "x", "y", T=FLOAT)], DOUBLE, MANY),
                        name="")
    with tf.Session() as sess:
        assert sess.run(["m:0", "m:1", "m:2"], {"x:0": 1.0, "y:0": 5.0}) == [11.0, 1.0, 5.0]


def test_branches_of_dtypes_that_are_chosen_are_written_again_under_names_of_their_own(default_graph: tf.Graph) -> None:
    def branch(name: str, source: str, dtype: str) -> str:
        function = f'func {{ name: "double" attr {{ key: "T" value {{ type: {dtype} }} }} }}'
        types = f"list {{ type: {dtype} }}"
        return node(name, "StatelessIf", "p", source, Tcond="type: DT_BOOL", Tin=types, Tout=types,
                    then_branch=function, else_branch=function)

    message = graph([placeholder("p", "DT_BOOL"), placeholder("x"), placeholder("i", "DT_INT32"),
                     branch("a", "x", "DT_FLOAT"), branch("b", "i", "DT_INT32")], DOUBLE)
    tf.import_graph_def(message, name="")
    written = default_graph.as_graph_def()
    assert len({function.signature.name for function in written.library.function}) == 2
    for one in (message, written):
        with tf.Graph().as_default(), tf.Session() as sess:
            tf.import_graph_def(one, name="")
            assert sess.run(["a:0", "b:0"], {"p:0": True, "x:0": 1.5, "i:0": 4}) == [3.0, 8]


@pytest.mark.parametrize(("call", "message"), [
    (node("a", "double", "x"), "Node 'a' .* calls the function 'double' without its attr 'T'"),
    (node("a", "many", "x", T=FLOAT), "Node 'a' .* gives the function 'many__.*' 1 arguments, but it takes 2"),
    (node("a", "many", "x", T=FLOAT, N="i: -1"), "'x' comes to -1 tensors"),
    (node("a", "double", "x", T=INT), "of type float32 as 'x', which is int32"),
])
def test_calls_that_do_not_choose_well_are_refused(call: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        tf.import_graph_def(graph([placeholder("x"), call], DOUBLE, MANY))


# Gradients.

PRODUCT = f"""function {{
  signature {{ name: "f" input_arg {{ name: "a" {FLOAT} }} input_arg {{ name: "b" {FLOAT} }}
               input_arg {{ name: "n" {INT} }} output_arg {{ name: "y" {FLOAT} }} output_arg {{ name: "m" {INT} }} }}
  node_def {node("square", "Mul", "a", "a", T=FLOAT)}
  node_def {node("product", "Mul", "square:z:0", "b", T=FLOAT)}
  ret {{ key: "y" value: "product:z:0" }} ret {{ key: "m" value: "n" }} }}"""
OTHER = f"""function {{
  signature {{ name: "g" input_arg {{ name: "a" {FLOAT} }} input_arg {{ name: "b" {FLOAT} }}
               input_arg {{ name: "n" {INT} }} input_arg {{ name: "dy" {FLOAT} }} input_arg {{ name: "dm" {INT} }}
               output_arg {{ name: "da" {FLOAT} }} output_arg {{ name: "db" {FLOAT} }}
               output_arg {{ name: "dn" {INT} }} }}
  node_def {node("d", "Neg", "dy", T=FLOAT)}
  ret {{ key: "da" value: "d:y:0" }} ret {{ key: "db" value: "dy" }} ret {{ key: "dn" value: "dm" }} }}"""
TYPES = "list { type: DT_FLOAT type: DT_FLOAT type: DT_INT32 }"


def with_gradient(*functions: str, out: str = TYPES, inputs: tuple[str, ...] = ("a", "b", "n", "dy", "dm")) -> Any:
    kinds = " ".join("type: DT_INT32" if name in ("n", "dm") else "type: DT_FLOAT" for name in inputs)
    return graph([*map(placeholder, ("a", "b", "dy")), placeholder("n", "DT_INT32"), placeholder("dm", "DT_INT32"),
                  node("d", "SymbolicGradient", *inputs, f='func { name: "f" }', Tin=f"list {{ {kinds} }}", Tout=out)],
                 PRODUCT, *functions)


FEEDS = {"a:0": np.float32([1, 2]), "b:0": np.float32(5), "n:0": 3, "dy:0": np.float32([10, 100]), "dm:0": 0}


def test_the_gradient_of_a_function_is_worked_out(tier: str, default_graph: tf.Graph) -> None:
    tf.import_graph_def(with_gradient(), name="")
    second = tf.gradients(default_graph.get_tensor_by_name("d:0"), default_graph.get_tensor_by_name("a:0"))
    with tf.Session() as sess:
        da, db, dn, dda = sess.run(["d:0", "d:1", "d:2", second[0]], FEEDS)
    np.testing.assert_array_equal(da, [2 * 5 * 10, 2 * 2 * 5 * 100])
    assert (db, dn) == (10 + 4 * 100, 0) and dn.dtype == np.int32
    np.testing.assert_array_equal(dda, [2 * 5 * 10, 2 * 5 * 100])


def test_a_gradient_is_the_function_that_the_file_says_it_is(tier: str, default_graph: tf.Graph) -> None:
    tf.import_graph_def(with_gradient(OTHER, 'gradient { function_name: "f" gradient_func: "g" }'), name="")
    with tf.Session() as sess:
        da, db, dn = sess.run(["d:0", "d:1", "d:2"], FEEDS)
    assert (da.tolist(), db.tolist(), dn) == ([-10.0, -100.0], [10.0, 100.0], 0)


def test_a_gradient_is_written_as_what_it_is(default_graph: tf.Graph) -> None:
    tf.import_graph_def(with_gradient(), name="")
    written = default_graph.as_graph_def()
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.import_graph_def(written, name="")
        assert sess.run("d:1", FEEDS) == 410


@pytest.mark.parametrize(("message", "said"), [
    (with_gradient(inputs=("a", "b", "n", "dy")), r"gives \['float32'\] beside the arguments of the function 'f'"),
    (with_gradient(inputs=("a", "b")), "gives the function 'f' 2 arguments, but it takes 3"),
    (with_gradient(out="list { type: DT_FLOAT }"), r"says that it gives \['float32'\], but gives"),
])
def test_gradients_that_do_not_fit_are_refused(message: Any, said: str, default_graph: tf.Graph) -> None:
    with pytest.raises(ValueError, match=said):
        tf.import_graph_def(message)
    assert default_graph.get_operations() == []
