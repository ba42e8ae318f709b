"""Outbox rows are found by their job: what somebody waits for goes first.

Revision ID: 0013_outbox_by_job
Revises: 0012_subscriptions
"""

from alembic import op

revision = "0013_outbox_by_job"
down_revision = "0012_subscriptions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_outbox_job", "outbox", ["job", "done_at", "failed_at", "due_at"])


def downgrade() -> None:
    op.drop_index("ix_outbox_job", "outbox")
