"""Where a list goes on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumption.store.cursors import Cursor, WrongCursor


@given(st.integers() | st.text(), st.text(), st.text())
def test_a_cursor_comes_back_as_it_was(key: int | str, identity: str, made_for: str) -> None:
    """Whatever the sort key and the id are, decoding undoes encoding."""
    cursor = Cursor(key, identity)
    assert Cursor.decode(cursor.encode(made_for), made_for) == cursor


@given(st.text())
def test_what_was_not_made_here_is_refused(text: str) -> None:
    """No text but our own is taken for a cursor, and none makes the program fail otherwise."""
    with pytest.raises(WrongCursor):
        Cursor.decode(text, "accounts")


def test_a_cursor_belongs_to_one_list_with_its_filters() -> None:
    """The cursor of another list, or of other filters, would skip rows in silence: it is refused."""
    cursor = Cursor(3, "acme").encode("accounts of ada")
    for other in ("accounts of bob", "recommendations of ada", ""):
        with pytest.raises(WrongCursor):
            Cursor.decode(cursor, other)
    with pytest.raises(WrongCursor):
        Cursor.decode(cursor[:-2] + "xx", "accounts of ada")
