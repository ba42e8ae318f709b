"""Evidence by state: who waits for files is asked of every visit at once.

Revision ID: 20261125_1845
Revises: 0001
"""

from alembic import op

revision = '0005_evidence_by_state'
down_revision = '0004_retention'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_evidence_state", "evidence", ["state", "visit_id"])


def downgrade() -> None:
    op.drop_index("ix_evidence_state", table_name="evidence")
