"""Whether a challenger takes the champion's place."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from consumption.models.judging.gate import compare
from consumption.models.judging.gate_trials import equal_challengers, two_models

MONDAY = datetime(2026, 1, 5, tzinfo=UTC)


def test_a_clearly_better_challenger_is_promoted() -> None:
    """It sees what the champion hardly sees."""
    verdict = compare(*two_models(2, champion=4.0, challenger=0.3), draws=500, approved=True)
    assert (verdict.decision, verdict.wins) == ("promote", True)
    assert 0 < verdict.low < verdict.gain < verdict.high
    assert verdict.reasons[-1] == "It is promoted: the gain is beyond doubt."


def test_an_equal_challenger_is_kept_out() -> None:
    """Luck on three snapshots is not enough: at most 2 of 40 equal challengers get through."""
    found = equal_challengers(40, draws=400)
    assert found.promoted <= 2
    assert found.took_over <= 3


def test_the_same_model_again_changes_nothing() -> None:
    """No gain, no loss: the champion stays."""
    champion, _ = two_models(3, champion=1.0, challenger=1.0)
    verdict = compare(champion, champion, draws=200)
    assert (verdict.decision, verdict.gain, verdict.log_loss_change) == ("keep", 0.0, 0.0)


def test_better_probabilities_on_equal_lists_are_a_refresh() -> None:
    """The same order, but a champion that is far too sure: the challenger informs better and loses nothing."""
    _, challenger = two_models(5, champion=1.0, challenger=1.0)
    sure = challenger.with_columns(probability=(pl.col("probability") * 2.2).clip(0, 0.99))
    verdict = compare(sure, challenger, draws=500)
    assert verdict.decision == "refresh"
    assert verdict.ece_change < 0


def test_a_challenger_that_ranks_better_but_says_wrong_probabilities_is_kept_out() -> None:
    """Money and plans are sums of probabilities: calibration error may not grow by .005."""
    champion, challenger = two_models(2, champion=4.0, challenger=0.3)
    verdict = compare(
        champion, challenger.with_columns(probability=(pl.col("probability") * 2.5).clip(0, 0.99)), draws=500
    )
    assert verdict.decision == "keep"
    assert "off by over" in verdict.reasons[-1]


def on_lists(champion: list[int], challenger: list[int], *, said: tuple[float, float]) -> pl.DataFrame:
    """Two hundred accounts, five of ten lost: which of each ten a list of one a model puts on it, by turns.

    `said`: of accounts that were lost, by champion and challenger; of all others the rest.
    """
    rows = [
        {"account_id": f"a{n:03d}", "as_of": MONDAY, "owner": f"rep{n // 10}", "happened": float(n % 10 < 5),
         "dollars": 10.0 if n % 10 < 5 else 0.0, "old": float(n % 10 == champion[n // 10 % len(champion)]),
         "new": float(n % 10 == challenger[n // 10 % len(challenger)]), "place": n % 10}
        for n in range(200)
    ]  # fmt: skip
    lost = pl.col("happened") > 0
    return pl.DataFrame(rows).with_columns(
        old_said=pl.when(lost).then(said[0]).otherwise(1.0 - said[0]),
        new_said=pl.when(lost).then(said[1]).otherwise(1.0 - said[1]),
    )


def both(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The two models' scores of such rows."""
    old, new = (
        rows.select("account_id", "as_of", "owner", "happened", "dollars", value=who, probability=f"{who}_said")
        for who in ("old", "new")
    )
    return old, new


def test_half_of_the_lists_may_change_and_no_more() -> None:
    """The challenger finds what was lost, the champion on every second list, or on two of five."""
    for champion, waits in (([0, 9], False), ([0, 0, 9, 9, 9], True)):
        verdict = compare(*both(on_lists(champion, [0], said=(0.3, 0.6))), k=1, draws=200)
        assert (verdict.decision, verdict.waits) == ("promote", waits)


