"""How MLflow is spoken to: its notices kept from the reader, its refusals turned into ours."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from mlflow.exceptions import MlflowException

from consumption.models.versions import NoRights, RegistryUnreachable

_REFUSALS = frozenset({"PERMISSION_DENIED", "UNAUTHENTICATED", "CUSTOMER_UNAUTHORIZED"})
# A refusal that a store or a proxy words itself. A bare number is none: it may be a port, or part of an id.
_REFUSED_IN_WORDS = re.compile(
    r"error code 40[13]\b|\b40[13] (Client Error|Forbidden|Unauthorized)|AccessDenied|Permission denied"
    r"|readonly database|\bForbidden\b"
)


@contextmanager
def talking(uri: str, names: Sequence[str]) -> Iterator[None]:
    """Raises NoRights where we may not write, RegistryUnreachable for all else that MLflow or its store refuse."""
    log = logging.getLogger("mlflow")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except (MlflowException, OSError) as error:
        if _is_refusal(error):
            raise NoRights(uri, names, str(error)) from error
        raise RegistryUnreachable(uri, str(error)) from error
    finally:
        log.setLevel(level)


def _is_refusal(error: Exception) -> bool:
    code = getattr(error, "error_code", "")
    return code in _REFUSALS or _REFUSED_IN_WORDS.search(str(error)) is not None
