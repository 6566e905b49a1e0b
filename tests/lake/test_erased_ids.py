"""Ids of erased people are known in whatever form files write them."""

from __future__ import annotations

import json

import polars as pl
import pytest

from consumption.lake.delta import Lake
from consumption.lake.erased import Erased, add_erased, hashed, named_in, phone_number, read_erased
from consumption.lake.persons import Person

ODD = ["auth0|4711abc", "user:4711", "acme/ada", "ada#4711", "O'Neil,4711", "ada 4711 of acme", 'ada"4711']


@pytest.fixture
def erased(lake: Lake) -> Erased:
    """A list with ids of unusual signs, and with a plain one."""
    add_erased(lake.erased, [*ODD, "ada-4711"], source="e")
    return read_erased(lake.erased)


def left(erased: Erased, column: str, text: str) -> str:
    """What is left of a text of a call."""
    rows, _ = erased.refuse("interactions", pl.DataFrame({"user_id": ["bob"], column: [text]}))
    return str(rows[column][0])


@pytest.mark.parametrize("name", ODD)
def test_an_id_of_any_signs_is_taken_out_of_attributes(erased: Erased, name: str) -> None:
    """As a value of JSON, in a list, and in JSON that is a text within JSON."""
    told = left(erased, "attributes", json.dumps({"cc": name, "all": [name, "bob"], "raw": json.dumps({"by": name})}))
    assert json.loads(told)["all"] == ["[erased]", "bob"]
    assert json.loads(told)["cc"] == "[erased]"
    assert json.loads(json.loads(told)["raw"]) == {"by": "[erased]"}


@pytest.mark.parametrize("name", [name for name in ODD if " " not in name])
def test_an_id_of_any_signs_is_taken_out_of_what_was_said(erased: Erased, name: str) -> None:
    """Between spaces, in brackets, and before a full stop."""
    assert left(erased, "text", f"Asked by {name}, for {name}.") == "Asked by [erased], for [erased]."
    assert left(erased, "topic", f"Seen ({name})") == "Seen ([erased])"


@pytest.mark.parametrize("name", ODD)
def test_a_wrong_row_with_such_an_id_is_left_out(erased: Erased, name: str) -> None:
    """Quarantine keeps rows as JSON."""
    wrong = pl.DataFrame({"row": [json.dumps({"account_id": "a", "user_id": name}), json.dumps({"user_id": "bob"})]})
    wrong = wrong.with_columns(pl.lit("late").alias("reason"))
    rows, count = erased.refuse_wrong(wrong)
    assert (rows.height, count) == (1, 1)


def test_other_ids_that_begin_alike_stay(erased: Erased) -> None:
    """Somebody else's id is not shortened, even where an erased one stands beside it."""
    assert left(erased, "text", "ada-4711 and ada-47110, user:4711 and user:47110") == (
        "[erased] and ada-47110, [erased] and user:47110"
    )


@pytest.mark.parametrize("written", ["+49 30 1234567", "030/1234567", "0049 (30) 123-4567", "(030) 1234567"])
def test_a_phone_number_is_known_however_it_is_dialled(lake: Lake, written: str) -> None:
    """By its last nine digits; another number stays."""
    number = phone_number("+49 30 1234567")
    assert number is not None
    add_erased(lake.erased, [number], source="e")
    erased = read_erased(lake.erased)
    assert left(erased, "text", f"Call {written} or 030 7654321.") == "Call [erased] or 030 7654321."
    assert phone_number("2024-01-31") != number
    assert phone_number("4711") is None


def test_a_phone_number_decides_no_wrong_row(lake: Lake) -> None:
    """The switchboard's is that of others too: they stay, without it."""
    add_erased(lake.erased, [str(phone_number("+49 30 1234567"))], source="e")
    wrong = pl.DataFrame({"row": ['{"name":"Bob Kent","phone":"030 1234567"}'], "reason": ["phone: 030 1234567"]})
    left, count = read_erased(lake.erased).refuse_wrong(wrong)
    assert (left.rows(), count) == ([('{"name":"Bob Kent","phone":"[erased]"}', "phone: [erased]")], 0)


def test_a_name_decides_a_wrong_row_beside_its_account(lake: Lake) -> None:
    """A namesake elsewhere stays, without the name; of a line that is no JSON, whatever it says decides."""
    add_erased(lake.erased, ["Mary O'Brien", named_in("acme", "mary o brien"), "u17"], source="e")
    texts = ['{"a":"acme","n":"Mary O\'Brien"}', '{"a":"bolt","n":"Mary O\'Brien"}', "x;u17;y", '{"any":"u17"}']
    left, count = read_erased(lake.erased).refuse_wrong(pl.DataFrame({"row": texts, "reason": ["late"] * 4}))
    assert (left["row"].to_list(), count) == (['{"a":"bolt","n":"[erased]"}'], 3)


@pytest.mark.parametrize(
    "said",
    [
        "Mary O'Brien",
        "mary o\u2019brien",
        "O'Brien, Mary",
        "Ana Maria de la Cruz Lopez",
        "Cruz  Lopez, Ana Maria de la",
    ],
)
def test_names_are_taken_out_however_they_are_written(lake: Lake, said: str) -> None:
    """With an apostrophe, of many words, and turned round; other words around them stay."""
    mary = Person(names=("Mary O'Brien", "Ana Maria de la Cruz Lopez"))
    add_erased(lake.erased, mary.known_by, source="e")
    erased = read_erased(lake.erased)
    assert left(erased, "text", f"Yes: {said}'s no, said O'Neil.") == "Yes: [erased]'s no, said O'Neil."
    assert json.loads(left(erased, "attributes", json.dumps({"by": said})))["by"] == "[erased]"


def test_a_list_from_before_words_were_counted_is_read_and_grows(lake: Lake) -> None:
    """Names that are on it are still known, and longer ones can join them."""
    old = pl.DataFrame({"salt": ["s"], "hash": [hashed("anna-maria trapp", "s")]})
    lake.erased.append(old, source="old")
    assert left(read_erased(lake.erased), "text", "Met Anna-Maria Trapp.") == "Met [erased]."
    add_erased(lake.erased, ["a b c d e f g"], source="new")
    assert left(read_erased(lake.erased), "text", "Anna-Maria Trapp; a b c d e f g") == "[erased]; [erased]"


def test_names_of_more_than_two_words_are_taken_out(lake: Lake) -> None:
    """As they stand in a sentence."""
    add_erased(lake.erased, ["Anna Maria von Trapp"], source="e")
    told = left(read_erased(lake.erased), "text", "Met Anna Maria von Trapp and Maria Callas.")
    assert told == "Met [erased] and Maria Callas."
