"""What stops runs: once, with the first reason, for all that hang below."""

from __future__ import annotations

import pytest

from millpond.compiler.services import Cancellation
from millpond.errors import AbortedError, CancelledError, DeadlineExceededError


def closed() -> CancelledError:
    return CancelledError(None, None, "the session has been closed")


def test_nothing_stops_what_is_not_cancelled() -> None:
    cancellation = Cancellation()
    cancellation.check()
    assert cancellation.error is None


def test_the_first_reason_counts() -> None:
    cancellation = Cancellation()
    cancellation.cancel(DeadlineExceededError(None, None, "too late"))
    cancellation.cancel(closed())
    for _ in range(2):
        with pytest.raises(DeadlineExceededError, match="too late"):
            cancellation.check()


def test_each_check_raises_an_error_of_its_own() -> None:
    """A traceback is not carried from one run to the next."""
    cancellation = Cancellation()
    cancellation.cancel(closed())
    raised = []
    for _ in range(2):
        with pytest.raises(CancelledError) as caught:
            cancellation.check()
        raised.append(caught.value)
    assert raised[0] is not raised[1] and cancellation.error not in raised


def test_children_stop_with_their_parent_and_not_the_other_way_round() -> None:
    session = Cancellation()
    one, other = Cancellation(session), Cancellation(session)
    below = Cancellation(one)
    one.cancel(AbortedError(None, None, "lost"))
    other.check()
    session.check()
    with pytest.raises(AbortedError):
        below.check()
    session.cancel(closed())
    with pytest.raises(CancelledError):
        other.check()
    with pytest.raises(AbortedError):
        one.check()


def test_what_begins_after_the_cancellation_is_cancelled_too() -> None:
    session = Cancellation()
    session.cancel(closed())
    woken: list[str] = []
    late = Cancellation(session)
    with pytest.raises(CancelledError):
        late.check()
    session.subscribe(lambda: woken.append("at once"))
    assert woken == ["at once"]


def test_who_waits_is_woken_once_unless_it_has_gone() -> None:
    session = Cancellation()
    woken: list[str] = []
    session.subscribe(lambda: woken.append("one"))
    leave = session.subscribe(lambda: woken.append("other"))
    Cancellation(session).subscribe(lambda: woken.append("child"))
    leave()
    leave()
    child = Cancellation(session)
    child.subscribe(lambda: woken.append("kept child"))
    assert woken == []
    session.cancel(closed())
    session.cancel(closed())
    assert woken.count("one") == 1 and "other" not in woken and woken.count("kept child") == 1
