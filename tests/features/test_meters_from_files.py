"""Each kind of meter on one small file, from the file to the signals."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from consumption.features.compute import compute_signals
from consumption.features.signal_set import SIGNALS
from consumption.jobs.create import create
from consumption.jobs.ingest import ingest
from consumption.jobs.opening import lake_of, usage_rules

Read = Callable[..., Callable[[str], dict[str, object]]]

CONTRACT = "contract_id,account_id,product,starts_on,ends_on,quantity,arr,unit,period,unit_price,rolls_over\n"


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Ingests files by table into a new workspace; the answer gives the signals of `acme` as of a day."""

    def of(settings: str, **files: str) -> Callable[[str], dict[str, object]]:
        workspace = create(tmp_path / "workspace", settings=settings)
        for table, text in ({"accounts": "account_id,created_at\nacme,2024-01-01\n"} | files).items():
            file = tmp_path / f"{table}.csv"
            file.write_text(text, "utf-8")
            assert not ingest(workspace, table, [file], now=datetime(2026, 1, 1, tzinfo=UTC)).wrong
        history, rules = lake_of(workspace).history(), usage_rules(workspace)

        def signals(day: str) -> dict[str, object]:
            as_of = datetime.fromisoformat(day).replace(tzinfo=UTC)
            return compute_signals(history, as_of=as_of, signals=SIGNALS, rules=rules).row(0, named=True)

        return signals

    return of


def test_a_licence_report_is_a_gauge(read: Read) -> None:
    """An MSP reports each month how many licences each of its customers holds: the last figures count, not their sum.

    45 + 25 of the last report and 10 of a customer that was in the one before make 80 of 100. A customer that has not
    been reported for twelve weeks while others were is gone.
    """
    settings = """
        [meters.licence]
        events = ["licence_report"]
        how = "last"
        [ingest.events]
        columns = {timestamp = "reported", asset_id = "customer", product = "sku", quantity = "licences"}
        constants = {account_id = "acme", event = "licence_report"}
        """
    report = (
        "reported,customer,sku,licences\n"
        "2025-05-01,alpha,Mail,40\n2025-05-01,beta,Mail,30\n2025-05-01,gamma,Mail,10\n"
        "2025-06-01,alpha,Mail,45\n2025-06-01,beta,Mail,25\n2025-06-01,beta,Other,7\n"
        "2025-09-01,alpha,Mail,45\n2025-09-01,beta,Mail,20\n"
    )
    contracts = CONTRACT + "1,acme,Mail,2025-01-01,2026-01-01,100,12000,licence,,,\n"
    signals = read(settings, contracts=contracts, events=report)
    june = signals("2025-06-15")
    assert (june["level_utilisation"], june["idle_value"]) == (0.8, 2400)
    assert (june["unit_utilisation"], june["seat_utilisation_28d"]) == (None, None)
    assert signals("2025-05-01")["level_utilisation"] == 0
    assert signals("2025-09-02")["level_utilisation"] == 0.65


def test_an_hour_meter_is_reset(read: Read) -> None:
    """A meter shows 1,000 before the term, then 1,100, 1,180; it is exchanged and shows 20, then 50: 230 hours."""
    settings = '[meters.hour]\nevents = ["meter_read"]\nhow = "counter"\n'
    readings = (
        "account_id,timestamp,event,asset_id,quantity\n"
        "acme,2025-05-20T08:00:00,meter_read,m1,50\nacme,2025-03-01T08:00:00,meter_read,m1,1000\n"
        "acme,2025-04-01T08:00:00,meter_read,m1,1100\nacme,2025-05-01T08:00:00,meter_read,m1,1180\n"
        "acme,2025-05-10T08:00:00,meter_read,m1,20\nacme,2025-05-10T08:00:00,lamp_on,m1,9000\n"
    )
    contracts = CONTRACT + "1,acme,Press,2025-03-15,2026-03-15,1000,5000,hour,,,\n"
    signals = read(settings, contracts=contracts, events=readings)
    assert signals("2025-06-01")["unit_utilisation"] == 0.23
    # The exchange is not known yet on its own day.
    assert signals("2025-05-10")["unit_utilisation"] == 0.18
    assert signals("2025-03-20")["unit_utilisation"] == 0


