"""What stands in the query of a request: a name that no route knows is a mistake, and never a wish for everything."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from consumption.actions.wording import did_you_mean
from consumption.errors import ConsumptionError
from consumption.serving.deps import who_is_asking
from consumption.store.viewer import Viewer


class UnknownParameter(ConsumptionError):
    """The query names a parameter that the route does not have."""

    status = 422

    def __init__(self, name: str, known: list[str]) -> None:
        super().__init__(
            problem=f"there is no parameter {name!r} here{did_you_mean(name, known)}",
            remedy=f"send only {', '.join(known)}" if known else "leave the query out: nothing can be asked for here",
        )


def refuse_unknown(request: Request) -> None:
    """UnknownParameter for the first name in the query that the route does not take."""
    route = request.scope["route"]
    asked = dict.fromkeys(request.query_params)
    if not asked or not isinstance(route, APIRoute):
        return
    known = sorted(set(_taken(route.dependant)))
    unknown = [name for name in asked if name not in known]
    if unknown:
        raise UnknownParameter(unknown[0], known)


def _taken(by: Dependant) -> Iterator[str]:
    """The names of all parameters that a route, and what it depends on, take from the query."""
    yield from (field.alias for field in by.query_params)
    for other in by.dependencies:
        yield from _taken(other)


def refuse_unknown_of_caller(request: Request, _asking: Annotated[Viewer, Depends(who_is_asking)]) -> None:
    """UnknownParameter, but for a stranger NotSignedIn or KeyRefused: what may be asked for is no news for them."""
    refuse_unknown(request)


OnlyKnown = Depends(refuse_unknown_of_caller)
OnlyKnownByAnybody = Depends(refuse_unknown)
