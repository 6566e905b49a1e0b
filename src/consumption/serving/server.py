"""Run the service's processes."""

from __future__ import annotations

import errno
import os
import socket
from pathlib import Path

from granian import Granian
from granian.constants import Interfaces

from consumption.errors import ConsumptionError

WORKSPACE_VARIABLE = "CONSUMPTION_WORKSPACE"
HOST_VARIABLE = "CONSUMPTION_HOST"
_ENDS_WITHIN = 10  # seconds after it was told to stop: a connection that stays open must not keep a service alive


class PortInUse(ConsumptionError):
    """Another program listens on the port."""

    status = 409

    def __init__(self, host: str, port: int) -> None:
        super().__init__(
            f"port {port} on {host} is in use by another program",
            f"choose another with --port {port + 1}, or stop the program that uses it",
        )


class NoSuchAddress(ConsumptionError):
    """The host is not an address of this machine."""

    def __init__(self, host: str, why: str) -> None:
        super().__init__(f"cannot listen on {host}: {why}", "name an address of this machine, such as 127.0.0.1")


def whether_free(host: str, port: int) -> None:
    """Raise `PortInUse` before any work is done for a server that could not start."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError as error:
            raise NoSuchAddress(f"port {port}", "this user may not use ports below 1024") from error
        except OSError as error:
            if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
                raise NoSuchAddress(host, "it is no address of this machine") from error
            raise PortInUse(host, port) from error


def serve(root: Path, *, host: str, port: int, workers: int) -> None:
    """Serve a workspace until stopped; each worker opens the store for itself."""
    # Workers are new processes: what they need to know stands in their environment.
    os.environ[WORKSPACE_VARIABLE] = str(root.resolve())
    os.environ[HOST_VARIABLE] = host
    server = Granian(
        "consumption.serving.app:from_environment",
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        workers=workers,
        factory=True,
        log_access=False,
        workers_kill_timeout=_ENDS_WITHIN,
    )
    server.serve()
