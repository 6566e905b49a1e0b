"""A program of its own, killed as soon as something is done."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable


def killed_once(done: Callable[[], bool], program: str, *words: str) -> None:
    """Run Python code that says `ready` and waits for `go`, and send it SIGKILL when `done` is true."""
    running = subprocess.Popen(
        [sys.executable, "-c", program, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert running.stdin is not None
    assert running.stdout is not None
    assert running.stdout.readline() == "ready\n"
    running.stdin.write("go\n")
    running.stdin.flush()
    while not done():
        assert running.poll() is None
        time.sleep(0.001)
    running.kill()
    running.communicate()
    assert running.returncode == -signal.SIGKILL
