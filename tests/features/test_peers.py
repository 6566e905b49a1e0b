"""Where an account stands among those of its segment."""

from __future__ import annotations

from consumption.features.compute import compute_signals, peer_reference, segments, with_peers
from consumption.features.signal_set import SIGNALS
from tests.features.small import DAY, JUNE_1, SIGNAL, accounts, events, history

WANTED = [SIGNAL["events_28d"], SIGNAL["events_28d_percentile"]]
NAMES = [f"a{n}" for n in range(6)]


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
    reference = peer_reference(snapshot, segments(whole, JUNE_1), WANTED)
    today = compute_signals(history(**book(5)), as_of=JUNE_1, signals=WANTED, peers=reference)
    assert today["events_28d_percentile"].to_list() == [0.6]
    lowest = compute_signals(history(**book(0)), as_of=JUNE_1, signals=WANTED, peers=reference)
    assert lowest["events_28d_percentile"].to_list() == [0.1]


def test_parts_are_ranked_again_as_a_whole() -> None:
    """A snapshot put together of parts takes percentiles over all of it, in the same columns."""
    whole = history(**book(0, 1, 2, 3, 4, 5))
    expected = compute_signals(whole, as_of=JUNE_1)
    parts = [compute_signals(whole.only(ids), as_of=JUNE_1) for ids in (NAMES[:3], NAMES[3:])]
    together = with_peers(parts[0].vstack(parts[1]), segments(whole, JUNE_1), SIGNALS)
    assert together.equals(expected)
