"""Which of its signals a model reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import lightgbm as lgb

from consumption.models.encoding import Encoding
from consumption.models.heads.ranker import Ranker
from consumption.models.model import Model


def columns_read(model: Model) -> frozenset[str]:
    """The columns that any tree of a ranker asks for; of a rule those that its drivers are made of.

    Where one of the others lies otherwise, not one probability is another.
    """
    if not isinstance(model, Ranker):
        return frozenset(model.about.signals)
    grown: list[tuple[Encoding, Sequence[lgb.Booster]]] = [
        (model.churn.encoding, model.churn.boosters),
        (model.move.encoding, model.move.boosters),
        (model.size.encoding, [] if model.size.booster is None else [model.size.booster]),
    ]
    return frozenset(column for encoding, boosters in grown for column in _asked(encoding, boosters))


def _asked(encoding: Encoding, boosters: Sequence[lgb.Booster]) -> Iterator[str]:
    for booster in boosters:
        splits = booster.feature_importance(importance_type="split")
        asked = (column for column, number in zip(encoding.columns, splits, strict=True) if number)
        yield from (column for column in asked if column not in encoding.unread)
