"""How MLflow is spoken to: its notices kept from the reader, its refusals turned into ours."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from mlflow.exceptions import MlflowException

from consumption.models.versions import NoRights, RegistryUnreachable

_REFUSALS = frozenset({"PERMISSION_DENIED", "UNAUTHENTICATED", "CUSTOMER_UNAUTHORIZED"})
# A refusal that a store or a proxy words itself.
_REFUSED_IN_WORDS = ("403", "401", "AccessDenied", "Permission denied", "readonly database", "Forbidden")


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
    return code in _REFUSALS or any(word in str(error) for word in _REFUSED_IN_WORDS)
