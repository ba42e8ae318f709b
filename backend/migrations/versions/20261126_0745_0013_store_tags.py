"""Store tags: words by which planners gather stores.

Revision ID: 0013_store_tags
Revises: 0010_quick_copies
"""

import sqlalchemy as sa
from alembic import op

revision = "0013_store_tags"
down_revision = "0010_quick_copies"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("stores", sa.Column("tags", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("stores", "tags")
