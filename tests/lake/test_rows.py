"""Values as files spell them, and rows that are wrong."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumption.lake.columns import Mapping_
from consumption.lake.delta import Lake
from consumption.lake.spelling import Spelling, as_type
from consumption.tables import TIMESTAMP
from tests.lake.conftest import Load

ISO = Spelling()


def read(text: object, dtype: pl.DataType, spelling: Spelling = ISO) -> Any:
    """One value, read as this type."""
    return as_type(pl.Series([text]), dtype, spelling).item()


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", 12.0),
        (" -1.5 ", -1.5),
        ("1e3", 1000.0),
        ("1,234.50", 1234.5),
        ("1.234,50", 1234.5),
        ("1,234,567", 1234567.0),
        ("1 234 567", 1234567.0),
        ("12,5", 12.5),
        ("1,234", None),
        ("twelve", None),
        ("12 %", None),
    ],
)
def test_numbers_in_the_usual_spellings(text: str, number: float | None) -> None:
    """Separators of thousands and decimal commas are understood where they can mean one thing only."""
    assert read(text, pl.Float64()) == number


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-07-01T10:00:00Z", datetime(2024, 7, 1, 10, tzinfo=UTC)),
        ("2024-07-01 10:00:00", datetime(2024, 7, 1, 10, tzinfo=UTC)),
        ("2024-07-01 10:00:00 UTC", datetime(2024, 7, 1, 10, tzinfo=UTC)),
        ("2024-07-01T10:00", datetime(2024, 7, 1, 10, tzinfo=UTC)),
        ("2024-07-01", datetime(2024, 7, 1, tzinfo=UTC)),
        ("2024-07-01T10:00:00.123456789+02:00", datetime(2024, 7, 1, 8, 0, 0, 123456, tzinfo=UTC)),
        ("2024-07-01 10:00:00-0500", datetime(2024, 7, 1, 15, tzinfo=UTC)),
        ("2024-07-01 10:00:00+02", datetime(2024, 7, 1, 8, tzinfo=UTC)),
        ("1719828000", None),
        ("2024-02-30", None),
        ("01.07.2024", None),
    ],
)
def test_times_in_the_usual_spellings(text: str, moment: datetime | None) -> None:
    """ISO 8601 with or without T, seconds and zone; seconds since 1970 are not guessed."""
    assert read(text, TIMESTAMP) == moment


def test_times_without_a_zone_are_of_the_zone_that_settings_name() -> None:
    """Berlin in summer is two hours ahead; a time that the clocks skipped is none; a zone in the text wins."""
    berlin = Spelling(zone="Europe/Berlin")
    assert read("2024-07-01 10:00:00", TIMESTAMP, berlin) == datetime(2024, 7, 1, 8, tzinfo=UTC)
    assert read(datetime(2024, 7, 1, 10), TIMESTAMP, berlin) == datetime(2024, 7, 1, 8, tzinfo=UTC)  # noqa: DTZ001 - a time without a zone is what is read
    assert read("2024-07-01 10:00:00Z", TIMESTAMP, berlin) == datetime(2024, 7, 1, 10, tzinfo=UTC)
    assert read("2024-03-31 02:30:00", TIMESTAMP, berlin) is None


def test_a_date_format_comes_before_iso() -> None:
    """What settings name is tried first; ISO dates are read all the same."""
    german = Spelling(date_format="%d.%m.%Y")
    assert read("31.01.2024", pl.Date(), german) == date(2024, 1, 31)
    assert read("2024-01-31", pl.Date(), german) == date(2024, 1, 31)
    assert read("31.01.2024", TIMESTAMP, german) == datetime(2024, 1, 31, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "flag"),
    [("Yes", True), ("true", True), ("1", True), ("NO", False), ("f", False), (0, False), ("maybe", None)],
)
def test_yes_and_no(text: object, flag: bool | None) -> None:
    """In words, letters and digits."""
    assert read(text, pl.Boolean()) is flag


def test_ids_that_went_through_floats_are_whole_again() -> None:
    """A tool that stored the id 28400 as 28400.0 does not make another account of it."""
    assert as_type(pl.Series([28400.0, None]), pl.String(), ISO).to_list() == ["28400", None]
    assert as_type(pl.Series([1.5]), pl.String(), ISO).to_list() == ["1.5"]


@settings(deadline=None)
@given(st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1)))  # noqa: DTZ001 - a time without a zone is what is read
def test_a_time_is_the_same_in_text_and_in_type(moment: datetime) -> None:
    """What Python writes as ISO 8601 is read to the microsecond, with and without zone."""
    utc = moment.replace(tzinfo=UTC)
    assert read(moment.isoformat(), TIMESTAMP) == utc
    assert read(utc.isoformat(), TIMESTAMP) == utc
    assert read(moment, TIMESTAMP) == utc


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_the_same_in_text_and_in_type(number: float) -> None:
    """No digit is lost."""
    assert read(repr(number), pl.Float64()) == number


def test_wrong_rows_go_to_quarantine_with_reason_file_and_line(lake: Lake, load: Load) -> None:
    """Good rows load; of a wrong row everything wrong is said."""
    done = load(
        "contracts",
        "contract_id,account_id,product,starts_on,ends_on,quantity,arr,kind\n"
        "c1,acme,suite,2024-01-01,2025-01-01,10,1000,Subscription\n"
        "c2,acme,suite,31/02/2024,2025-01-01,ten,1000,\n"
        "c3,,suite,2024-01-01,2025-01-01,10,1000,\n"
        "c4,acme,suite,2024-01-01,2024-01-01,10,1000,\n"
        "c5,acme,suite,2024-01-01,2025-01-01,10,inf,\n"
        "c6,acme,suite,2024-01-01,2025-01-01,10,1000,rental\n"
        "c7,acme,suite,2024-01-01,2025-01-01,10,1000,warranty,and more\n",
    )
    assert (done.added, done.wrong) == (1, 6)
    assert lake.scan("contracts").collect()["kind"].to_list() == ["subscription"]
    wrong = lake.wrong_rows("contracts").sort("line").collect()
    assert wrong.select("line", "reason").rows() == [
        (3, 'starts_on: "31/02/2024" is not a date; quantity: "ten" is not a number'),
        (4, "account_id is empty"),
        (5, "ends_on 2024-01-01 is not after starts_on 2024-01-01"),
        (6, 'arr: "inf" is not a finite number'),
        (7, 'kind: "rental" is not one of subscription, consumption, outcome, warranty'),
        (8, "9 fields, but the header has 8"),
    ]
    assert wrong["file"].str.ends_with("contracts_1.csv").all()
    assert json.loads(wrong["row"][1])["contract_id"] == "c3"


def test_values_that_cannot_be_meant_go_to_quarantine(lake: Lake, load: Load) -> None:
    """A price below zero, a guarantee of 92 where a share is meant, a currency that is no code: each with why.

    A yearly value or a quantity below zero may be a discount, or a line that takes back, and loads; so does a
    currency in small letters.
    """
    terms = "currency,guaranteed,unit_price,notice_days"
    head = f"contract_id,account_id,product,starts_on,ends_on,quantity,arr,{terms}\n"
    term = "acme,suite,2024-01-01,2025-01-01"
    done = load(
        "contracts",
        f"{head}c1,{term},-10,-50,eur,0.92,5,30\nc2,{term},-10,1000,EURO,92,-5,-30\nc3,{term},10,1000,EUR,,nan,\n",
    )
    assert (done.added, done.wrong) == (1, 2)
    assert lake.wrong_rows("contracts").sort("line").collect()["reason"].to_list() == [
        'notice_days: "-30" is below zero; unit_price: "-5" is below zero; '
        'currency: "EURO" is not a currency code of three letters, such as EUR; '
        'guaranteed: "92" is not a share from 0 to 1',
        'unit_price: "nan" is not a finite number',
    ]


@pytest.mark.parametrize("rate", ["0", "-1.1"])
def test_a_rate_is_above_zero(lake: Lake, load: Load, rate: str) -> None:
    """Nothing can be exchanged at any other."""
    load("rates", f"currency,valid_on,rate\nUSD,2024-01-01,0.9\nCHF,2024-01-01,{rate}\n")
    assert lake.scan("rates").collect()["currency"].to_list() == ["USD"]
    assert lake.wrong_rows("rates").collect()["reason"].to_list() == [f'rate: "{rate}" is not above zero']


def test_a_currency_is_one_however_it_is_written(lake: Lake, load: Load) -> None:
    """Small letters name the same currency: the later rate corrects the earlier one, and no second row stands."""
    load("rates", "currency,valid_on,rate\nUSD,2024-01-01,0.9\n")
    load("rates", "currency,valid_on,rate,received_at\nusd,2024-01-01,0.8,2024-02-01\n")
    rates = lake.history().before(datetime(2024, 3, 1, tzinfo=UTC)).rates.collect()
    assert rates.select("currency", "rate").rows() == [("USD", 0.8)]


def test_a_wrong_row_of_parquet_is_counted_from_one(lake: Lake, load: Load) -> None:
    """Parquet has rows instead of lines."""
    load("events", pl.DataFrame({"account_id": ["a", None], "timestamp": ["2024-01-01"] * 2, "event": ["x"] * 2}))
    assert lake.wrong_rows("events").collect()["line"].to_list() == [2]


def test_names_match_without_regard_to_case(lake: Lake, load: Load) -> None:
    """ACCOUNT_ID is account_id; a mapping may name columns as it likes."""
    load("accounts", "ACCOUNT_ID,Created_At,NAME\nacme,2024-01-01,Acme\n")
    assert lake.scan("accounts").collect()["name"].to_list() == ["Acme"]


def test_a_mapping_names_columns_constants_dates_and_zone(lake: Lake, load: Load) -> None:
    """Columns are renamed (attributes too), constants fill every row, dates and times are read as told."""
    load(
        "accounts",
        "Kunde;Seit;Stufe;SFDC\nacme;01.07.2024 12:00;Gold;001\n",
        mapping=Mapping_(
            columns={"account_id": "kunde", "created_at": "Seit", "salesforce_id": "SFDC"},
            constants={"region": "EMEA", "origin": "crm"},
            date_format="%d.%m.%Y %H:%M",
            zone="Europe/Berlin",
        ),
    )
    account = lake.scan("accounts").collect().row(0, named=True)
    assert account["account_id"] == "acme"
    assert account["created_at"] == datetime(2024, 7, 1, 10, tzinfo=UTC)
    assert account["region"] == "EMEA"
    assert json.loads(account["attributes"]) == {"Stufe": "Gold", "origin": "crm", "salesforce_id": "001"}


def test_a_required_column_may_be_a_constant(lake: Lake, load: Load) -> None:
    """A file of one channel need not have a column that says so."""
    mapping = Mapping_(constants={"channel": "ticket"})
    load("interactions", "interaction_id,account_id,timestamp\ni1,acme,2024-01-01\n", mapping=mapping)
    assert lake.scan("interactions").collect()["channel"].to_list() == ["ticket"]


def test_unknown_columns_are_kept_as_attributes(lake: Lake, load: Load) -> None:
    """One JSON object with sorted keys, types kept, nulls left out."""
    rows = pl.DataFrame(
        {
            "account_id": ["a", "b"],
            "created_at": [datetime(2024, 1, 1)] * 2,  # noqa: DTZ001 - a time without a zone is what is read
            "zeta": [1, None],
            "alpha": ["x", None],
            "since": [date(2024, 1, 2), None],
            "flags": [[1, 2], None],
        }
    )
    load("accounts", rows)
    found = lake.scan("accounts").sort("account_id").collect()["attributes"].to_list()
    assert found == ['{"alpha":"x","flags":[1,2],"since":"2024-01-02","zeta":1}', None]


def test_an_event_without_a_quantity_counts_one(lake: Lake, load: Load) -> None:
    """Quantity is 1 where absent."""
    load("events", "account_id,timestamp,event,quantity\na,2024-01-01,x,\na,2024-01-01,x,3\n")
    assert sorted(lake.scan("events").collect()["quantity"]) == [1.0, 3.0]
