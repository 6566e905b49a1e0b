"""Who is asking: API keys, signed browser sessions, and "Look as" on this machine."""

from __future__ import annotations

import ipaddress
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.requests import Request
from starlette.responses import Response

from consumption.errors import ConsumptionError
from consumption.serving.options import AppOptions
from consumption.store.keys import ApiKey
from consumption.store.records import Person
from consumption.store.sql import Store
from consumption.store.viewer import SCOPES, Viewer

COOKIE = "consumption_session"
SESSION_SECONDS = 12 * 60 * 60
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_SCOPES_OF = {"admin": frozenset(SCOPES)}
_PERSON_SCOPES = frozenset({"read", "respond"})


class NotSignedIn(ConsumptionError):
    """Nobody is named by the request."""

    status = 401

    def __init__(self) -> None:
        super().__init__(
            problem="this needs a key or a session, and the request has neither",
            remedy="send the header Authorization: Bearer csk_..., or X-API-Key; people sign in on the page",
        )


class NotAllowed(ConsumptionError):
    """Whoever asks may not do this."""

    status = 403


class KeyOfNobody(ConsumptionError):
    """A key that names no person was used to sign in to the pages."""

    status = 403

    def __init__(self) -> None:
        super().__init__(
            problem="this key is tied to no person of the team, so it opens no pages",
            remedy="sign in with a key made for a person (consumption keys create --person EMAIL)",
        )


def session_secret(file: Path) -> str:
    """The secret that signs sessions, made on first use in a file that only its owner may read."""
    if not file.exists():
        # Written whole before it gets its name: of several workers that start at once, one names it, all read it.
        draft = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as made:
            made.write(secrets.token_urlsafe(32))
        with suppress(FileExistsError):
            os.link(draft, file)
        draft.unlink()
    return file.read_text("ascii")


def viewer_of_person(person: Person, key: ApiKey | None = None) -> Viewer:
    """A person on the pages: what they see follows their role; who came with a key may do no more than it may."""
    scopes = _SCOPES_OF.get(person.role, _PERSON_SCOPES)
    if key is not None and "admin" not in key.scopes:
        scopes &= key.scopes
    return Viewer(person.email, person.name or person.email, person.role, scopes, via="session")


def viewer_of_key(key: ApiKey, store: Store) -> Viewer:
    """A key acts for its person, with that person's role and the key's scopes; without one it is a plugin."""
    if key.person is None:
        role = "admin" if "admin" in key.scopes else "plugin"
        return Viewer("", key.name, role, key.scopes)
    person = store.person(key.person)
    role = "rep" if person is None else person.role
    return Viewer(key.person, (person and person.name) or key.person, role, key.scopes)


@dataclass(frozen=True)
class Sessions:
    """Browser sessions: a signed cookie with the person's e-mail and how they came."""

    store: Store
    options: AppOptions

    def sign_in(self, request: Request, response: Response, secret: str) -> Viewer:
        """Opens a session with a key tied to a person; KeyRefused or KeyOfNobody where it opens none."""
        key = self.store.verify_key(secret.strip(), self.options.clock())
        person = self.store.person(key.person) if key.person else None
        if person is None:
            raise KeyOfNobody
        self._give(request, response, {"email": person.email, "key": key.key_id})
        self._note(person.email, "signed in")
        return viewer_of_person(person, key)

    def look_as(self, request: Request, response: Response, email: str) -> Viewer:
        """Opens a session as anybody of the team, without a password; NotAllowed but in a demo on this machine."""
        if not self.may_look_as(request):
            raise NotAllowed(
                "looking as somebody is for a demo on one's own machine",
                "sign in with a key, or open the demo on the machine it runs on",
            )
        person = self.store.person(email)
        if person is None:
            raise NotAllowed(f"nobody of the team is called {email!r}", "choose one from the list")
        self._give(request, response, {"email": person.email, "key": ""})
        self._note(person.email, "looked as")
        return viewer_of_person(person)

    def sign_out(self, response: Response) -> None:
        """Forgets the session."""
        response.delete_cookie(COOKIE, httponly=True, samesite="lax")

    def viewer(self, request: Request) -> Viewer | None:
        """Whoever the cookie names, if it may still be believed: a revoked key or an ended demo ends its sessions."""
        try:
            said = self._serializer().loads(request.cookies.get(COOKIE, ""), max_age=SESSION_SECONDS)
        except BadSignature:
            return None
        key = self.store.key(said["key"], self.options.clock()) if said["key"] else None
        believed = bool(key and key.person) if said["key"] else self.may_look_as(request)
        person = self.store.person(said["email"]) if believed else None
        return None if person is None else viewer_of_person(person, key)

    def may_look_as(self, request: Request) -> bool:
        """Whether settings, server and visitor all are of a demo on one machine."""
        return self.options.look_as and self.options.on_loopback and _from_this_machine(request)

    def _give(self, request: Request, response: Response, said: dict[str, str]) -> None:
        response.set_cookie(
            COOKIE,
            self._serializer().dumps(said),
            max_age=SESSION_SECONDS,
            httponly=True,
            samesite="lax",
            secure=request.url.scheme == "https",
        )

    def _note(self, email: str, verb: str) -> None:
        self.store.audit(email, verb, "pages", self.options.clock())

    def _serializer(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self.options.session_secret, salt="session")


def same_origin(request: Request) -> bool:
    """Whether the browser says that the request comes from our own pages; a request that does not say is refused."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("origin") or request.headers.get("referer")
    return origin is not None and urlsplit(origin).netloc == request.headers.get("host")


def check_same_origin(request: Request) -> None:
    """NotAllowed where another site's page makes a browser change something."""
    if request.method not in SAFE_METHODS and not same_origin(request):
        raise NotAllowed("the request came from another site's page", "do it on our own page")


_PROXY_HEADERS = (
    "forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "cf-connecting-ip",
)  # fmt: skip


def _from_this_machine(request: Request) -> bool:
    # Behind a proxy everybody comes from this machine, and a foreign name may be made to point here (DNS
    # rebinding): both are told by their headers.
    forwarded = any(name in request.headers for name in _PROXY_HEADERS)
    client = request.client.host if request.client else ""
    return not forwarded and is_loopback(client) and is_loopback(_host(request))


def _host(request: Request) -> str:
    return urlsplit(f"//{request.headers.get('host', '')}").hostname or ""


def is_loopback(host: str) -> bool:
    """Whether a host, by name or address, is this machine and nothing else."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
