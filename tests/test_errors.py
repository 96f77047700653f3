"""What a program sees of a failed op: its class, code and text."""

import pickle
from types import SimpleNamespace

import pytest

from millpond import errors

CODES = {
    "CancelledError": ("CANCELLED", 1),
    "UnknownError": ("UNKNOWN", 2),
    "InvalidArgumentError": ("INVALID_ARGUMENT", 3),
    "DeadlineExceededError": ("DEADLINE_EXCEEDED", 4),
    "NotFoundError": ("NOT_FOUND", 5),
    "AlreadyExistsError": ("ALREADY_EXISTS", 6),
    "PermissionDeniedError": ("PERMISSION_DENIED", 7),
    "ResourceExhaustedError": ("RESOURCE_EXHAUSTED", 8),
    "FailedPreconditionError": ("FAILED_PRECONDITION", 9),
    "AbortedError": ("ABORTED", 10),
    "OutOfRangeError": ("OUT_OF_RANGE", 11),
    "UnimplementedError": ("UNIMPLEMENTED", 12),
    "InternalError": ("INTERNAL", 13),
    "UnavailableError": ("UNAVAILABLE", 14),
    "DataLossError": ("DATA_LOSS", 15),
    "UnauthenticatedError": ("UNAUTHENTICATED", 16),
}

MATMUL = SimpleNamespace(
    name="layer/MatMul", type="MatMul", creation_site="program.py:12, in build: y = tf.matmul(a, b)"
)


@pytest.mark.parametrize("name", CODES)
def test_each_class_has_its_code_and_catches_as_op_error(name):
    constant, code = CODES[name]
    cls = getattr(errors, name)
    assert getattr(errors, constant) == code
    with pytest.raises(errors.OpError) as caught:
        raise cls(None, None, "what went wrong")
    error = caught.value
    assert type(error) is cls and cls.__bases__ == (errors.OpError,)
    assert (error.error_code, error.message, error.op, error.node_def) == (
        code,
        "what went wrong",
        None,
        None,
    )
    assert errors.exception_type_from_error_code(code) is cls
    assert errors.error_code_from_exception_type(cls) == code


def test_every_class_of_the_module_is_drawn_in_its_tree():
    classes = {n for n, c in vars(errors).items() if isinstance(c, type) and issubclass(c, errors.OpError)}
    assert classes == {*CODES, "OpError"}
    drawn = errors.__doc__
    assert all(f"── {name} " in drawn for name in classes)
    assert errors.OK == 0


def test_an_op_error_of_any_code():
    error = errors.OpError(None, None, "odd", 42)
    assert (str(error), error.error_code) == ("odd", 42)
    assert errors.OpError(None, None, "odd").error_code == errors.UNKNOWN


def test_codes_without_a_class_are_refused():
    for code in (errors.OK, 17, None):
        with pytest.raises(KeyError, match="1 to 16"):
            errors.exception_type_from_error_code(code)


def test_foreign_exceptions_count_as_unknown_and_own_subclasses_as_their_base():
    class MissingTable(errors.NotFoundError):
        pass

    assert errors.error_code_from_exception_type(ValueError) == errors.UNKNOWN
    assert errors.error_code_from_exception_type(MissingTable) == errors.NOT_FOUND


def test_the_text_names_the_node_its_type_and_the_users_line():
    error = errors.InvalidArgumentError(None, MATMUL, "Matrix sizes [1,2] and [1,2] do not fit.")
    assert str(error) == (
        "Matrix sizes [1,2] and [1,2] do not fit.\n"
        "  at node 'layer/MatMul' (MatMul), created at program.py:12, in build: y = tf.matmul(a, b)"
    )
    assert error.message == "Matrix sizes [1,2] and [1,2] do not fit."
    assert error.op is MATMUL


@pytest.mark.parametrize("site", [{}, {"creation_site": ""}])
def test_a_node_without_a_known_line_is_still_named(site):
    op = SimpleNamespace(name="x", type="Placeholder", **site)
    assert str(errors.InvalidArgumentError(None, op, "no value fed")) == (
        "no value fed\n  at node 'x' (Placeholder)"
    )


def test_a_node_def_names_the_node_where_there_is_no_op():
    node_def = SimpleNamespace(name="x", op="Placeholder")
    error = errors.InvalidArgumentError(node_def, None, "no value fed")
    assert str(error) == "no value fed\n  at node 'x' (Placeholder)"
    assert error.node_def is node_def


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_an_error_travels_between_processes_with_its_text_but_without_the_graph(protocol):
    class Unpicklable(SimpleNamespace):
        """Like an op: it belongs to a graph that cannot be sent. Being local, it cannot be pickled."""

    op = Unpicklable(**vars(MATMUL))
    node_def = SimpleNamespace(name="layer/MatMul", op="MatMul")
    error = errors.DataLossError(node_def, op, "checksum differs")
    once = pickle.loads(pickle.dumps(error, protocol))
    twice = pickle.loads(pickle.dumps(once, protocol))
    for copied in (once, twice):
        assert type(copied) is errors.DataLossError and copied.error_code == errors.DATA_LOSS
        assert str(copied) == str(error) and "program.py:12" in str(copied)
        assert copied.message == "checksum differs" and copied.op is None and copied.node_def == node_def
    assert error.op is op


def test_pickling_keeps_an_unusual_code():
    error = pickle.loads(pickle.dumps(errors.OpError(None, None, "odd", 42)))
    assert (type(error), error.error_code, str(error)) == (errors.OpError, 42, "odd")


def test_the_representation_shows_class_and_message():
    assert (
        repr(errors.OutOfRangeError(None, MATMUL, "end of sequence")) == "OutOfRangeError('end of sequence')"
    )
