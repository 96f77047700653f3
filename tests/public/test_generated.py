"""The stubs and docs/compatibility.md follow from the table: what is there is what `make names` would write."""

from __future__ import annotations

import importlib.util
import pathlib
from types import ModuleType

ROOT = pathlib.Path(__file__).parents[2]


def _tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("write_names", ROOT / "tools" / "write_names.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_is_written_is_up_to_date() -> None:
    tool = _tool()
    wanted = tool.files()
    different = [str(path.relative_to(ROOT)) for path, text in wanted.items()
                 if not path.exists() or path.read_text() != text]
    assert different == [], "run `make names`"
    assert set((ROOT / "src").rglob("*.pyi")) == {path for path in wanted if path.suffix == ".pyi"}


def test_whether_a_symbol_exists() -> None:
    tool = _tool()
    there = ["tf.Session", "tf.train", "tf.train.AdamOptimizer.compute_gradients", "tf.GraphKeys.UPDATE_OPS",
             "tf.RunOptions.FULL_TRACE", "tf.Summary.Value", "tf.compat.v1.train.Saver", "tf.app.flags.FLAGS"]
    absent = ["tf.recompute_grad", "tf.data.Iterator", "tf.train.AdamOptimizer.teach", "tf.train.saving",
              "tf.data.Dataset"]
    assert [path for path in there if not tool.exists(path)] == []
    assert [path for path in absent if tool.exists(path)] == []
