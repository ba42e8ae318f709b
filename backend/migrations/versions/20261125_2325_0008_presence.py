"""Presence: a visit's check-in and its sign-off by the store.

Revision ID: 0008_presence
Revises: 0007_consents
"""

import sqlalchemy as sa
from alembic import op

revision = "0008_presence"
down_revision = "0007_consents"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("visits", sa.Column("check_in", sa.JSON(), nullable=True))
    op.add_column("visits", sa.Column("sign_off", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("visits", "sign_off")
    op.drop_column("visits", "check_in")
