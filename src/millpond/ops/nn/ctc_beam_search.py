"""Prefix beam search for connectionist temporal classification.

Each entry of the beam is a sequence of labels with two probabilities: that of all paths so far which end in a blank,
and that of those which end in its last label. An entry grows by a label, or stays as it is.
"""

from __future__ import annotations

import numpy as np

_NOTHING = -np.inf


class _Entry:
    """A sequence of labels: the label it ends with, and the entry that it continues.

    Attributes:
      blank, label: Log probabilities of the paths that end in a blank, and in the label; `total` of both.
      before: The three of the time step before, as (blank, label, total).
    """

    __slots__ = ("parent", "ends_with", "children", "blank", "label", "total", "before")

    def __init__(self, parent: _Entry | None, ends_with: int) -> None:
        self.parent, self.ends_with = parent, ends_with
        self.children: dict[int, _Entry] = {}
        self.reset()
        self.before = (_NOTHING, _NOTHING, _NOTHING)

    def reset(self) -> None:
        self.blank = self.label = self.total = _NOTHING

    def labels(self) -> list[int]:
        found: list[int] = []
        entry: _Entry = self
        while entry.parent is not None:
            found.append(entry.ends_with)
            entry = entry.parent
        return found[::-1]


def beam_search(log_probability: np.ndarray, beam_width: int) -> list[tuple[list[int], float]]:
    """The most probable sequences of labels, best first.

    Args:
      log_probability: [time, classes]; the last class is the blank.
      beam_width: How many sequences are kept at each time.

    Returns:
      At most `beam_width` pairs of labels and log probability.

    Example:
      >>> beam_search(np.log([[0.6, 0.4], [0.1, 0.9]]), 2)[0][0]
      [0]
    """
    root = _Entry(None, -1)
    root.blank = root.total = 0.0
    beam = [root]
    for scores in log_probability:
        beam = _step(beam, scores.tolist(), beam_width)
    return [(entry.labels(), entry.total) for entry in sorted(beam, key=lambda entry: -entry.total)]


def _step(beam: list[_Entry], scores: list[float], width: int) -> list[_Entry]:
    blank = len(scores) - 1
    for entry in beam:
        entry.before = (entry.blank, entry.label, entry.total)
    for entry in beam:
        _stay(entry, scores, blank)
    grown = list(beam)
    for entry in sorted(beam, key=lambda entry: -entry.before[2]):
        if not _has_room(grown, entry.before[2], width):
            continue
        for label in range(blank):
            child = entry.children.setdefault(label, _Entry(entry, label))
            if child.total > _NOTHING:
                continue
            previous = entry.before[0] if label == entry.ends_with else entry.before[2]
            total = scores[label] + previous
            if not _has_room(grown, total, width):
                child.reset()
                child.before = (_NOTHING, _NOTHING, _NOTHING)
                continue
            if len(grown) == width:
                worst = min(grown, key=lambda entry: entry.total)
                grown.remove(worst)
                worst.reset()
            child.label = child.total = total
            grown.append(child)
    return grown


def _stay(entry: _Entry, scores: list[float], blank: int) -> None:
    """The entry's own probabilities after one more time step without a new label."""
    if entry.parent is not None:
        if entry.parent.total > _NOTHING:
            was = entry.parent.before
            previous = was[0] if entry.ends_with == entry.parent.ends_with else was[2]
            entry.label = float(np.logaddexp(entry.label, previous))
        entry.label += scores[entry.ends_with]
    entry.blank = entry.before[2] + scores[blank]
    entry.total = float(np.logaddexp(entry.blank, entry.label))


def _has_room(grown: list[_Entry], total: float, width: int) -> bool:
    return total > _NOTHING and (len(grown) < width or total > min(entry.total for entry in grown))