def test_better_probabilities_do_not_pay_for_worse_lists() -> None:
    """Beyond doubt better informed, but the lists hold a twentieth less: over a hundredth is too much."""
    worse = [9] + [0] * 19
    verdict = compare(*both(on_lists([0], worse, said=(0.3, 0.8))), k=1, draws=200)
    assert verdict.gain == pytest.approx(-0.05)
    assert verdict.log_loss_change < 0
    assert verdict.decision == "keep"


@pytest.mark.parametrize(("stake", "decision"), [(1.7, "refresh"), (2.15, "keep")])
def test_a_refresh_may_cost_a_hundredth_of_the_dollars_and_no_more(stake: float, decision: str) -> None:
    """One list of twenty is missed, on which .9 %, or 1.1 %, of all that could have been listed stood."""
    first = (pl.col("owner") == "rep0") & (pl.col("happened") > 0)
    rows = on_lists([0], [9] + [0] * 19, said=(0.3, 0.8))
    verdict = compare(
        *both(rows.with_columns(dollars=pl.when(first).then(stake).otherwise("dollars"))), k=1, draws=200
    )
    assert verdict.gain == pytest.approx(-stake / (190.0 + stake))
    assert verdict.decision == decision


@pytest.mark.parametrize(("said", "decision"), [(0.0088, "promote"), (0.0112, "keep")])
def test_a_calibration_error_may_be_higher_by_five_thousandths_and_no_more(said: float, decision: str) -> None:
    """Half of the accounts stay, of all of whom the champion said so: beyond chance the challenger is off by half."""
    rows = on_lists([9], [0], said=(1.0, 1.0)).with_columns(
        new_said=pl.when(pl.col("happened") > 0).then(1.0).otherwise(said)
    )
    verdict = compare(*both(rows), k=1, draws=200, approved=True)
    assert verdict.ece_change == pytest.approx(said / 2.0)
    assert verdict.decision == decision


def test_the_reasons_of_a_verdict_are_five_sentences() -> None:
    """Dollars, log loss, calibration, overlap, and what follows; every list is alike, so that no draw differs.

    From .3 to .8 for what happened: ln .3 - ln .8 = -.9808; off by .2 and no longer by .7.
    """
    rows = both(on_lists([0], [0], said=(0.3, 0.8)))
    told = (
        "The challenger's lists hold 0.0% more of the value that could have been listed "
        "(95 % interval +0.0% to +0.0%).",
        "Its log loss changes by -0.9808 (-0.9808 to -0.9808).",
        "Its calibration error changes by -0.5000 (-0.5000 to -0.5000).",
        "100% of its lists stand on the champion's lists too.",
    )
    verdict = compare(*rows, k=1, draws=50)
    assert verdict.reasons == (
        *told,
        "It takes over as a refresh: no worse by a hundredth, and its probabilities are better beyond doubt.",
    )
    stopped = compare(*rows, k=1, draws=50, alarms=["Leak 3: `ends` tells too much."])
    assert stopped.reasons == (
        *told,
        "It is kept out: it leans on what may be a leak. Leak 3: `ends` tells too much.",
    )


def test_each_sentence_gives_the_bounds_of_its_own_figure() -> None:
    """The lower one first, the figure between them."""
    verdict = compare(*two_models(2, champion=4.0, challenger=0.3), draws=200, approved=True)
    dollars, log_loss, calibration = (
        [float(number) for number in re.findall(r"[-+]\d+\.\d+", said)] for said in verdict.reasons[:3]
    )
    assert dollars == pytest.approx([100 * verdict.low, 100 * verdict.high], abs=0.06)
    for (seen, low, high), change in ((log_loss, verdict.log_loss_change), (calibration, verdict.ece_change)):
        assert seen == pytest.approx(change, abs=1e-4)
        assert low < seen < high


