"""uploads need no target: bytes stay staged until a row says where they are"""

import sqlalchemy as sa
from alembic import op

revision = '0002_uploads'
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("uploads", schema=None) as batch_op:
        batch_op.drop_column("target")


def downgrade() -> None:
    with op.batch_alter_table("uploads", schema=None) as batch_op:
        batch_op.add_column(sa.Column("target", sa.String(), nullable=True))
