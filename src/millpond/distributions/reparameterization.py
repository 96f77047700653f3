"""Whether gradients flow from samples of a distribution to its parameters."""

from __future__ import annotations


class ReparameterizationType:
    """How samples of a distribution depend on its parameters.

    Args:
      rep_type: The text that is shown.

    Example:
      >>> FULLY_REPARAMETERIZED
      <Reparameterization Type: FULLY_REPARAMETERIZED>
    """

    def __init__(self, rep_type: str) -> None:
        self._rep_type = rep_type

    def __repr__(self) -> str:
        return f"<Reparameterization Type: {self._rep_type}>"

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)


# Samples are a differentiable function of the parameters and of noise.
FULLY_REPARAMETERIZED = ReparameterizationType("FULLY_REPARAMETERIZED")
# Samples are drawn in a way that has no gradient for some parameter.
NOT_REPARAMETERIZED = ReparameterizationType("NOT_REPARAMETERIZED")
