"""What an entry of the catalogue may hold: nothing breaks the reader, and the page says all of it."""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from consumption.actions.catalogue import Action, Catalogue, WrongCatalogue, default_text, load, package_goals, parse
from consumption.actions.conditions import FUNCTIONS
from consumption.actions.document import actions_markdown
from consumption.actions.entry_keys import KEYS, PRIOR_KEYS
from consumption.actions.entry_page import EXAMPLE, FACTS_IN_WORDS
from consumption.actions.facts import FACTS, columns
from consumption.actions.terms import FUNDINGS
from consumption.actions.unmatched import unmatched
from consumption.actions.wording import Lines
from consumption.features.drivers import DRIVER_LABELS, DRIVER_SIGNALS
from consumption.features.signal_set import SIGNALS
from consumption.models.increments.belief import OUTCOMES, Prior
from tests.actions.books import default_catalogue
from tests.actions.test_catalogue import GOOD, NAMES, problems

PAGE = actions_markdown(default_catalogue())
WORDS = st.text("ab _1%'\"(*)<=.", max_size=12)
SCALARS = st.one_of(
    st.booleans(), st.integers(-(10**20), 10**20), st.floats(), WORDS, st.dates(), st.datetimes(), st.times(),
    st.sampled_from([*KEYS, *FUNCTIONS, "none", "sponsored", "self_service", "churn", "large", "greatest() > 1"]),
)  # fmt: skip
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3), max_leaves=5
)


def toml(value: Any) -> str:
    """A value as TOML writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{toml(key)} = {toml(one)}' for key, one in value.items())}}}"
    if isinstance(value, (date, datetime, time)):
        return value.isoformat()
    return repr(value)


def entry(**changed: Any) -> str:
    """A right entry with some keys changed, as one [[action]]."""
    right: dict[str, Any] = {
        "id": "visit", "title": "Visit them", "motion": "help", "service_line": "field", "hours": 4,
        "eligible": "active_users_28d < 3", "steps": ["go"],
        "prior": [{"outcome": "churn", "driver": "low_adoption", "odds": -0.3, "accounts": 400}],
    }  # fmt: skip
    return "[[action]]\n" + "".join(f"{toml(key)} = {toml(value)}\n" for key, value in (right | changed).items())


def read_or_refused(text: str) -> Catalogue | None:
    """What a text gives; None where it is refused by line, and any other exception comes through."""
    try:
        return parse(text, NAMES)
    except WrongCatalogue as error:
        unplaced = [
            problem for problem in error.problems if not re.search(r"^actions\.toml line \d|at line \d", problem)
        ]
    assert unplaced == []
    return None


@given(st.sampled_from([*KEYS, "pirce"]), VALUES)
@example("prior", [3])
@example("hours", 10**4000)
@example("eligible", "greatest() > 3")
@example("sponsored_until", datetime(2026, 1, 1, tzinfo=UTC))
def test_a_value_of_a_wrong_kind_is_told_by_its_line(key: str, value: Any) -> None:
    """Whatever stands behind a key, the catalogue is read or refused; the reader never breaks."""
    read_or_refused(entry(**{key: value}))


@given(st.sampled_from([*PRIOR_KEYS, "odd"]), VALUES)
def test_a_claim_of_a_wrong_kind_is_told_by_its_line(key: str, value: Any) -> None:
    """So do the keys of a claim."""
    claim = {"outcome": "churn", "driver": "large", "odds": 0.1, "accounts": 10, key: value}
    read = read_or_refused(entry(prior=[claim]))
    if read is not None:
        (prior,) = read.by_id["visit"].priors
        assert (-1 < prior.odds <= 3, prior.accounts > 0) == (True, True)


@given(st.sampled_from(["action", "actions", "x y"]), VALUES)
@example("action", [3])
@example("action", 3)
def test_whatever_stands_beside_or_in_place_of_entries_is_told_by_its_line(key: str, value: Any) -> None:
    """A key that is no entry, and entries that are none."""
    read_or_refused(f"{toml(key)} = {toml(value)}\n")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (b'# caf\xe9\n[[action]]\nid = "x"\n', r"actions\.toml line 1: this is no UTF-8; save the file as UTF-8"),
        (b'[[action]]\nid = "caf\xe9"\n', r"actions\.toml line 2: this is no UTF-8"),
        (b"x = " + b"9" * 5_000, "a number too long"),
        (b"x = " + b"[" * 100_000, "too deep"),
    ],
)
def test_a_file_that_cannot_be_read_at_all_is_told(tmp_path: Path, written: bytes, said: str) -> None:
    """A spreadsheet's encoding, and what is no catalogue."""
    (tmp_path / "actions.toml").write_bytes(written)
    with pytest.raises(WrongCatalogue, match=said):
        load(tmp_path / "actions.toml", NAMES)


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    """Editors of one system write it in front of every file."""
    (tmp_path / "actions.toml").write_text(GOOD, "utf-8-sig")
    assert load(tmp_path / "actions.toml", NAMES).by_id.keys() == {"visit"}


