"""Runs migrations on the application's own engine; SQLite alters tables by copying them (batch mode)."""

from alembic import context

from backend.core.db import db

connection = context.config.attributes.get("connection")
options = {
    "target_metadata": db.metadata,
    "render_as_batch": True,
    "compare_type": True,
    "user_module_prefix": "core.",
    "transaction_per_migration": True,
}

if connection is not None:
    context.configure(connection=connection, **options)
    with context.begin_transaction():
        context.run_migrations()
else:
    with db.engine.connect() as own:
        context.configure(connection=own, **options)
        with context.begin_transaction():
            context.run_migrations()
