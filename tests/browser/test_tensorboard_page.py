"""A user opens the graph of a program in TensorBoard and looks into a scope."""

import pathlib
from collections.abc import Callable
from typing import Any

import pytest

import millpond as tf
from millpond.examples import mnist_classifier

ARTIFACTS = pathlib.Path(__file__).parents[2] / "artifacts" / "browser"

# TensorBoard draws each node as <g class="node" data-name="its name">, inside nested shadow trees.
FUNCTIONS = """
window.drawn = (root = document) => [...root.querySelectorAll('*')].flatMap(element => [
    ...(element.matches('g.node') ? [element] : []),
    ...(element.shadowRoot ? drawn(element.shadowRoot) : [])]);
window.find = name => drawn().find(node => node.dataset.name === name);
window.place = name => JSON.stringify(find(name).querySelector('.nodeshape').getBoundingClientRect());
window.expand = name => find(name).querySelector('.nodeshape').dispatchEvent(
    new MouseEvent('dblclick', {bubbles: true, cancelable: true, view: window}));
window.settled = async name => {
    const before = place(name);
    await new Promise(resolve => setTimeout(resolve, 500));
    return place(name) === before;
};
true
"""


def names(browser: Any, inside: str = "") -> set[str]:
    """The nodes that are drawn; what goes between scopes is drawn as nodes whose names hold `~~`."""
    found = browser.evaluate("drawn().map(node => node.dataset.name)")
    return {name for name in found if name.startswith(inside) and "~~" not in name}


@pytest.mark.slow
@pytest.mark.browser
def test_the_scope_of_a_layer_is_expanded(
    tmp_path: pathlib.Path, browser: Any, start_tensorboard: Callable[[pathlib.Path], str]
) -> None:
    mnist_classifier.build_network()
    tf.summary.FileWriter(tmp_path, tf.get_default_graph()).close()
    address = start_tensorboard(tmp_path)
    (ARTIFACTS / "failed.png").unlink(missing_ok=True)
    try:
        browser.open(f"{address}#graphs")
        browser.evaluate(FUNCTIONS)
        browser.wait_for("find('model')")
        assert {"input", "model", "train", "evaluation"} <= names(browser)
        assert names(browser, "model/") == set()

        browser.evaluate("expand('model')")
        browser.wait_for("find('model/fc1')")
        assert names(browser, "model/") == {"model/fc1", "model/fc2", "model/fc3"}

        browser.wait_for("settled('model/fc1')")
        browser.evaluate("expand('model/fc1')")
        browser.wait_for("find('model/fc1/weights') && find('model/fc1').matches('.selected.expanded')")
        assert names(browser, "model/fc1/") == {
            f"model/fc1/{name}"
            for name in ("truncated_normal", "weights", "biases", "softmax_activation", "dropout")
        }
        browser.wait_for("settled('model/fc1/weights')")
    except BaseException:
        browser.screenshot(ARTIFACTS / "failed.png")
        raise
    browser.screenshot(ARTIFACTS / "fc1.png")
    assert (ARTIFACTS / "fc1.png").read_bytes().startswith(b"\x89PNG")
