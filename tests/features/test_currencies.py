"""Contracts in several currencies, told in one."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from consumption.features.compute import compute_signals
from consumption.features.currency import in_base, without_rate
from consumption.features.labels import LabelRules, label
from consumption.features.population import population
from consumption.features.rules import UsageRules
from consumption.features.signal_set import SIGNALS, fingerprints
from consumption.jobs.create import create
from consumption.jobs.ingest import ingest
from consumption.jobs.opening import label_rules, lake_of, usage_rules
from consumption.lake.history import History
from tests.features.small import DAY, JUNE_1, accounts, contract, events, history, value_of

TODAY = JUNE_1.date()
YEAR_AGO, YEAR_AHEAD = date(2024, 6, 1), date(2026, 6, 1)
EUR = UsageRules(currency="EUR")


def rate(code: str, day: date, value: float, **columns: object) -> dict[str, Any]:
    """What one of a currency is worth from a day on."""
    return {"currency": code, "valid_on": day, "rate": value} | columns


def term(code: str | None, **columns: object) -> dict[str, Any]:
    """A contract of acme in a currency; 12,000 a year."""
    return contract("acme", YEAR_AGO, YEAR_AHEAD, **({"currency": code, "contract_id": f"c-{code}"} | columns))


def worth(*rates: dict[str, Any], as_of: datetime = JUNE_1, terms: list[dict[str, Any]] | None = None) -> object:
    """ARR in euros of a contract in euros and one in dollars."""
    book = terms or [term("EUR"), term("USD")]
    return value_of("arr", as_of=as_of, rules=EUR, contracts=book, **({"rates": list(rates)} if rates else {}))


def test_money_is_told_at_the_last_rate() -> None:
    """12,000 euros and 12,000 dollars at .9, not at the rate of last year, nor at one of today or later."""
    rates = [rate("USD", date(2024, 1, 1), 0.8), rate("USD", TODAY - DAY, 0.9), rate("USD", TODAY, 0.95)]
    assert worth(*rates) == 12_000 + 10_800
    assert worth(*rates, as_of=JUNE_1 + DAY) == 12_000 + 11_400
    assert worth(*reversed(rates)) == 12_000 + 10_800


def test_a_rate_counts_from_when_it_was_known() -> None:
    """A rate of January that came in June, and a correction of it a week later."""
    first = rate("USD", date(2025, 1, 1), 0.8, received_at=JUNE_1 - DAY)
    mended = rate("USD", date(2025, 1, 1), 0.9, received_at=JUNE_1 + 7 * DAY)
    assert worth(first, mended, as_of=JUNE_1 - DAY) == 12_000
    assert worth(first, mended) == 21_600
    assert worth(first, mended, as_of=JUNE_1 + 8 * DAY) == 22_800


def test_money_without_a_rate_is_unknown() -> None:
    """A dollar is never taken for a euro: the contract's worth counts nowhere, and who asks is told of it."""
    assert worth() == 12_000
    assert worth(terms=[term("USD")]) is None
    assert worth(rate("USD", YEAR_AGO, 0.0), rate("GBP", YEAR_AGO, 1.2), terms=[term("USD")]) is None
    book = history(contracts=[term("USD"), term("CHF"), term("EUR"), term(None), term("usd", contract_id="2")])
    assert without_rate(book, JUNE_1, "EUR").rows() == [("CHF", 1, 1), ("USD", 2, 1)]
    assert without_rate(book, JUNE_1, None).is_empty()


def test_currencies_are_written_in_any_way() -> None:
    """`usd ` is USD, and a contract that names none is in the workspace's own."""
    terms = [term("usd "), term(None), term(" eur")]
    assert worth(rate("Usd", YEAR_AGO, 0.5), terms=terms) == 6_000 + 12_000 + 12_000


def test_without_a_currency_money_is_taken_as_it_stands() -> None:
    """A library user who names none has one currency only."""
    assert value_of("arr", contracts=[term("EUR"), term("USD")]) == 24_000


def test_every_amount_of_a_contract_is_converted() -> None:
    """Price of a unit, of one beyond those bought, and the penalty; shares of a whole stay as they are."""
    told = term(
        "USD", unit="credit", quantity=100.0, unit_price=10.0, overage_price=20.0, kind="outcome", guaranteed=0.9,
        penalty=1000.0, margin=0.3,
    )  # fmt: skip
    rates = [rate("USD", YEAR_AGO, 0.5)]
    low = events(("acme", JUNE_1 - 200 * DAY, "call", "a", 40.0))
    high = events(("acme", JUNE_1 - 200 * DAY, "call", "a", 140.0))
    tables: dict[str, Any] = {"contracts": [told], "rates": rates, "rules": EUR}
    assert value_of("breakage_value", events=low, **tables) == 60 * 5
    assert value_of("overage_value", events=high, **tables) == 40 * 10
    assert value_of("penalty_at_risk", events=low, **tables) == 500
    assert value_of("unit_utilisation", events=low, **tables) == 0.4


def test_a_conversion_is_rounded_once() -> None:
    """To a whole millionth, so that a sum is the same in any order."""
    terms = pl.DataFrame([term("USD", arr=0.1 + i, contract_id=str(i)) for i in range(50)])
    rates = [rate("USD", YEAR_AGO, 1 / 3)]
    book = history(contracts=terms, rates=rates)
    found = in_base(book.contracts.collect(), book.rates.collect(), "EUR")["arr"]
    assert found.to_list() == [round((0.1 + i) / 3 * 1e6) / 1e6 for i in range(50)]
    sums = {
        value_of("arr", contracts=terms.sample(fraction=1, shuffle=True, seed=seed), rates=rates, rules=EUR)
        for seed in range(5)
    }
    assert sums == {sum(round((0.1 + i) / 3 * 1e6) for i in range(50)) / 1e6}


