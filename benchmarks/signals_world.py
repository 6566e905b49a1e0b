"""Telemetry of a made-up software company, as Parquet files: seeded, a day at a time, each file made once.

Heavy tails where real telemetry has them: users an account, events a user, features. Working weeks. Accounts and
users that begin late, stop, or widen their use. One event in a hundred is received one to five days after it
happened, one in a hundred names no user. Rows stand in the order in which they were received, as in an export.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from consumption.features.rules import UsageRules

EPOCH = datetime(2025, 1, 1, tzinfo=UTC)
FEATURES = (
    "page_viewed", "search_run", "record_opened", "record_edited", "report_viewed", "comment_added", "file_uploaded",
    "dashboard_viewed", "task_completed", "filter_saved", "export_finished", "report_shared", "message_sent",
    "form_submitted", "api_called", "template_used", "error_shown", "import_finished", "alert_opened", "goal_set",
    "workflow_started", "approval_given", "integration_synced", "forecast_made",
)  # fmt: skip
RULES = UsageRules(
    value_events=frozenset({"report_shared", "export_finished", "task_completed"}),
    error_events=frozenset({"error_shown"}),
)
USERS_AN_ACCOUNT = 12
EVENTS_A_VISIT = 6
DAYS_A_FILE = 30
# Monday to Sunday.
_WEEK = np.array([1.0, 1.1, 1.1, 1.05, 0.9, 0.15, 0.12])
_SECOND = 1_000_000
_DAY = 86_400 * _SECOND

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]


@dataclass(frozen=True)
class World:
    """How much to make: `events` in `days` days from `EPOCH` on, of `accounts` accounts; the same for one seed.

    A day further on is like the days before it, so the rate of events is that of these days.
    """

    events: int
    accounts: int
    days: int = 180
    seed: int = 0

    @property
    def as_of(self) -> datetime:
        """The midnight after the last day."""
        return EPOCH + timedelta(days=self.days)

    @property
    def twice(self) -> World:
        """Twice as long, and as busy a day."""
        return World(2 * self.events, self.accounts, 2 * self.days, self.seed)

    def files(self, work: Path) -> list[Path]:
        """The events of all days, in files of 30 days; those that are lacking are made."""
        return [self.file(work, days.start, days.stop) for days in blocks(0, self.days)]

    def file(self, work: Path, start: int, end: int) -> Path:
        """The events received in days `[start, end)`, which may lie beyond `days`."""
        made = self.folder(work) / f"events-{start:04}-{end:04}.parquet"
        if not made.exists():
            pl.concat([self.day(day) for day in range(start, end)]).write_parquet(made.with_suffix(".part"))
            made.with_suffix(".part").rename(made)
        return made

    def accounts_file(self, work: Path) -> Path:
        """The accounts, a row each."""
        made = self.folder(work) / "accounts.parquet"
        if not made.exists():
            self.account_rows.write_parquet(made)
        return made

    @cached_property
    def account_rows(self) -> pl.DataFrame:
        """account_id, created_at, segment: begun in the three years up to shortly before the last day."""
        draw = np.random.default_rng((self.seed, 1))
        ago = np.sort(draw.integers(10, 3 * 365, self.accounts))[::-1]
        return pl.DataFrame(
            {
                "account_id": _ids("001", draw, self.accounts, 12),
                "created_at": (_micro(self.as_of) - ago * _DAY).astype("datetime64[us]"),
                "segment": np.array(["small", "middle", "large"])[draw.integers(0, 3, self.accounts)],
            }
        ).with_columns(pl.col("created_at").dt.replace_time_zone("UTC"))

    def day(self, day: int) -> pl.DataFrame:
        """The events received on one day: account_id, timestamp, received_at, event, user_id, quantity."""
        draw = np.random.default_rng((self.seed, 2, day))
        count = round(self.events * self._week(day) / sum(self._week(d) for d in range(self.days)))
        who = self._visits(draw, day, count)
        received = _micro(EPOCH) + day * _DAY + np.sort(_time_of_day(draw, count))
        happened = received - _delay(draw, count)
        users = self._users
        nobody = pl.Series(draw.uniform(size=count) < 0.01)
        return pl.DataFrame(
            {
                "account_id": self.account_rows["account_id"].gather(users.account[who]),
                "timestamp": happened.astype("datetime64[us]"),
                "received_at": received.astype("datetime64[us]"),
                "event": pl.Series(FEATURES).gather(self._features(draw, day, who)),
                "user_id": users.ids.gather(who).set(nobody, None),
                "quantity": _quantity(draw, count),
            }
        ).with_columns(pl.col("timestamp", "received_at").dt.replace_time_zone("UTC"))

    def folder(self, work: Path) -> Path:
        """Where all that is made of this world is kept: another folder for other parameters, or another generator."""
        text = json.dumps(asdict(self)) + Path(__file__).read_text(encoding="utf-8")
        folder = work / f"world-{hashlib.sha256(text.encode()).hexdigest()[:12]}"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _week(self, day: int) -> float:
        return float(_WEEK[(EPOCH + timedelta(days=day)).weekday()])

    @cached_property
    def _users(self) -> Users:
        return Users.of(self)

    def _visits(self, draw: np.random.Generator, day: int, count: int) -> Whole:
        """For each event of a day the user: users come by weight, each for several events."""
        users = self._users
        here = np.where((users.begins <= day) & (day < users.stops), users.weight, 0.0)
        reach = np.cumsum(here)
        visits = int(1.5 * count / EVENTS_A_VISIT) + 100
        who = np.searchsorted(reach, draw.uniform(0, reach[-1], visits), side="right")
        who = np.repeat(who, draw.geometric(1 / EVENTS_A_VISIT, visits))
        return draw.permutation(np.resize(who, count))

    def _features(self, draw: np.random.Generator, day: int, who: Whole) -> Whole:
        """By Zipf, half of them round the user's favourite, within the features its account has found so far."""
        users = self._users
        popular = draw.choice(len(FEATURES), len(who), p=_zipf(len(FEATURES)))
        own = np.where(draw.uniform(size=len(who)) < 0.5, users.favourite[who], 0)
        found = np.minimum(users.found[who] + day // 45, len(FEATURES))
        return np.asarray((popular + own) % found, dtype=np.int64)


@dataclass(frozen=True)
class Users:
    """A row a user: id, row of its account, how often it comes, on which days, what it likes and how much it knows.

    Days are `[begins, stops)`; `favourite` and `found` count features.
    """

    ids: pl.Series
    account: Whole
    weight: Floats
    begins: Whole
    stops: Whole
    favourite: Whole
    found: Whole

    @staticmethod
    def of(world: World) -> Users:
        """Drawn anew from the seed: the same for any number of events."""
        draw = np.random.default_rng((world.seed, 3))
        size = draw.lognormal(0, 1.3, world.accounts)
        size = np.minimum(np.maximum(1, np.round(size * USERS_AN_ACCOUNT / size.mean())), 5_000).astype(int)
        account = np.repeat(np.arange(world.accounts), size)
        count = len(account)
        lively = draw.lognormal(0, 0.7, world.accounts) * (draw.uniform(size=world.accounts) > 0.03)
        ends = _some_day(draw, world, world.accounts, 0.08)
        born = world.account_rows["created_at"].to_physical().to_numpy() - _micro(EPOCH)
        begins = np.ceil(born[account] / _DAY).astype(np.int64)
        return Users(
            ids=_ids("usr_", draw, count, 11),
            account=account,
            weight=lively[account] * draw.lognormal(0, 1.1, count),
            begins=np.maximum(_some_day(draw, world, count, 0.25, otherwise=0), begins),
            stops=np.minimum(_some_day(draw, world, count, 0.2), ends[account]),
            favourite=draw.integers(0, len(FEATURES), count),
            found=draw.integers(5, len(FEATURES) + 1, world.accounts)[account],
        )


def blocks(start: int, end: int) -> list[range]:
    """Days in the portions that files hold."""
    return [range(day, min(day + DAYS_A_FILE, end)) for day in range(start, end, DAYS_A_FILE)]


def _some_day(draw: np.random.Generator, world: World, count: int, share: float, otherwise: int = 10**6) -> Whole:
    """A day of the world for a share of them, another value for the rest."""
    days = draw.integers(1, world.days, count)
    return np.where(draw.uniform(size=count) < share, days, otherwise)


def _ids(prefix: str, draw: np.random.Generator, count: int, digits: int) -> pl.Series:
    numbers = (
        draw.choice(2**40, count, replace=False) if count < 1000 else np.unique(draw.integers(0, 2**40, 2 * count))
    )
    return pl.Series([f"{prefix}{n:0{digits}x}" for n in draw.permutation(numbers)[:count].tolist()])


def _time_of_day(draw: np.random.Generator, count: int) -> Whole:
    """Microseconds from midnight, most of them in working hours; whole milliseconds."""
    hours = np.clip(draw.normal(13.5, 3.5, count), 0, 23.999)
    return (hours * 3_600_000).astype(np.int64) * 1_000


def _delay(draw: np.random.Generator, count: int) -> Whole:
    """Between happening and being received: seconds, or one to five days for one event in a hundred."""
    late = draw.uniform(size=count) < 0.01
    days = np.where(late, draw.uniform(1, 5, count) * 86_400_000, draw.exponential(4_000, count))
    return days.astype(np.int64) * 1_000


def _quantity(draw: np.random.Generator, count: int) -> Floats:
    """One for most, else an amount of two decimals."""
    return np.where(draw.uniform(size=count) < 0.7, 1.0, np.round(draw.exponential(8, count), 2))


def _zipf(count: int) -> Floats:
    weight = 1 / np.arange(1, count + 1) ** 1.1
    return np.asarray(weight / weight.sum(), dtype=np.float64)


def _micro(moment: datetime) -> int:
    return int(moment.timestamp()) * _SECOND
