"""Run by Alembic with the connection that `migrate` opened; logging stays as the app set it."""

from alembic import context

from bot.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
