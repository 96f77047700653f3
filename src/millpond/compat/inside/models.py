"""What the networks of canned estimators inherit from: in TensorFlow its Keras model, of which they use little."""

from __future__ import annotations

from typing import Any

from millpond.graph import stacks


class Model:
    """Something that is called, inside a name scope of its own.

    Args:
      name: Its name.
      **options: Not used.
    """

    def __init__(self, name: str | None = None, **options: Any) -> None:
        self.name = name or type(self).__name__.lstrip("_").lower()

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """What it computes; a class that inherits from it says that.

        Raises:
          NotImplementedError: If it does not.
        """
        raise NotImplementedError(f"{type(self).__name__} has no method `call`")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with stacks.default_graph().name_scope(self.name):
            return self.call(*args, **kwargs)