def test_every_mistake_has_its_line_where_entries_are_written_in_another_way() -> None:
    """A list of entries in braces is TOML too."""
    assert problems("\n\naction = [3]") == [
        "actions.toml line 3: action number 1: 3 is no entry; write [[action]], and its keys below"
    ]
    assert problems("\nactoin = 3") == ["actions.toml line 2: unknown entry actoin, did you mean action?"]
    assert "line 2: write each action as [[action]]" in problems("\n[action]\nid = 3")[0]


def test_the_page_says_of_every_key_what_it_may_hold() -> None:
    """What the reader takes is what an action is made of, and each key has a row: kind, meaning, choices, limits."""
    made_of = {field.name for field in fields(Action)} - {"condition", "priors"} | {"prior"}
    assert made_of == set(KEYS)
    assert {field.name for field in fields(Prior)} == set(PRIOR_KEYS)
    rows = {line.split("`")[1]: line for line in PAGE.splitlines() if line.startswith("| `")}
    for key in [*KEYS.values(), *PRIOR_KEYS.values()]:
        row = rows[key.name]
        assert f"| {key.kind} | {key.meaning} |" in row
        assert all(f"`{choice}`" in row for choice in key.choices)
        assert key.limits is None or key.limits.text in row
        assert len(key.meaning) > 5


def test_the_page_says_what_conditions_and_claims_may_name() -> None:
    """Drivers with their words and signals, outcomes, functions, and all that is known of account and contracts."""
    known = columns(())
    for name in [*DRIVER_LABELS, *OUTCOMES, *FUNCTIONS, *known, *FUNDINGS]:
        assert f"`{name}`" in PAGE, name
    assert all(label in PAGE for label in DRIVER_LABELS.values())
    assert all(f"`{signal}`" in PAGE for signals in DRIVER_SIGNALS.values() for signal in signals)
    assert set(FACTS_IN_WORDS) == set(FACTS)


def test_the_example_on_the_page_is_read_as_it_says() -> None:
    """Whoever copies it has an action that can be used."""
    assert EXAMPLE in PAGE
    (action,) = parse(EXAMPLE, columns(SIGNALS))
    assert (action.vendor, action.sponsored_until, action.cost, action.our_cost) == (
        "Hartmann", date(2027, 1, 1), 400.0, 0.0,
    )  # fmt: skip
    assert (action.contact_gap_days, action.our_hours) == (7, 9.0)
    assert action.priors == (Prior("churn", "low_adoption", -0.25, 200.0),)


def test_names_that_the_tables_do_not_have_are_told_with_their_line() -> None:
    """A vendor of no product, a goal of no account: the action would wait for ever, or fit nobody's wishes."""
    text = GOOD.replace("steps =", 'vendor = "Acne"\ngoals = ["savetime", "lower cost"]\nsteps =')
    catalogue, lines = parse(text, NAMES), Lines(text, "actions.toml")
    found = list(unmatched(catalogue, lines, vendors={"Acme", "Bolt"}, goals=package_goals()))
    assert len(found) == 2
    assert (
        "line 9: action visit: no product of the table products is of vendor 'Acne', did you mean Acme?" in found[0]
    )
    assert "line 10: action visit: no account has the goal 'savetime', did you mean save time?" in found[1]
    assert not list(unmatched(catalogue, lines, vendors={"Acne"}, goals={"savetime", "lower cost"}))
    assert "the table names no vendor at all" in next(unmatched(catalogue, lines, vendors=(), goals=package_goals()))


def test_the_packages_own_actions_name_nothing_unknown() -> None:
    """Of an own vendor they know nothing, and their goals are the ones that are known."""
    catalogue = default_catalogue()
    assert not list(unmatched(catalogue, Lines(default_text(), "a"), vendors=(), goals=package_goals()))
