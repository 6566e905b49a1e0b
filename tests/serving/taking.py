"""A receiver of webhooks on this machine, and a book of which some is to be sent to it."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import polars as pl

from consumption.serving.webhooks import Receiver
from consumption.store.publication import Publication
from tests.store.book import MONDAY, STANDINGS, Standing, publication

SECRET = "whsec_" + base64.b64encode(b"a key of thirty-two bytes, no less").decode()
ALONE = ("acme", "birch", "elm")
"""Accounts of the book whose action nobody carries out; of elm, which is held out, it is withheld."""
NEXT_MONDAY = MONDAY + timedelta(days=7)


@dataclass
class Taken:
    """What came in, in order: headers (names in small letters) and body of each; `url` is where to."""

    url: str = ""
    headers: list[dict[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)


@contextmanager
def receiver(
    *answers: int, hangs: float = 0, asks: Mapping[str, str] | None = None, talks: bytes = b"thank you"
) -> Iterator[Taken]:
    """A server that gives these answers one after the other, and then 204; `hangs`: seconds before each of them."""
    taken, left = Taken(), list(answers)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            taken.bodies.append(self.rfile.read(int(self.headers["content-length"])))
            taken.headers.append({name.lower(): value for name, value in self.headers.items()})
            time.sleep(hangs)
            status = left.pop(0) if left else 204
            self.send_response(status)
            for name, value in (asks or {}).items():
                self.send_header(name, value)
            body = b"" if status == 204 else talks
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign] # who gave up on us is no news
    taken.url = f"http://127.0.0.1:{server.server_port}/hooks"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield taken
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def sender(url: str, *, secrets: Sequence[str] = (SECRET,), tries: int = 3, **more: object) -> Receiver:
    """Sends there, tells the real time, as receivers check it, and waits for nothing."""
    plain: dict[str, object] = {"clock": lambda: datetime.now(UTC), "sleep": lambda _: None}
    return Receiver(url, secrets, tries=tries, **plain | more)  # type: ignore[arg-type] # as each test names them


def nudging(
    as_of: datetime = MONDAY, alone: Sequence[str] = ALONE, standings: Sequence[Standing] = STANDINGS
) -> Publication:
    """The book's publication with the action of these accounts sent, and the others carried out by people."""
    made = publication(as_of, standings)
    delivery = (
        pl.when(pl.col("account_id").is_in(list(alone))).then(pl.lit("self_service")).otherwise(pl.lit("remote"))
    )
    rank = pl.when(delivery == "remote").then("rank")
    days = 7 - as_of.weekday()
    told = made.recommendations.with_columns(
        delivery=delivery, rank=rank, title=pl.lit("A hint"), expires_at=pl.lit(as_of + timedelta(days=days))
    )
    return replace(made, recommendations=told)
