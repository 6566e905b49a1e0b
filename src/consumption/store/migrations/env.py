"""Alembic runs this file; the connection comes from `consumption.store.migrating`, in its transaction."""

from __future__ import annotations

from alembic import context

from consumption.store.schema import plans

context.configure(
    connection=context.config.attributes["connection"], target_metadata=plans.metadata, render_as_batch=True
)
context.run_migrations()
