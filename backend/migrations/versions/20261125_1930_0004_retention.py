"""retention: clocks of a wave, holds, and what was deleted when"""

import sqlalchemy as sa
from alembic import op

from backend.core import db as core

revision = '0004_retention'
down_revision = '0003_fingerprints'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('holds',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('visit_id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('placed_by', sa.Uuid(), nullable=True),
    sa.Column('placed_at', core.UTCDateTime(timezone=True), nullable=False),
    sa.Column('lifted_by', sa.Uuid(), nullable=True),
    sa.Column('lifted_at', core.UTCDateTime(timezone=True), nullable=True),
    sa.Column('lift_reason', sa.String(), nullable=True),
    sa.ForeignKeyConstraint(['lifted_by'], ['people.id'], name=op.f('fk_holds_lifted_by')),
    sa.ForeignKeyConstraint(['placed_by'], ['people.id'], name=op.f('fk_holds_placed_by')),
    sa.ForeignKeyConstraint(['visit_id'], ['visits.id'], name=op.f('fk_holds_visit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_holds'))
    )
    with op.batch_alter_table('holds', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_holds_visit_id'), ['visit_id'], unique=False)

    with op.batch_alter_table('waves', schema=None) as batch_op:
        batch_op.add_column(sa.Column('originals_days', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('renditions_days', sa.Integer(), nullable=True))

    with op.batch_alter_table('evidence', schema=None) as batch_op:
        batch_op.add_column(sa.Column('original_deleted_at', core.UTCDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('renditions_deleted_at', core.UTCDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('deletion_reason', sa.String(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('evidence', schema=None) as batch_op:
        batch_op.drop_column('deletion_reason')
        batch_op.drop_column('renditions_deleted_at')
        batch_op.drop_column('original_deleted_at')

    with op.batch_alter_table('waves', schema=None) as batch_op:
        batch_op.drop_column('renditions_days')
        batch_op.drop_column('originals_days')

    with op.batch_alter_table('holds', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_holds_visit_id'))

    op.drop_table('holds')
