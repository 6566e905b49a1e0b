"""The store's tables come from migrations, and from nothing else."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from consumption.store import migrating
from consumption.store.columns import METADATA
from consumption.store.engine import WrongStoreUrl, open_engine
from consumption.store.own_choices import Deed
from consumption.store.sql import Store
from tests.store.book import NOON, publication


def test_migrations_make_the_tables_that_the_code_knows(url: str) -> None:
    """After all migrations nothing is left that Alembic would still change."""
    Store.open(url).close()
    engine = open_engine(url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    engine.dispose()


def test_going_back_takes_what_was_taken_back_along(url: str) -> None:
    """Without the column it would stand again; what stands, stays, down and up again."""
    opened = Store.open(url)
    opened.publish(publication())
    stands, gone = (opened.choose(Deed("delta", "ada@us.test", own_words=words), NOON) for words in ("Rang", "Wrote"))
    opened.take_back("delta", gone.decision_id, NOON)
    opened.close()
    _go_down(url, "0005")
    engine = open_engine(url)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT decision_id FROM own_choices")).scalars().all() == [stands.decision_id]
    engine.dispose()
    again = Store.open(url)
    assert again.every_own_choice() == [stands]
    again.close()


def _go_down(url: str, to: str) -> None:
    config, engine = Config(), open_engine(url)
    config.set_main_option("script_location", str(migrating.MIGRATIONS))
    config.set_main_option("path_separator", "os")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, to)
    engine.dispose()


def test_the_newest_version_is_that_of_alembic() -> None:
    """The quick look at the folder finds what Alembic would find."""
    config = Config()
    config.set_main_option("script_location", str(migrating.MIGRATIONS))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_heads() == [migrating.newest()]


def test_many_may_open_a_new_store_at_once(url: str) -> None:
    """Workers that start together bring one store to this version, one after the other."""
    with ThreadPoolExecutor(4) as pool:
        for opened in pool.map(lambda _: Store.open(url), range(4)):
            assert opened.latest_plan() is None
            opened.close()


def test_a_store_of_another_version_is_refused(url: str) -> None:
    """Who may not migrate is told to; who is older than the store is told so too."""
    with pytest.raises(migrating.OldStore, match="consumption migrate"):
        Store.open(url, migrate=False)
    Store.open(url).close()
    engine = open_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(migrating.NewerStore):
        Store.open(url)


@pytest.mark.parametrize("wrong", ["mysql://here/there", "consumption.db", ""])
def test_another_database_is_refused_with_a_remedy(wrong: str) -> None:
    """Only SQLite and PostgreSQL keep what is promised."""
    with pytest.raises(WrongStoreUrl, match="sqlite:///"):
        Store.open(wrong)
