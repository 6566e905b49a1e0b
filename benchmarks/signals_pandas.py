"""The thirty signals in pandas: vectorised throughout, texts as categories, groups by one whole number."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl

from signals_world import RULES

_TEXTS = ["account_id", "user_id", "event"]
_DAYS = 1 << 12  # more days than any file has
_MICRO_A_DAY = 86_400_000_000


def compute(files: Sequence[Path], accounts: Path, as_of: datetime) -> pl.DataFrame:
    """A row an account, a column a signal."""
    born = _accounts(accounts, as_of)
    rows = _rows(files, born, as_of)
    days = rows.groupby(["a", "ago"], sort=True, as_index=False).agg(
        events=("one", "sum"), quantity=("quantity", "sum"), value=("value", "sum"), error=("error", "sum")
    )
    parts = [_of_people(rows), _of_features(rows), _of_days(days), _of_gaps(days, born), _of_weeks(days, born)]
    return pl.from_pandas(_signals(born.join(parts)))


def _accounts(file: Path, as_of: datetime) -> pd.DataFrame:
    """A row an account, numbered, with the days it has lived."""
    accounts = pd.read_parquet(file, columns=["account_id", "created_at"])
    accounts = accounts[accounts["created_at"] < as_of].reset_index(drop=True)
    created = accounts["created_at"].dt.as_unit("us").astype("int64")
    moment = int(as_of.timestamp()) * 1_000_000
    accounts["born"] = moment // _MICRO_A_DAY - created // _MICRO_A_DAY
    accounts["tenure"] = (moment - created) // _MICRO_A_DAY
    return accounts.drop(columns="created_at")


def _rows(files: Sequence[Path], accounts: pd.DataFrame, as_of: datetime) -> pd.DataFrame:
    """A row an event that was known, all of it numbers: account `a`, person `p` (-1: none), feature `f`, days ago."""
    read = pd.read_parquet(list(map(str, files)), read_dictionary=_TEXTS)
    read = read[(read["received_at"] < as_of) & (read["timestamp"] < as_of)]
    a = pd.Index(accounts["account_id"]).get_indexer(read["account_id"].cat.categories)
    users, events = read["user_id"].cat, read["event"].cat
    is_value, is_error = (events.categories.isin(names) for names in (RULES.value_events, RULES.error_events))
    account = a[read["account_id"].cat.codes].astype(np.int64)
    person = account * len(users.categories) + users.codes
    moment = int(as_of.timestamp()) // 86_400
    happened = read["timestamp"].dt.as_unit("us").astype("int64")
    return pd.DataFrame(
        {
            "a": account,
            "p": np.where(users.codes >= 0, person, -1),
            "f": events.codes,
            "ago": (moment - happened // _MICRO_A_DAY).astype(np.int16),
            "one": np.int64(1),
            "quantity": read["quantity"],
            "value": is_value[events.codes].astype(np.int64),
            "error": is_error[events.codes].astype(np.int64),
        }
    )[account >= 0]


def _of_people(rows: pd.DataFrame) -> pd.DataFrame:
    """From a row a user and day to a row a user to a row an account."""
    named = rows[rows["p"] >= 0]
    key = named["p"] * _DAYS + named["ago"]
    days = named[["one", "value"]].groupby(key, sort=False).sum()
    ago = (days.index % _DAYS).to_numpy()
    days["p"], days["last"], days["first"] = days.index // _DAYS, ago, ago
    days["reached"] = days["value"] > 0
    days["now"], days["week"], days["before"] = ago <= 28, ago <= 7, (ago > 28) & (ago <= 56)
    days["events"] = np.where(ago <= 28, days["one"], 0)
    people = days.groupby("p", sort=False).agg(
        ever=("one", "sum"), last=("last", "min"), first=("first", "max"), reached=("reached", "any"),
        days=("now", "sum"), week=("week", "sum"), before=("before", "sum"), events=("events", "sum"),
    )  # fmt: skip
    # A person's account is in its number; its row tells it without dividing.
    people["a"] = named.drop_duplicates("p").set_index("p")["a"]
    now, before = people["days"] > 0, people["before"] > 0
    people["active"], people["active_7"], people["active_before"] = now, people["week"] > 0, before
    people["power"] = people["days"] >= 20
    people["new"], people["lost"] = now & (people["first"] <= 28), before & ~now
    people["returned"], people["stuck"] = now & ~before & (people["first"] > 28), now & ~people["reached"]
    accounts = people.groupby("a").agg(
        active=("active", "sum"), active_7=("active_7", "sum"), active_before=("active_before", "sum"),
        user_days=("days", "sum"), power=("power", "sum"), new=("new", "sum"), lost=("lost", "sum"),
        returned=("returned", "sum"), stuck=("stuck", "sum"), activated=("reached", "mean"),
        busiest=("events", "max"), named_events=("events", "sum"),
    )  # fmt: skip
    most = people.sort_values(["ever", "last"], ascending=[False, True]).drop_duplicates("a")
    return accounts.join(most.set_index("a")["last"].rename("busiest_last") - 1)


def _of_features(rows: pd.DataFrame) -> pd.DataFrame:
    """Features of the last four weeks, and which of them had never been used before."""
    recent = rows[rows["ago"] <= 28]
    used = recent.groupby(["a", "f"], sort=False)["one"].sum()
    before = rows.loc[rows["ago"] > 28, ["a", "f"]].drop_duplicates()
    shared = recent.loc[recent["p"] >= 0, ["a", "p", "f"]]
    shared = shared[~(shared["p"] * 64 + shared["f"]).duplicated()]
    by_account = used.groupby("a")
    return pd.DataFrame(
        {
            "features": by_account.size(),
            "top_feature": by_account.max() / by_account.sum(),
            "new_features": used[~used.index.isin(pd.MultiIndex.from_frame(before))].groupby("a").size(),
            "shared": shared.groupby("a").size(),
        }
    )


def _of_days(days: pd.DataFrame) -> pd.DataFrame:
    """Sums of windows, and days with events in them."""
    ago = days["ago"]
    windows = {"7": ago <= 7, "28": ago <= 28, "84": ago <= 84, "before": (ago > 28) & (ago <= 56)}
    sums = pd.DataFrame({"a": days["a"], "days_7": windows["7"], "days_28": windows["28"], "days_84": windows["84"]})
    for name, window in (("events", "28"), ("quantity", "28"), ("value", "28"), ("error", "84")):
        sums[name] = days[name].where(windows[window], 0)
    sums["events_84"] = days["events"].where(windows["84"], 0)
    sums["events_before"] = days["events"].where(windows["before"], 0)
    ends = days.groupby("a")["ago"].agg(last="min", first="max")
    return sums.groupby("a").sum().join(ends.assign(last=ends["last"] - 1))


def _of_gaps(days: pd.DataFrame, accounts: pd.DataFrame) -> pd.DataFrame:
    """Steps from one day in use to the next of the last 12 weeks, and the silent days before each."""
    recent = days.loc[days["ago"] <= 84, ["a", "ago"]].sort_values(["a", "ago"], ascending=[True, False])
    previous = recent.groupby("a")["ago"].shift()
    begins = np.minimum(84, accounts["born"].to_numpy()[recent["a"]]) + 1
    recent["step"] = previous - recent["ago"]
    recent["silent"] = (previous.fillna(pd.Series(begins, recent.index)) - recent["ago"] - 1).clip(lower=0)
    found = recent.groupby("a").agg(between=("step", "median"), silent=("silent", "max"), last=("ago", "min"))
    return pd.DataFrame({"between": found["between"], "gap": np.maximum(found["silent"], found["last"] - 1)})


def _of_weeks(days: pd.DataFrame, accounts: pd.DataFrame) -> pd.DataFrame:
    """Slope and unevenness of the last 12 weeks that the account lived whole: a row an account, a column a week."""
    recent = days[days["ago"] <= 84]
    weeks = np.zeros((len(accounts), 12))
    np.add.at(weeks, (recent["a"].to_numpy(), (recent["ago"].to_numpy() - 1) // 7), recent["events"].to_numpy())
    weeks[accounts["born"].to_numpy()[:, None] < 7 * np.arange(1, 13)] = np.nan
    logs = np.log(weeks + 1)
    slopes = [(logs[:, : 12 - lag] - logs[:, lag:]) / lag for lag in range(1, 12)]
    table = pd.DataFrame(weeks, index=accounts.index)
    return pd.DataFrame(
        {
            "slope": pd.DataFrame(np.hstack(slopes), index=accounts.index).median(axis=1),
            "volatility": table.std(axis=1, ddof=0) / table.mean(axis=1),
        }
    )


def _signals(of: pd.DataFrame) -> pd.DataFrame:
    """The columns by their names in the product."""

    def zero(name: str) -> pd.Series:
        return of[name].fillna(0)

    users = of["active"].where(of["active"] > 0)
    # Days of the four weeks before the last four since the account began, or was first used.
    lived = (np.fmax(of["born"], of["first"]) - 28).clip(0, 28)
    part = (lived / 28).where(lived >= 7)
    users_trend = np.log((zero("active") + 1) / (zero("active_before") + 1))
    return pd.DataFrame(
        {
            "account_id": of["account_id"],
            "active_users_28d": zero("active"),
            "active_users_7d": zero("active_7"),
            "active_days_28d": zero("days_28"),
            "active_days_7d": zero("days_7"),
            "active_days_84d": zero("days_84"),
            "stickiness_28d": of["user_days"] / (users * 28),
            "power_user_share_28d": of["power"] / users,
            "days_between_use_84d": of["between"],
            "days_since_last_event": of["last"].fillna(of["tenure"]),
            "events_28d": zero("events"),
            "quantity_28d": zero("quantity"),
            "value_events_28d": zero("value"),
            "events_per_user_28d": of["events"] / users,
            "features_used_28d": zero("features"),
            "user_breadth_28d": of["shared"] / (of["features"] * users),
            "top_feature_share_28d": of["top_feature"],
            "new_features_28d": zero("new_features"),
            "active_users_trend_28d": users_trend.where(part == 1),
            "events_trend_28d": np.log((zero("events") + 1) / (zero("events_before") / part + 1)),
            "events_slope": of["slope"],
            "volatility": of["volatility"],
            "longest_silence_84d": of["gap"].fillna(of["tenure"].clip(upper=84)),
            "new_users_28d": zero("new"),
            "lost_users_28d": zero("lost"),
            "returned_users_28d": zero("returned"),
            "busiest_user_share_28d": of["busiest"] / of["named_events"],
            "busiest_user_silent_days": of["busiest_last"],
            "stuck_user_share_28d": of["stuck"] / users,
            "activated_user_share": of["activated"],
            "errors_per_100_events_84d": 100 * of["error"] / of["events_84"],
        }
    )