def test_a_refresh_is_kept_out_by_a_leak_too() -> None:
    """Not only a promotion."""
    rows = both(on_lists([0], [0], said=(0.3, 0.8)))
    assert compare(*rows, k=1, draws=200).decision == "refresh"
    assert compare(*rows, k=1, draws=200, alarms=["Leak 3: `ends` tells too much."]).decision == "keep"


def test_a_calibration_error_that_chance_explains_keeps_nobody_out() -> None:
    """Of every three accounts two are lost, in two of ten threes one: .01 further off is more, by six of a thousand.

    Drawn anew, it is as often less.
    """
    lost = [1.0, 1.0, 0.0] * 8 + [1.0, 0.0, 0.0] * 2
    names = [f"a{n:02d}" for n in range(30)]
    known = {"account_id": names, "as_of": [MONDAY] * 30, "owner": ["rep"] * 30, "happened": lost, "dollars": lost}
    old = pl.DataFrame({**known, "probability": [0.5] * 30, "value": [-one for one in lost]})
    new = old.with_columns(value=pl.col("happened"), probability=pl.lit(0.49))
    verdict = compare(old, new, k=10, draws=400, approved=True)
    assert verdict.ece_change == pytest.approx(0.006)
    assert verdict.decision == "promote"


def test_only_the_same_rows_can_be_compared() -> None:
    """Another test set is another question."""
    champion, challenger = two_models(1, champion=1.0, challenger=1.0)
    with pytest.raises(ValueError, match="same rows"):
        compare(champion, challenger.head(10))


def test_a_winner_that_turns_the_lists_over_waits_for_approval() -> None:
    """Under half of its lists stand on the champion's: somebody has to say yes; then it ranks."""
    champion, challenger = two_models(2, champion=4.0, challenger=0.3)
    champion = champion.with_columns(value=-pl.col("value"))
    waiting = compare(champion, challenger, draws=500)
    assert (waiting.decision, waiting.waits, waiting.wins) == ("promote", True, False)
    assert waiting.overlap < 0.5
    assert "consumption promote, with --yes" in waiting.reasons[-1]
    assert compare(champion, challenger, draws=500, approved=True).wins


def test_the_overlap_is_the_share_of_the_challengers_lists_on_the_champions() -> None:
    """A list of one of ten accounts each: the same account, or another."""
    rows = pl.DataFrame(
        {
            "account_id": [f"a{n}" for n in range(10)] * 2,
            "as_of": [MONDAY] * 10 + [MONDAY + timedelta(days=28)] * 10,
            "owner": "rep",
            "probability": 0.1,
            "value": [float(n) for n in range(10)] * 2,
            "happened": [0.0, 1.0] * 10,
            "dollars": [0.0, 9.0] * 10,
        }
    )
    other = rows.with_columns(value=pl.when(pl.col("as_of") > MONDAY).then(-pl.col("value")).otherwise("value"))
    assert compare(rows, other, k=1, draws=20).overlap == 0.5
    assert compare(rows, rows, k=1, draws=20).overlap == 1.0


def test_nothing_is_promoted_on_what_may_be_a_leak() -> None:
    """However much better it looks; approval of the lists is no approval of a leak."""
    models = two_models(2, champion=4.0, challenger=0.3)
    verdict = compare(*models, draws=500, alarms=["Leak 2: `soon` is a late alarm."], approved=True)
    assert verdict.decision == "keep"
    assert "late alarm" in verdict.reasons[-2] + verdict.reasons[-1]


def test_probabilities_that_are_clearly_further_off_keep_a_better_order_out() -> None:
    """Far higher than they should be: off by more than chance explains, whatever the dollars on its lists."""
    kept = 0
    for seed in range(5000, 5004):
        champion, challenger = two_models(seed, champion=4.0, challenger=0.3)
        high = challenger.with_columns(probability=(pl.col("probability") * 2.5).clip(0, 0.99))
        assert compare(champion, challenger, draws=200, approved=True).wins
        verdict = compare(champion, high, draws=200, approved=True)
        kept += verdict.decision == "keep" and "off by over" in verdict.reasons[-1]
    assert kept == 4
