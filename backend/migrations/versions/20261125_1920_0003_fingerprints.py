"""fingerprints of pictures have a table of their own; the single hash beside the evidence goes"""

import sqlalchemy as sa
from alembic import op

from backend.core import db as core

revision = '0003_fingerprints'
down_revision = '0002_uploads'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('fingerprints',
    sa.Column('evidence_id', sa.Uuid(), nullable=False),
    sa.Column('data', sa.LargeBinary(), nullable=False),
    sa.Column('made_at', core.UTCDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['evidence_id'], ['evidence.id'], name=op.f('fk_fingerprints_evidence_id')),
    sa.PrimaryKeyConstraint('evidence_id', name=op.f('pk_fingerprints'))
    )
    op.create_index(op.f('ix_fingerprints_made_at'), 'fingerprints', ['made_at'], unique=False)
    op.create_table('likenesses',
    sa.Column('evidence_id', sa.Uuid(), nullable=False),
    sa.Column('other_id', sa.Uuid(), nullable=False),
    sa.Column('how', sa.String(), nullable=False),
    sa.Column('distance', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['evidence_id'], ['evidence.id'], name=op.f('fk_likenesses_evidence_id')),
    sa.ForeignKeyConstraint(['other_id'], ['evidence.id'], name=op.f('fk_likenesses_other_id')),
    sa.PrimaryKeyConstraint('evidence_id', 'other_id', name=op.f('pk_likenesses'))
    )
    op.create_index(op.f('ix_likenesses_other_id'), 'likenesses', ['other_id'], unique=False)
    with op.batch_alter_table('evidence', schema=None) as batch_op:
        batch_op.drop_column('perceptual_hash')


def downgrade() -> None:
    with op.batch_alter_table('evidence', schema=None) as batch_op:
        batch_op.add_column(sa.Column('perceptual_hash', sa.String(), nullable=True))
    op.drop_index(op.f('ix_likenesses_other_id'), table_name='likenesses')
    op.drop_table('likenesses')
    op.drop_index(op.f('ix_fingerprints_made_at'), table_name='fingerprints')
    op.drop_table('fingerprints')
