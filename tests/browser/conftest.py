"""The fixture `browser`: a headless Chromium.

It is driven over a pipe by its own protocol (Chrome DevTools Protocol), which needs no further packages.

Messages are JSON, each ended by a zero byte; Chromium reads them from its file 3 and writes answers to its file 4.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from typing import Any

import pytest

# Where Chromium, or Chrome, may be.
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = "Chromium is not installed. `make browser-test` installs it on Debian and Ubuntu (as root, or with sudo)."
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1600,1100",
    "--remote-debugging-pipe",
]


class Chromium:
    """A browser with one page.

    Args:
      timeout: Seconds that everything together may take.
    """

    def __init__(self, timeout: float = 300) -> None:
        program = next((path for path in map(shutil.which, NAMES) if path), None)
        assert program is not None, MISSING
        self._deadline = time.monotonic() + timeout
        self._profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        commands_read, self._commands = os.pipe()
        self._answers, answers_write = os.pipe()
        # The shell opens the pipes under the numbers that Chromium expects; they stay open when it becomes Chromium.
        script = f'exec "$0" "$@" 3</dev/fd/{commands_read} 4>/dev/fd/{answers_write}'
        self._process = subprocess.Popen(
            ["/bin/sh", "-c", script, program, *FLAGS, f"--user-data-dir={self._profile.name}", "about:blank"],
            pass_fds=(commands_read, answers_write),
            env={**os.environ, "HOME": self._profile.name},
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(commands_read)
        os.close(answers_write)
        self._received = b""
        self._events: set[str] = set()
        self._count = 0
        self._session: str | None = None
        try:
            target = self._call("Target.createTarget", url="about:blank")["targetId"]
            self._session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        except BaseException:
            self.close()
            raise

    def open(self, url: str) -> None:
        """Goes to a page and waits until it is loaded."""
        self._call("Page.enable")
        self._events.clear()
        self._call("Page.navigate", url=url)
        while "Page.loadEventFired" not in self._events:
            self._receive()

    def evaluate(self, script: str) -> Any:
        """The value of a JavaScript expression in the page."""
        answer = self._call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, (script, answer["exceptionDetails"])
        return answer["result"].get("value")

    def wait_for(self, script: str) -> None:
        """Evaluates an expression until it (or the promise that it is) counts as true."""
        while not self.evaluate(f"Promise.resolve({script}).then(Boolean)"):
            assert time.monotonic() < self._deadline, f"The page never satisfied: {script}"
            time.sleep(0.1)

    def screenshot(self, path: pathlib.Path) -> None:
        """Writes what the page looks like to a PNG file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(self._call("Page.captureScreenshot", format="png")["data"]))

    def _call(self, method: str, **parameters: Any) -> Any:
        self._count += 1
        message: dict[str, Any] = {"id": self._count, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == self._count:
                assert "error" not in answer, (method, answer["error"])
                return answer["result"]

    def _receive(self) -> Any:
        """The next message: an answer, or an event, whose name is kept."""
        while b"\0" not in self._received:
            ready, _, _ = select.select([self._answers], [], [], max(0.0, self._deadline - time.monotonic()))
            assert ready, "Chromium does not answer in time"
            data = os.read(self._answers, 1 << 20)
            assert data, f"Chromium has ended, with status {self._process.wait()}"
            self._received += data
        message, _, self._received = self._received.partition(b"\0")
        decoded = json.loads(message)
        if "method" in decoded:
            self._events.add(decoded["method"])
        return decoded

    def close(self) -> None:
        """Ends the browser and everything that it has started."""
        os.close(self._commands)
        os.close(self._answers)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._profile.cleanup()


@pytest.fixture
def browser() -> Iterator[Chromium]:
    """A browser of the test's own."""
    chromium = Chromium()
    try:
        yield chromium
    finally:
        chromium.close()
