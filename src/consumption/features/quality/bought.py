"""What was bought: contracts, and how their units are used up."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from consumption.features.quality.evidence import Evidence
from consumption.features.quality.finding import FINE, NOTE, WARNING, Row, Seen, check
from consumption.features.quality.metering import SUM_DAYS
from consumption.features.quality.wording import count, listed, share
from consumption.features.rules import DEFAULT_METERS, Meter

_FAR_OVER = 2.0
_UNUSED_SHARE = 0.25
_WITHOUT_SHARE = 0.10
_DAYS_A_PERIOD = {"year": 365.0, "quarter": 91.25, "month": 30.44}
_HOW = {
    "sum": "the sum of quantities",
    "distinct_users": "distinct users of 28 days",
    "distinct_assets": "distinct assets of 28 days",
    "last": "the last reading",
    "counter": "the rises of a counter",
}


@check(
    topic="contracts",
    title="Contracts",
    means="An account without a contract of its own or of a parent is not ranked, whatever it uses.",
    do="Export the contracts that are missing: `consumption ingest contracts FILE`; for trials and partners "
    "say so in kind.",
)
def contracts(evidence: Evidence) -> Iterator[Seen]:
    """There should be contracts, and at most one customer in ten should use the product without one in force."""
    book = evidence.book
    if book.contracts.is_empty():
        yield Seen(
            NOTE,
            "There are no contracts: every customer counts the same, and there is no money anywhere.",
            means="Ranks are by probability, pages show percentages, commitments and entitlements have no "
            "figures; what became of accounts is read from outcomes.",
            do="If there are contracts, bring them in: `consumption ingest contracts FILE`; if not, nothing "
            "is to be done.",
        )
        return
    running = book.running(evidence.day)
    customers = book.accounts.filter(
        pl.col("kind").fill_null("customer") == "customer", pl.col("merged_into").is_null()
    )
    covered = running.select("account_id")
    under_parent = customers.filter(pl.col("parent_id").is_in(covered["account_id"].implode()))
    without = customers.join(covered, on="account_id", how="anti").join(under_parent, on="account_id", how="anti")
    heard = evidence.telemetry.spans.filter(pl.col("recent") > 0)
    using = without.join(heard, on="account_id", how="semi").sort("account_id")
    worth = f"{float(book.population['arr'].sum()):,.0f} {evidence.rules.currency or ''}".rstrip()
    none = f"{without.height:,} of {count(customers.height, 'customer')} without one"
    text = f"{count(running.height, 'contract')} in force ({worth} a year of ranked accounts); {none}"
    many = using.height > _WITHOUT_SHARE * max(1, customers.height)
    few = f", {using.height:,} of whom use the product all the same" if using.height else ""
    some = f": {listed(using['account_id'].to_list())}" if many else ""
    yield Seen(WARNING if many or running.is_empty() else FINE, f"{text}{few}{some}.")


@check(
    topic="meters",
    title="How units are counted",
    means="These figures rest on an assumption: that every event of the product uses up the unit, in this way.",
    do='Say how in consumption.toml: `events = ["..."]` and `how = "sum"` under `[meters.UNIT]` (or '
    "distinct_users, distinct_assets, last, counter).",
)
def assumed_meters(evidence: Evidence) -> Iterator[Seen]:
    """Each unit of a contract in force should have a meter in settings.

    Seats default to users and assets to assets of 28 days, any other unit to the sum of all quantities of the
    product.
    """
    used = evidence.telemetry.metered
    if used.is_empty():
        return
    units = used.group_by("unit").agg(pl.len().alias("contracts")).sort("contracts", "unit", descending=[True, False])
    rows: list[Row] = [_meter(unit, number, evidence) for unit, number in units.iter_rows()]
    assumed = [unit for unit in units["unit"] if unit not in evidence.rules.meters]
    guessed = [str(unit) for unit in assumed if unit not in DEFAULT_METERS]
    text = f"{count(units.height, 'unit')} in contracts; {len(assumed):,} counted by default"
    if guessed:
        said = f"{text}: for {listed(guessed)} all quantities of the product are added up."
        yield Seen(WARNING, said.replace("for None", "for contracts without a unit"), rows)
    elif assumed:
        yield Seen(
            NOTE, f"{text}.", rows, means="Seats are taken to be users, assets to be assets, of the last 28 days."
        )
    else:
        yield Seen(FINE, f"{text}.", rows)


@check(
    topic="meters",
    title="Contracts that nothing uses",
    means="Either nobody uses what was bought, which is what the list is for, or its events come under "
    "another product, event or account, and every such account is ranked as at risk by mistake.",
    do="Compare the names: product of contracts with product of events, `[meters.UNIT] events` with the "
    "events there are.",
)
def unused_units(evidence: Evidence) -> Iterator[Seen]:
    """Of a product's contracts at most a quarter should be without an event of their meter in 12 weeks.

    Where all are, names do not match.
    """
    used = evidence.telemetry.metered
    if used.is_empty():
        return
    by = used.group_by("product", "unit").agg(
        pl.len().cast(pl.Int64).alias("contracts"), (pl.col("heard") == 0).sum().cast(pl.Int64).alias("unused")
    )
    many = by.filter(pl.col("unused") > _UNUSED_SHARE * pl.col("contracts")).sort(
        "unused", "product", descending=[True, False]
    )
    unused, whole = int(by["unused"].sum()), used.height
    part = share(unused, whole)
    text = f"Without an event in {SUM_DAYS} days: {part} of {count(whole, 'contract')} in force"
    rows: list[Row] = list(many.iter_rows(named=True))
    never = many.filter(pl.col("unused") == pl.col("contracts"))
    if never.height:
        yield Seen(WARNING, f"{text}; none at all for {listed(never['product'].to_list())}.", rows)
    elif many.height:
        yield Seen(NOTE, f"{text}; most for {listed(many['product'].to_list())}.", rows)
    else:
        yield Seen(FINE, f"{text}.")


@check(
    topic="meters",
    title="Use far over what was bought",
    means="Real overage is a reason to talk; where many are far over, the meter counts something else than "
    "the contract.",
    do="Check the meter of the unit and the contract's period (quantity is for a term, year, quarter or month).",
)
def use_over_bought(evidence: Evidence) -> Iterator[Seen]:
    """At most one contract in ten of a product should use over twice what was bought.

    Levels are users or assets of 28 days, sums those of 12 weeks at their rate over the contract's period.
    """
    used = evidence.telemetry.metered.filter(pl.col("used").is_not_null(), pl.col("quantity") > 0)
    if used.is_empty():
        return
    level = [unit for unit in used["unit"].unique() if evidence.rules.meter(unit).level]
    days = pl.col("period").replace_strict(_DAYS_A_PERIOD, default=365.0, return_dtype=pl.Float64)
    of_period = pl.col("used") / 1e6 * days / SUM_DAYS
    rate = pl.when(pl.col("unit").is_in(level, nulls_equal=True)).then(pl.col("used")).otherwise(of_period) / pl.col(
        "quantity"
    )
    by = used.with_columns(rate.alias("rate")).group_by("product", "unit").agg(
        pl.len().cast(pl.Int64).alias("contracts"),
        (pl.col("rate") > _FAR_OVER).sum().cast(pl.Int64).alias("over"),
        pl.col("rate").median().alias("median"),
    )  # fmt: skip
    many = by.filter(pl.col("over") > _WITHOUT_SHARE * pl.col("contracts")).sort(
        "over", "product", descending=[True, False]
    )
    over = share(int(by["over"].sum()), used.height)
    text = f"Over twice what was bought: {over} of {count(used.height, 'contract')}"
    if many.is_empty():
        yield Seen(FINE, f"{text}.")
        return
    rows: list[Row] = [{**row, "median": f"{row['median']:.0%} of bought"} for row in many.iter_rows(named=True)]
    yield Seen(WARNING, f"{text}; most of {listed(many['product'].to_list())}.", rows)


def _meter(unit: str | None, contracts_: int, evidence: Evidence) -> Row:
    meter: Meter = evidence.rules.meter(unit)
    return {
        "unit": unit or "(none)",
        "contracts": contracts_,
        "counts": _HOW[meter.how],
        "of": listed(list(meter.events)) or "any event of the product",
        "from": "settings" if unit in evidence.rules.meters else "default",
    }
