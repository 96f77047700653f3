"""`from millpond.python.client import session`: sessions, and how a type is taught to `Session.run`."""

from millpond.session.fetches import register_session_run_conversion_functions
from millpond.session.session import BaseSession, InteractiveSession, Session

__all__ = ["BaseSession", "InteractiveSession", "Session", "register_session_run_conversion_functions"]
