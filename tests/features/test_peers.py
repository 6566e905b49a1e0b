"""Where an account stands among those of its segment with its main product."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date

import polars as pl

from consumption.features.compute import compute_signals, peer_reference, with_peers
from consumption.features.peer_groups import GROUPS, peer_groups
from consumption.features.signal_set import SIGNALS
from consumption.lake.history import History
from tests.features.small import AS_OF, DAY, JUNE_1, RULES, SIGNAL, accounts, contract, events, history, rich

WANTED = [SIGNAL["events_28d"], SIGNAL["events_28d_percentile"]]
NAMES = [f"a{n}" for n in range(6)]
START, END = date(2025, 1, 1), date(2026, 1, 1)


def book(*counts: int, segment: str = "small") -> dict[str, object]:
    """Accounts with that many events each."""
    names = [f"a{n}" for n in range(len(counts))]
    rows = [
        (name, JUNE_1 - DAY, "open", "u") for name, count in zip(names, counts, strict=True) for _ in range(count)
    ]
    return {"accounts": accounts(*names, segment=segment), "events": events(*rows)}


def test_a_percentile_counts_those_below_and_half_of_the_equal() -> None:
    """Of 0, 1, 1, 2, 3: the first stands at .1, the two ones at .4, the last at .9."""
    found = compute_signals(history(**book(0, 1, 1, 2, 3)), as_of=JUNE_1, signals=WANTED)
    assert found["events_28d_percentile"].to_list() == [0.1, 0.4, 0.4, 0.7, 0.9]


def test_four_peers_are_too_few() -> None:
    """Among fewer than five a percentile says nothing."""
    found = compute_signals(history(**book(0, 1, 1, 2)), as_of=JUNE_1, signals=WANTED)
    assert found["events_28d_percentile"].to_list() == [None] * 4


def test_peers_are_of_the_same_segment() -> None:
    """Accounts without a segment are peers of each other."""
    tables = book(0, 1, 2, 3, 4, 5) | {"accounts": accounts(*NAMES, segment=[None, None, None, None, None, "large"])}
    found = compute_signals(history(**tables), as_of=JUNE_1, signals=WANTED)
    assert found["events_28d_percentile"].to_list() == [0.1, 0.3, 0.5, 0.7, 0.9, None]


def test_an_account_of_today_is_held_against_the_snapshot_of_last_night() -> None:
    """A value between two of the reference stands above all those below it."""
    whole = history(**book(0, 2, 4, 6, 8))
    snapshot = compute_signals(whole, as_of=JUNE_1, signals=WANTED)
    reference = peer_reference(snapshot, peer_groups(whole, JUNE_1), WANTED)
    today = compute_signals(history(**book(5)), as_of=JUNE_1, signals=WANTED, peers=reference)
    assert today["events_28d_percentile"].to_list() == [0.6]
    lowest = compute_signals(history(**book(0)), as_of=JUNE_1, signals=WANTED, peers=reference)
    assert lowest["events_28d_percentile"].to_list() == [0.1]


def test_parts_are_ranked_again_as_a_whole() -> None:
    """A snapshot put together of parts takes percentiles over all of it, in the same columns."""
    whole = history(**book(0, 1, 2, 3, 4, 5))
    expected = compute_signals(whole, as_of=JUNE_1)
    parts = [compute_signals(whole.only(ids), as_of=JUNE_1) for ids in (NAMES[:3], NAMES[3:])]
    together = with_peers(parts[0].vstack(parts[1]), peer_groups(whole, JUNE_1), SIGNALS)
    assert together.equals(expected)


def owning(products: Sequence[str | None], **columns: object) -> list[dict[str, object]]:
    """A contract an account, of its product; none where it owns nothing."""
    return [
        contract(f"a{n}", START, END, product=product, **columns) for n, product in enumerate(products) if product
    ]


def percentiles(products: Sequence[str | None], *counts: int) -> list[object]:
    """The percentiles of accounts with those products and numbers of events."""
    tables = book(*counts) | {"contracts": owning(products)}
    return compute_signals(history(**tables), as_of=JUNE_1, signals=WANTED)["events_28d_percentile"].to_list()


def test_peers_own_the_same_main_product() -> None:
    """Five with a desk are ranked among themselves, not with five of the same segment that have a lab."""
    found = percentiles(["desk"] * 5 + ["lab"] * 5, 0, 1, 2, 3, 4, 10, 11, 12, 13, 14)
    assert found == [0.1, 0.3, 0.5, 0.7, 0.9] * 2


def test_too_few_with_the_same_product_are_held_against_the_segment() -> None:
    """Four with a lab stand among all nine of their segment; the five with a desk still among themselves."""
    found = percentiles(["desk"] * 5 + ["lab"] * 4, 0, 1, 2, 3, 4, 10, 11, 12, 13)
    assert found[:5] == [0.1, 0.3, 0.5, 0.7, 0.9]
    assert found[5:] == [(2 * below + 1) / 18 for below in (5, 6, 7, 8)]


def test_who_is_not_in_force_is_compared_and_measures_nobody() -> None:
    """A customer that left, with nine events, would stand above all five that are there, who do not see it."""
    found = percentiles(["desk"] * 5 + [None], 0, 1, 2, 3, 4, 9)
    assert found == [0.1, 0.3, 0.5, 0.7, 0.9, 1.0]


def test_the_main_product_is_the_one_worth_most() -> None:
    """Two contracts for a desk add up against one for a lab; of equal ones the first name; ended ones never."""
    contracts = [
        contract("a0", START, END, product="lab", arr=500.0),
        contract("a0", START, END, product="desk", arr=300.0, contract_id="x"),
        contract("a0", START, END, product="desk", arr=201.0, contract_id="y"),
        contract("a1", START, END, product="lab", arr=7.0),
        contract("a1", START, END, product="desk", arr=7.0, contract_id="z"),
        contract("a2", START, JUNE_1.date(), product="lab"),
    ]
    tables = {"accounts": accounts("a0", "a1", "a2", segment="small"), "contracts": contracts}
    groups = peer_groups(history(**tables), JUNE_1)
    assert groups.schema == GROUPS
    assert groups["product"].to_list() == ["desk", "desk", None]
    assert groups["owned"].to_list() == [["desk", "lab"], ["desk", "lab"], []]
    assert groups["counts"].to_list() == [True, True, False]


def test_a_fall_of_all_is_told_from_the_fall_of_one() -> None:
    """Four of five go from three events to one: log 1/2. The fifth stays at three: log 2 above them."""
    rows = [
        (f"a{n}", JUNE_1 - days * DAY, "open", "u")
        for n in range(5)
        for days in ([1, 30, 30, 30] if n < 4 else [1, 1, 1, 30, 30, 30])
    ]
    names = ["events_trend_28d_segment", "events_trend_28d_against_segment", "active_users_trend_28d_segment"]
    tables = {"accounts": accounts(*NAMES[:5], segment="small"), "events": events(*rows)}
    found = compute_signals(history(**tables), as_of=JUNE_1, signals=[SIGNAL[name] for name in names])
    assert found[names[0]].to_list() == [math.log(0.5)] * 5
    assert found[names[1]].to_list() == [0.0] * 4 + [-math.log(0.5)]
    assert found[names[2]].to_list() == [0.0] * 5


def test_the_median_of_an_even_number_is_the_mean_of_the_two_in_the_middle() -> None:
    """Six accounts with 0 to 5 events and none before: as Polars says of their trends."""
    tables = book(*range(6)) | {"accounts": accounts(*NAMES, segment="small")}
    wanted = [SIGNAL["events_trend_28d"], SIGNAL["events_trend_28d_segment"]]
    found = compute_signals(history(**tables), as_of=JUNE_1, signals=wanted)
    assert found["events_trend_28d_segment"].unique().to_list() == [found["events_trend_28d"].median()]


def test_what_a_whole_segment_does_is_its_mean() -> None:
    """Five accounts with 0, 1, 1, 3 and 10 events, all on one day: three each, on .8 days; all of them share it."""
    names = ["events_28d_segment", "active_days_7d_segment", "value_events_28d_segment", "value_events_ever_segment"]
    found = compute_signals(
        history(**book(0, 1, 1, 3, 10)), as_of=JUNE_1, signals=[SIGNAL[name] for name in names], rules=RULES
    )
    assert found.select(names).unique().rows() == [(3.0, 0.8, 0.0, 0.0)]
    alone = compute_signals(history(**book(0, 1, 1, 3)), as_of=JUNE_1, signals=[SIGNAL[names[0]]])
    assert alone[names[0]].to_list() == [None] * 4


def test_one_account_alone_stands_where_it_stands_among_all() -> None:
    """With the reference of the whole snapshot, from its own history only; whoever it is, and whatever it owns."""
    whole = History.of(**rich(count=30))
    signals = [s for s in SIGNALS if s.source == "peers"]
    snapshot = compute_signals(whole, as_of=AS_OF, rules=RULES)
    reference = peer_reference(snapshot, peer_groups(whole, AS_OF), signals)
    for row in snapshot.iter_slices(1):
        alone = peer_groups(whole.only(row["account_id"].to_list()), AS_OF)
        assert with_peers(row, alone, signals, reference).equals(row)


def test_the_order_of_accounts_changes_nothing() -> None:
    """Neither the values nor the reference."""
    whole = History.of(**rich(count=30))
    snapshot, groups = compute_signals(whole, as_of=AS_OF, rules=RULES), peer_groups(whole, AS_OF)
    mixed, others = (frame.sample(fraction=1, shuffle=True, seed=3) for frame in (snapshot, groups))
    assert with_peers(mixed, others, SIGNALS).sort("account_id").equals(snapshot)


def test_groups_may_name_only_the_segment() -> None:
    """Who has no contracts to go by compares all accounts of a segment."""
    found = compute_signals(history(**book(0, 1, 2, 3, 4)), as_of=JUNE_1, signals=WANTED)
    plain = pl.DataFrame({"account_id": NAMES[:5], "segment": ["small"] * 5})
    assert with_peers(found, plain, WANTED).equals(found)
