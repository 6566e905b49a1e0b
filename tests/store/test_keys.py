"""API keys: random, hashed, scoped, ending."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from consumption.store.keys import KeyRefused, UnknownKey, UnknownScope
from consumption.store.sql import Store
from tests.store.book import DAY, NOON


def test_the_secret_is_in_no_file(store: Store, tmp_path: Path) -> None:
    """Whoever reads the database finds a digest, from which no key can be made."""
    secret = store.create_key("crm", ["read"], NOON).secret
    store.close()
    stored = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert secret.encode() not in stored
    assert secret.split("_", 2)[-1].encode() not in stored  # the random part, which may hold a "_" itself
    rows = sqlite3.connect(tmp_path / "consumption.db")
    assert len(str(rows.execute("SELECT digest FROM api_keys").fetchone()[0])) == 64
    rows.close()


def test_keys_are_never_the_same(store: Store) -> None:
    """Two keys of one name are two keys: the older stays valid while the newer is rolled out."""
    old, new = (store.create_key("crm", ["read"], NOON) for _ in range(2))
    assert old.secret != new.secret
    assert old.secret.startswith("csk_")
    assert {store.verify_key(k.secret, NOON).key_id for k in (old, new)} == {old.key.key_id, new.key.key_id}


@pytest.mark.parametrize("wrong", ["", "{0}x", " {0}", "csk_00000000{1}", "csk_{1}", "Bearer {0}", "csk_", "é"])
def test_a_key_that_is_nearly_right_is_wrong(store: Store, wrong: str) -> None:
    """Nothing but the whole secret opens, and a wrong one is refused in the same words whatever is wrong."""
    secret = store.create_key("crm", ["read"], NOON).secret
    with pytest.raises(KeyRefused, match="is not one of ours"):
        store.verify_key(wrong.format(secret, secret.removeprefix("csk_")[8:]), NOON)


def test_a_scope_that_does_not_exist_is_refused(store: Store) -> None:
    """A key is made for what there is, and for something."""
    with pytest.raises(UnknownScope, match="no such scope: write"):
        store.create_key("crm", ["read", "write"], NOON)
    with pytest.raises(UnknownScope, match="opens nothing"):
        store.create_key("crm", [], NOON)


def test_revoking_is_final(store: Store) -> None:
    """Revoked again, a key keeps its first date; an unknown one is told apart."""
    made = store.create_key("crm", ["read"], NOON)
    store.revoke_key(made.key.key_id, NOON)
    store.revoke_key(made.key.key_id, NOON + DAY)
    assert store.keys()[0].revoked_at == NOON
    assert store.key(made.key.key_id, NOON) is None
    with pytest.raises(UnknownKey):
        store.revoke_key("nope", NOON)


def test_reading_does_not_write_at_every_request(store: Store) -> None:
    """When a key was last used is noted once a minute, not at every request."""
    made = store.create_key("crm", ["read"], NOON)
    for seconds in (0, 20, 59, 61):
        store.verify_key(made.secret, NOON + DAY * seconds / 86_400)
    assert store.keys()[0].last_used_at == NOON + DAY * 61 / 86_400
