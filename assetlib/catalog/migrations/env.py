"""Alembic's entry: runs on the connection, and inside the transaction, that `assetlib.catalog.migrate` opened."""

from alembic import context

from assetlib.catalog.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
    render_as_batch=True,
)
context.run_migrations()