def test_the_population_is_weighed_in_one_currency() -> None:
    """An account all of whose worth is unknown has no weight, so it is not ranked by money."""
    book = history(
        accounts=accounts("a", "b", "c"),
        contracts=[
            contract(name, YEAR_AGO, YEAR_AHEAD, currency=code)
            for name, code in (("a", "EUR"), ("b", "USD"), ("c", "CHF"))
        ],
        rates=[rate("USD", YEAR_AGO, 2.0)],
    )  # fmt: skip
    ranked = population(book, JUNE_1, currency="EUR")
    assert ranked.select("account_id", "arr").rows() == [("a", 12_000), ("b", 24_000)]
    assert population(book, JUNE_1)["arr"].to_list() == [12_000] * 3


def outcome(rates: list[dict[str, Any]], *contracts: dict[str, Any]) -> list[tuple[object, ...]]:
    """Worth at the first of June, and half a year later, in euros."""
    rules = LabelRules(horizon_days=182, usage=EUR)
    book = history(contracts=list(contracts), **({"rates": rates} if rates else {}))
    return label(book, JUNE_1, rules).select("arr0", "arr1", "outcome").rows()


def test_labels_compare_both_ends_at_the_rate_of_the_snapshot() -> None:
    """A dollar that falls by half is nobody's contraction; a renewal in pounds is told at the rate of then."""
    rates = [rate("USD", YEAR_AGO, 0.9), rate("USD", TODAY + 30 * DAY, 0.45), rate("GBP", YEAR_AGO, 1.2)]
    old = contract("acme", YEAR_AGO, TODAY + 50 * DAY, currency="USD")
    same = contract("acme", TODAY + 50 * DAY, YEAR_AHEAD, currency="USD")
    pounds = contract("acme", TODAY + 50 * DAY, YEAR_AHEAD, currency="GBP", arr=9000.0)
    assert outcome(rates, old, same) == [(10_800, 10_800, "stayed")]
    assert outcome(rates, old, pounds) == [(10_800, 10_800, "stayed")]


def test_an_account_whose_worth_was_not_known_has_no_label() -> None:
    """A first rate that comes after the snapshot would look like growth, none at the end like a loss."""
    later = [rate("CHF", TODAY + 30 * DAY, 1.0)]
    both = [contract("acme", YEAR_AGO, YEAR_AHEAD, contract_id=c, currency=c) for c in ("EUR", "CHF")]
    assert outcome(later, *both) == []
    change = contract("acme", YEAR_AGO, TODAY + 50 * DAY, currency="EUR")
    assert outcome(later, change, contract("acme", TODAY + 50 * DAY, YEAR_AHEAD, currency="CHF")) == []
    # What ended long before is of no concern.
    before = contract("acme", date(2023, 1, 1), YEAR_AGO, contract_id="x", currency="CHF")
    assert outcome(later, both[0], before) == [(12_000, 12_000, "stayed")]


def test_a_model_refuses_another_currency() -> None:
    """Signals in money mean something else in another currency; the others do not."""
    here, there = (fingerprints(SIGNALS, UsageRules(currency=code)) for code in ("EUR", "USD"))
    assert here["arr"] != there["arr"]
    assert here["penalty_at_risk"] != there["penalty_at_risk"]
    assert here["active_users_28d"] == there["active_users_28d"]


@pytest.fixture
def from_files(tmp_path: Path) -> tuple[History, UsageRules, LabelRules]:
    """A workspace in Swiss francs, its contracts and rates read from files."""
    workspace = create(tmp_path / "workspace", settings='currency = "CHF"\n')
    files = {
        "accounts": "account_id,created_at\nacme,2024-01-01\n",
        "contracts": "contract_id,account_id,product,starts_on,ends_on,quantity,arr,currency\n"
        "1,acme,Desk,2025-01-01,2026-01-01,10,1000,CHF\n2,acme,Lab,2025-01-01,2026-01-01,10,1000,EUR\n",
        "rates": "currency,valid_on,rate\nEUR,2025-01-01,0.94\nEUR,2025-06-01,0.93\nEUR,someday,1\n",
        "events": "account_id,timestamp,event\nacme,2025-05-01,open\n",
    }
    for table, text in files.items():
        (tmp_path / f"{table}.csv").write_text(text, "utf-8")
        done = ingest(workspace, table, [tmp_path / f"{table}.csv"], now=datetime(2025, 7, 1, tzinfo=UTC))
        assert done.wrong == (table == "rates")
    return lake_of(workspace).history(), usage_rules(workspace), label_rules(workspace, 56)


def test_rates_are_a_table_like_any_other(from_files: tuple[History, UsageRules, LabelRules]) -> None:
    """Ingested, quarantined, known from their day on: 1,000 francs and 1,000 euros are 1,940 francs in June."""
    told, usage, labels = from_files
    assert usage.currency == labels.usage.currency == "CHF"
    for day, arr in ((1, 1940.0), (2, 1930.0)):
        as_of = datetime(2025, 6, day, tzinfo=UTC)
        assert compute_signals(told, as_of=as_of, rules=usage)["arr"].to_list() == [arr]
        assert population(told, as_of, currency=usage.currency)["arr"].to_list() == [arr]
        assert label(told, as_of, labels)["arr0"].to_list() == [arr]
