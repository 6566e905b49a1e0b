"""What contracts say they are worth, and in which money."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from consumption.features.quality.evidence import Evidence
from consumption.features.quality.finding import FINE, NOTE, WARNING, Row, Seen, check
from consumption.features.quality.wording import count, listed

_MANY = 0.10


@check(
    topic="contracts",
    title="Contracts that say too little",
    means="Use cannot be held against what was bought, and an account whose contracts are worth nothing is "
    "not ranked.",
    do="Fill quantity and arr in the export, above zero, and name the unit: `consumption ingest contracts FILE`.",
)
def contract_values(evidence: Evidence) -> Iterator[Seen]:
    """Contracts in force should have a quantity and a yearly value above zero, and a unit.

    A quantity below zero is refused when it is loaded; a yearly value below zero may be a discount.
    """
    running = evidence.book.running(evidence.day)
    if running.is_empty():
        return
    yield from _below_zero(running.filter(pl.col("arr") < 0))
    wrong = {
        "no quantity": running.filter(pl.col("quantity") <= 0).height,
        "no yearly value": running.filter(pl.col("arr") == 0).height,
        "no unit": running["unit"].null_count(),
    }
    found = {name: number for name, number in wrong.items() if number}
    if not found:
        yield Seen(FINE, f"All of {count(running.height, 'contract')} in force say quantity, unit and yearly value.")
        return
    said = ", ".join(f"{number:,} with {name}" for name, number in found.items())
    many = max(found.values()) > _MANY * running.height
    yield Seen(WARNING if many else NOTE, f"Of {count(running.height, 'contract')} in force: {said}.")


@check(
    topic="contracts",
    title="Currencies",
    means="What these contracts are worth is unknown: they add nothing to ranks, plan and number.",
    do="Say what a unit of it is worth: `consumption ingest rates FILE` (currency, valid_on, rate), with the "
    "base in consumption.toml: currency.",
)
def currencies(evidence: Evidence) -> Iterator[Seen]:
    """Each currency of contracts in force should have a rate; a contract that names none is in the base currency."""
    running, base = evidence.book.running(evidence.day), evidence.rules.currency
    if running.is_empty():
        return
    unsaid = running["currency"].null_count()
    taken = f"; {count(unsaid, 'contract')} without a currency, taken for {base}" if unsaid and base else ""
    currencies_ = running["currency"].drop_nulls().unique().sort().to_list()
    unrated = evidence.book.unrated
    rows: list[Row] = list(unrated.iter_rows(named=True))
    if base is None and len(currencies_) > 1:
        yield Seen(
            WARNING,
            f"Contracts are in {listed(currencies_)}, and no base currency is set: amounts are added as they stand.",
        )
    elif unrated.height:
        contracts_ = count(int(unrated["contracts"].sum()), "contract")
        yield Seen(
            WARNING,
            f"No rate is known for {listed(unrated['currency'].to_list())}: {contracts_} in force{taken}.",
            rows,
        )
    else:
        yield Seen(FINE, f"Contracts in force are in {listed(currencies_) or base}{taken}.")


def _below_zero(contracts_: pl.DataFrame) -> Iterator[Seen]:
    if contracts_.is_empty():
        return
    rows: list[Row] = list(contracts_.select("account_id", "contract_id", "product", "arr").iter_rows(named=True))
    yield Seen(
        NOTE,
        f"{count(contracts_.height, 'contract')} in force with a yearly value below zero.",
        rows,
        means="A discount lessens what its account is worth, and that is right. The difference to another row is "
        "none: a change within the term is a whole row, which starts where the last one stopped.",
        do="If these are differences, export changed contracts whole: `consumption ingest contracts FILE`",
    )
