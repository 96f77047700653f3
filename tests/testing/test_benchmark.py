"""A benchmark measures an operation and reports it; stubs stand in for what a test must not touch."""

from __future__ import annotations

import os
import types
from typing import Any

import pytest

import millpond as tf


class Doubling(tf.test.Benchmark):
    def benchmark_twice(self, **options: Any) -> dict[str, Any]:
        self.runs = 0

        def count() -> int:
            self.runs += 1
            return self.runs

        with tf.Graph().as_default(), tf.Session() as sess:
            return self.run_op_benchmark(sess, tf.py_func(count, [], tf.int64), **options)


def test_an_operation_is_run_and_reported(capsys: pytest.CaptureFixture[str]) -> None:
    benchmark = Doubling()
    result = benchmark.benchmark_twice(burn_iters=1, min_iters=4, extras={"size": 3, "kind": "small"}, mbs=2.0)
    assert benchmark.runs == 5
    assert (result["iters"], result["name"]) == (4, "benchmark_twice")
    assert result["throughput"] == pytest.approx(2.0 / result["wall_time"])
    assert {"size", "kind", "wall_time_mean", "wall_time_stdev"} == set(result["extras"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[:3] == ["entry {", '  name: "Doubling.benchmark_twice"', "  iters: 4"]
    assert lines[5:10] == ["  extras {", '    key: "size"', "    value {", "      double_value: 3", "    }"]
    assert '      string_value: "small"' in lines and lines[-2:] == ["}", ""]


def test_a_report_by_itself(capsys: pytest.CaptureFixture[str]) -> None:
    Doubling().report_benchmark(iters=2, wall_time=0.5, name="mine")
    assert capsys.readouterr().out == 'entry {\n  name: "Doubling.mine"\n  iters: 2\n  wall_time: 0.5\n}\n\n'
    with pytest.raises(TypeError, match=r"extras\['a'\] must be a number or a text"):
        Doubling().report_benchmark(extras={"a": None})
    with pytest.raises(NotImplementedError, match="store_trace=True"):
        Doubling().benchmark_twice(store_trace=True)
    with pytest.raises(ValueError, match="min_iters must be at least 1"):
        Doubling().benchmark_twice(min_iters=0)
    with tf.Graph().as_default():
        assert Doubling().evaluate(tf.constant([1, 2])).tolist() == [1, 2]
        with tf.Session(config=tf.test.benchmark_config()):
            assert Doubling().evaluate([tf.constant(3)]) == [3]


class _Base:
    @staticmethod
    def fixed() -> str:
        return "fixed"

    @classmethod
    def named(cls) -> str:
        return cls.__name__


class _Derived(_Base):
    pass


def test_stubs_are_put_back() -> None:
    stubs = tf.test.StubOutForTesting()
    module = types.ModuleType("module")
    module.value = 1  # type: ignore[attr-defined]
    stubs.Set(module, "value", 2)
    stubs.Set(module, "value", 3)
    stubs.Set(os.path, "exists", lambda path: True)
    stubs.SmartSet(_Derived(), "fixed", staticmethod(lambda: "stub"))
    stubs.SmartSet(_Derived, "named", lambda self=None: "stub")
    assert (module.value, os.path.exists("/nowhere"), _Base.fixed(), _Derived.named()) == (3, True, "stub", "stub")
    stubs.CleanUp()
    assert (module.value, os.path.exists("/nowhere")) == (1, False)
    assert (_Base.fixed(), _Derived.named()) == ("fixed", "_Derived")
    assert isinstance(vars(_Base)["fixed"], staticmethod) and "named" not in vars(_Derived)
    for put in (stubs.Set, stubs.SmartSet):
        with pytest.raises(AttributeError):
            put(module, "missing", 1)