def test_credits_stand_beside_seats_in_one_product(read: Read) -> None:
    """Two of ten seats are in use and 200 of 1,000 credits; programs burn credits and sit on no seat."""
    settings = '[meters.credit]\nevents = ["api_call"]\n'
    events = (
        "account_id,timestamp,event,product,user_id,quantity\n"
        "acme,2025-05-20,open,Quill,ada,1\nacme,2025-05-21,open,Quill,bob,1\nacme,2025-05-22,open,Quill,ada,1\n"
        "acme,2025-05-23,api_call,Quill,,150\nacme,2025-05-24,api_call,Quill,,50\nacme,2025-05-24,api_call,Ink,,77\n"
    )
    seat_terms, credit_terms = (
        f"{number},acme,Quill,2025-01-01,2026-01-01,{terms},,,\n"
        for number, terms in enumerate(("10,9000,seat", "1000,1000,credit"))
    )
    june = read(settings, contracts=CONTRACT + seat_terms + credit_terms, events=events)("2025-06-01")
    assert (june["seat_utilisation_28d"], june["seats_bought"], june["unit_utilisation"]) == (0.2, 10, 0.2)
    # The idle part of each weighs by what it is worth: 80 % of seats' 9,000 and what credits will leave.
    left = 1 - (0.2 + 0.2 / 28 * 214)
    assert june["consumption_gap"] == pytest.approx(0.8 * 0.9 + max(left, 0) * 0.1)


def calls(*counts: int) -> str:
    """A file with that many calls on the fifth of January, February and so on."""
    rows = [f"acme,2025-{month:02d}-05,call,{count}\n" for month, count in enumerate(counts, start=1)]
    return "account_id,timestamp,event,quantity\n" + "".join(rows)


MONTHLY = CONTRACT + "1,acme,Voice,2025-01-01,2026-01-01,100,600,call,month,0.5,"


def test_a_monthly_allowance_lapses(read: Read) -> None:
    """100 calls a month: 60, 130 and 100 were used, and 20 in ten days of April.

    What January left, 40 at .50, has lapsed; February's overage is nobody's credit. At 20 in the last four weeks
    20 / 28 x 20 more of April's 100 will be used, and the others lapse; the 80 left would last 112 days.
    """
    april = read("", contracts=MONTHLY + "false\n", events=calls(60, 130, 100, 20))("2025-04-11")
    assert (april["unit_utilisation"], april["pacing"]) == (0.2, pytest.approx(0.6))
    assert (april["lapsed_value"], april["overage_value"]) == (20, 0)
    assert april["breakage_value"] == pytest.approx(0.5 * (80 - 20 / 28 * 20))
    assert april["days_to_exhaustion"] == pytest.approx(112)


def test_a_monthly_allowance_rolls_over(read: Read) -> None:
    """The same calls where unused ones move on: nothing has lapsed, and 310 of the year's 1,200 are used.

    100 of 365 days have passed. At 20 in four weeks 189 more will be used, and the other 701 lapse with the year.
    """
    april = read("", contracts=MONTHLY + "true\n", events=calls(60, 130, 100, 20))("2025-04-11")
    assert april["unit_utilisation"] == 310 / 1200
    assert april["pacing"] == pytest.approx(310 / 1200 / (100 / 365))
    assert april["lapsed_value"] == 0
    assert april["breakage_value"] == pytest.approx(0.5 * (1200 - 310 - 20 / 28 * 265))


def test_paid_overage_is_no_debt_of_later_months(read: Read) -> None:
    """60 and 160 were used of 100 a month that roll over: after 140 the pot was empty, and 20 were paid for.

    So March begins with 100 and not with 80. With 100 in March and 20 in April, 320 of the 1,200 are used.
    """
    signals = read("", contracts=MONTHLY + "true\n", events=calls(60, 160, 100, 20))
    assert signals("2025-04-11")["unit_utilisation"] == 320 / 1200
    # Before the first of March nothing is settled: 220 were used, 20 of them beyond what had been poured in.
    assert signals("2025-02-20")["unit_utilisation"] == 220 / 1200
    assert signals("2025-03-01")["unit_utilisation"] == 200 / 1200


def test_machines_are_counted_by_what_they_report(read: Read) -> None:
    """Three of four machines under warranty reported in 28 days; what people do counts for no machine."""
    settings = '[meters.asset]\nhow = "distinct_assets"\n'
    events = (
        "account_id,timestamp,event,asset_id,user_id\n"
        "acme,2025-05-20,beat,m1,\nacme,2025-05-21,beat,m1,\nacme,2025-05-22,beat,m2,\nacme,2025-05-04,beat,m3,\n"
        "acme,2025-05-03,beat,m4,\nacme,2025-05-25,open,,ada\n"
    )
    contracts = CONTRACT + "1,acme,Cover,2025-01-01,2026-01-01,4,1000,asset,,,\n"
    assert read(settings, contracts=contracts, events=events)("2025-06-01")["level_utilisation"] == 0.75
