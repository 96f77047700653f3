"""What all tests share: each has a default graph of its own, and may ask to run in both tiers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import millpond as tf


@pytest.fixture(autouse=True)
def default_graph() -> Iterator[tf.Graph]:
    """A fresh default graph."""
    with tf.Graph().as_default() as graph:
        yield graph


@pytest.fixture(params=["interpreted", "compiled"])
def tier(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Runs the test once with every stage interpreted, and once with every stage compiled."""
    monkeypatch.setenv("MILLPOND_TIER", request.param)
    return request.param
