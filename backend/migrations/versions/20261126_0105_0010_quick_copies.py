"""Quick copies: renditions made of a small picture that came ahead of its original.

Revision ID: 20261126_0025
Revises: 0009_exports
"""

import sqlalchemy as sa
from alembic import op

revision = "0010_quick_copies"
down_revision = "0009_exports"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("renditions", sa.Column("quick_sha256", sa.String(), nullable=True))
    op.create_index("ix_renditions_quick_sha256", "renditions", ["quick_sha256"])


def downgrade() -> None:
    op.drop_index("ix_renditions_quick_sha256", table_name="renditions")
    op.drop_column("renditions", "quick_sha256")
