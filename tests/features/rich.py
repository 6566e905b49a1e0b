"""A rich history from a seed: tables with everything in them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from tests.features.rows import DAY, contract

AS_OF = datetime(2025, 6, 1, tzinfo=UTC)


def rich(seed: int = 0, count: int = 60, days: int = 620) -> dict[str, pl.DataFrame]:
    """Tables with everything in them: late rows, several versions, gaps, silent accounts, rows after `AS_OF`."""
    draw = np.random.default_rng(seed)
    start = AS_OF - timedelta(days=days - 90)
    ids = [f"a{i:02d}" for i in range(count)]
    created = [start + timedelta(days=int(d)) for d in draw.integers(0, days - 110, count)]
    return {
        "accounts": _accounts(draw, ids, created),
        "events": _events(draw, ids[:-3], start, days),
        "contracts": _contracts(draw, ids, start),
        "interactions": _interactions(draw, ids, start, days),
        "contacts": _contacts(draw, ids, start, days),
        "assets": _assets(draw, ids, start),
        "products": _products(start),
        "goals": _goals(ids, start),
        "rates": _rates(start, days),
    }


def _moments(draw: np.random.Generator, count: int, start: datetime, days: int) -> pl.Series:
    seconds = (draw.uniform(0, days, count) * 86400).astype(np.int64)
    # Some fall on midnight itself.
    seconds = np.where(draw.uniform(size=count) < 0.05, seconds // 86400 * 86400, seconds)
    return pl.Series(int(start.timestamp()) + seconds) * 1_000_000


def _time(values: pl.Series) -> pl.Series:
    return values.cast(pl.Datetime("us", "UTC"))


def _accounts(draw: np.random.Generator, ids: list[str], created: list[datetime]) -> pl.DataFrame:
    first = pl.DataFrame({
        "account_id": ids,
        "created_at": created,
        "segment": [("small", "large", None)[i % 3] for i in range(len(ids))],
        "yearly_spend": draw.uniform(1e4, 1e5, len(ids)),
        "plan": [("free", "paid")[i % 2] for i in range(len(ids))],
        "age": [str(i) for i in range(len(ids))],
    }).with_columns(received_at=pl.col("created_at"))  # fmt: skip
    moved = first.head(6).with_columns(
        pl.lit("large").alias("segment"),
        pl.lit(AS_OF + pl.Series([-30, -1, 0, 0, 1, 9]) * DAY).alias("received_at"),
    )
    return pl.concat([first, moved])


_STEADY = [f"a{i:02d}" for i in range(12)]
_JOINED = [f"a{i:02d}" for i in range(0, 40, 4)]


def _steady() -> list[tuple[str, str, str, int]]:
    """Account, user, event and days ago: a few accounts with somebody who comes nearly every day, or came lately."""
    daily = [(a, "u1", ("open", "share")[k % 2], d) for k, a in enumerate(_STEADY) for d in range(1, 17 + k)]
    return [*daily, *((a, "joined", "open", 3 + 5 * k) for k, a in enumerate(_JOINED))]


def _events(draw: np.random.Generator, ids: list[str], start: datetime, days: int) -> pl.DataFrame:
    count = len(ids) * 160
    of = draw.integers(0, len(ids), count)
    when = _moments(draw, count, start, days)
    late = (np.where(draw.uniform(size=count) < 0.1, draw.uniform(0, 20, count), 0) * 86_400_000_000).astype(np.int64)
    names = np.array(["open", "share", "export", "crash", "call", "run_hours", "disk"])
    picks = np.minimum(draw.geometric(0.3, count) - 1, 6)
    # Half of the accounts discover their last feature late.
    picks = np.where(
        (picks == 6) & (of % 2 == 0) & (when.to_numpy() / 1e6 < (AS_OF - 20 * DAY).timestamp()), 0, picks
    )
    # People join in the course of time.
    age = (when.to_numpy() / 1e6 - start.timestamp()) / 86400
    users = (draw.uniform(0, 1, count) * (3 + age / 60)).astype(int)
    machine = draw.uniform(size=count) < 0.3
    steady = [row for row in _steady() if row[0] in ids]
    usual = pl.DataFrame({
        "account_id": pl.Series(ids).gather(of),
        "timestamp": _time(when),
        "received_at": _time(when + pl.Series(late)),
        "event": names[picks],
        "user_id": [None if m else f"u{u}" for u, m in zip(users, machine, strict=True)],
        "asset_id": [f"{ids[a]}-m{u % 3}" if m else None for a, u, m in zip(of, users, machine, strict=True)],
        "product": [("desk", "lab", None)[p] for p in draw.integers(0, 3, count)],
        "quantity": draw.exponential(10, count).round(3),
    })  # fmt: skip
    return pl.concat([usual, _regular(steady), _counters(ids[:30:3])], how="diagonal")


def _counters(ids: list[str]) -> pl.DataFrame:
    """Readings of hour meters: machines that ran more or less, stood still now and then, or were set back."""
    rows = [
        {
            "account_id": account, "asset_id": f"{account}-m{k % 3}", "event": "run_hours", "product": "lab",
            "timestamp": AS_OF - timedelta(days=40 - 3 * step, hours=k),
            "quantity": float((k + 1) * max(step - step // 4, 0)) if step != 9 else 1.0,
        }
        for k, account in enumerate(ids)
        for step in range(13)
    ]  # fmt: skip
    moments = pl.col("timestamp").cast(pl.Datetime("us", "UTC"))
    return pl.DataFrame(rows).with_columns(moments, moments.alias("received_at"))


def _regular(rows: list[tuple[str, str, str, int]]) -> pl.DataFrame:
    """Events at noon of so many days ago, received at once, of one product."""
    noon = [AS_OF - timedelta(days=days, hours=-12) for _, _, _, days in rows]
    return pl.DataFrame({
        "account_id": [account for account, *_ in rows], "timestamp": noon, "received_at": noon,
        "event": [event for _, _, event, _ in rows], "user_id": [user for _, user, *_ in rows],
        "product": ["desk"] * len(rows), "quantity": [1.0] * len(rows),
    }).with_columns(pl.col("timestamp", "received_at").cast(pl.Datetime("us", "UTC")))  # fmt: skip


def _contracts(draw: np.random.Generator, ids: list[str], start: datetime) -> pl.DataFrame:
    rows = []
    for i, account in enumerate(ids[:-1]):
        unit, period = (
            ("seat", "seat", "seat", "credit", "hour", "gigabyte", None)[i % 7],
            ("term", "year", "quarter", "month")[i % 4],
        )
        begins = (start + timedelta(days=int(draw.integers(0, 200)))).date()
        for term in range(3):
            ends = begins + timedelta(days=int(draw.integers(150, 300)))
            cut = ends - timedelta(days=20) if draw.uniform() < 0.2 else None
            rows.append(contract(
                account, begins, ends, contract_id=f"c{i}", product=("desk", "lab", "spare")[(i + term) % 3],
                unit=unit, period=period,
                quantity=float(min(draw.integers(3, 300), 2 if i % 7 == 2 else 300)),
                arr=float(draw.uniform(1e3, 1e5)),
                ended_on=cut, auto_renews=bool(i % 2), notice_days=30,
                unit_price=None if i % 5 else 2.5, rolls_over=i % 3 == 0, currency=("EUR", "USD", None)[i % 3],
                **_guarantee(i),
            ))  # fmt: skip
            begins = ends + timedelta(days=int(draw.integers(0, 40)))
        if i % 3 == 0:
            other = {"contract_id": f"d{i}", "product": ("desk", "lab")[i % 2], "starts_on": start.date()}
            rows.append(rows[-1] | other | {"ends_on": (AS_OF + 200 * DAY).date(), "ended_on": None})
    return pl.DataFrame(rows, infer_schema_length=None)


def _guarantee(i: int) -> dict[str, Any]:
    if i % 2:
        return {"kind": "subscription", "guaranteed": None, "measured_over": None, "penalty": None}
    over = ("month", "quarter", None, "term")[i // 2 % 4]
    return {"kind": "outcome", "guaranteed": 0.1 + 0.02 * i, "measured_over": over, "penalty": 100.0 + i}


def _rates(start: datetime, days: int) -> pl.DataFrame:
    """A rate a month, each told a week late; the last ones corrected after `AS_OF`."""
    on = [(start + timedelta(days=day)).date() for day in range(0, days, 30)]
    first = pl.DataFrame({"currency": "USD", "valid_on": on, "rate": [0.8 + 0.01 * i for i in range(len(on))]})
    told = first.with_columns((pl.col("valid_on").cast(pl.Datetime("us", "UTC")) + 7 * DAY).alias("received_at"))
    mended = told.tail(6).with_columns(pl.col("rate") + 0.5, received_at=pl.lit(AS_OF + DAY))
    return pl.concat([told, mended])


def _interactions(draw: np.random.Generator, ids: list[str], start: datetime, days: int) -> pl.DataFrame:
    count = len(ids) * 25
    when = _moments(draw, count, start, days)
    channels = np.array(["ticket", "survey", "call", "email", "meeting", "training", "visit", "invoice", "outcome"])
    channel = channels[draw.integers(0, 9, count)]
    is_open = draw.uniform(size=count) < 0.2
    took = (draw.exponential(9, count) * 86_400_000_000).astype(np.int64)
    closed = pl.when(pl.Series(is_open)).then(None).otherwise(_time(when + pl.Series(took)))
    answered = draw.uniform(size=count) < 0.8
    first = pl.DataFrame({
        "interaction_id": [f"i{k}" for k in range(count)],
        "account_id": pl.Series(ids).gather(draw.integers(0, len(ids), count)),
        "timestamp": _time(when),
        "channel": channel,
        "severity": draw.integers(1, 5, count),
        "measure": np.array(["nps", "csat", "ces"])[draw.integers(0, 3, count)],
        "score": [float(s) if a else None for a, s in zip(answered, draw.integers(0, 11, count), strict=True)],
        "amount": draw.uniform(10, 900, count),
        "closed_at": pl.select(closed).to_series(),
        "topic": [("Dispute", "growth", "reopened", "seats", None)[k % 5] for k in range(count)],
    }).with_columns(received_at=pl.col("timestamp"))  # fmt: skip
    again = first.filter(pl.col("closed_at").is_not_null()).gather_every(5).with_columns(
        (pl.col("closed_at") + 2 * DAY).alias("received_at"),
        pl.lit(None, pl.Datetime("us", "UTC")).alias("closed_at"),
    )  # fmt: skip
    return pl.concat([first, again])


def _contacts(draw: np.random.Generator, ids: list[str], start: datetime, days: int) -> pl.DataFrame:
    roles = ("sponsor", "champion", "admin", "user")
    return pl.DataFrame([
        {
            "contact_id": f"{account}-{k}", "account_id": account, "role": roles[k],
            "user_id": "joined" if k == 3 and account in _JOINED else f"u{k}",
            "received_at": start + timedelta(days=int(draw.integers(0, days))),
            "invited_on": (start + timedelta(days=int(draw.integers(0, days)))).date(),
            "seat_assigned_on": (start + timedelta(days=int(draw.integers(0, days)))).date(),
            "left_on": (AS_OF + timedelta(days=int(draw.integers(-200, 60)))).date() if k == 1 else None,
            "team": (None, "sales", "lab", "field")[k],
            "region": (None, "north", "north", "north" if account in _JOINED[::2] else "south")[k],
        }
        for account in ids
        for k in range(4)
    ], infer_schema_length=None)  # fmt: skip


def _assets(draw: np.random.Generator, ids: list[str], start: datetime) -> pl.DataFrame:
    return pl.DataFrame([
        {
            "asset_id": f"{account}-m{k}", "account_id": account, "product": "lab", "received_at": start,
            "installed_on": (start + timedelta(days=int(draw.integers(0, 700)))).date(),
            "warranty_until": (start + timedelta(days=int(draw.integers(0, 900)))).date(),
            "removed_on": None,
        }
        for account in ids[: len(ids) // 2]
        for k in range(3)
    ])  # fmt: skip


def _products(start: datetime) -> pl.DataFrame:
    return pl.DataFrame({
        "product": ["desk", "lab"],
        "core_features": ["open;share;present", "run_hours"],
        "entitled_features": ["open; share; export", "run_hours;disk;print"],
        "complements": ["lab; spare", "desk"],
        "received_at": [start, start],
    })  # fmt: skip


def _goals(ids: list[str], start: datetime) -> pl.DataFrame:
    return pl.DataFrame([
        {"account_id": account, "goal": goal, "weight": weight, "received_at": start}
        for account in ids[::3]
        for goal, weight in (("Growth", 2.0), ("savings", None), ("seats", 0.5))[: 2 + int(account[1:]) % 2]
    ])  # fmt: skip
