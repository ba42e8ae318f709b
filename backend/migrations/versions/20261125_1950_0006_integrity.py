"""integrity: signals, what they come to, what reviewers cleared"""

import sqlalchemy as sa
from alembic import op

from backend.core import db as core

revision = '0006_integrity'
down_revision = '0005_evidence_by_state'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('judgements',
    sa.Column('visit_id', sa.Uuid(), nullable=False),
    sa.Column('score', sa.Integer(), nullable=False),
    sa.Column('rules_version', sa.String(), nullable=False),
    sa.Column('facts_at', core.UTCDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['visit_id'], ['visits.id'], name=op.f('fk_judgements_visit_id')),
    sa.PrimaryKeyConstraint('visit_id', name=op.f('pk_judgements'))
    )
    op.create_table('signals',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('visit_id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.String(), nullable=False),
    sa.Column('weight', sa.Integer(), nullable=False),
    sa.Column('params', sa.JSON(), nullable=False),
    sa.Column('evidence', sa.JSON(), nullable=False),
    sa.Column('other_evidence_id', sa.Uuid(), nullable=True),
    sa.Column('other_visit_id', sa.Uuid(), nullable=True),
    sa.ForeignKeyConstraint(['visit_id'], ['visits.id'], name=op.f('fk_signals_visit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_signals'))
    )
    op.create_index(op.f('ix_signals_visit_id'), 'signals', ['visit_id'])
    op.create_table('clearings',
    sa.Column('signal_id', sa.Uuid(), nullable=False),
    sa.Column('visit_id', sa.Uuid(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('at', core.UTCDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_clearings_person_id')),
    sa.ForeignKeyConstraint(['visit_id'], ['visits.id'], name=op.f('fk_clearings_visit_id')),
    sa.PrimaryKeyConstraint('signal_id', name=op.f('pk_clearings'))
    )
    op.create_index(op.f('ix_clearings_visit_id'), 'clearings', ['visit_id'])
    op.add_column('visits', sa.Column('band', sa.String(), nullable=True))
    op.create_index('ix_visits_band', 'visits', ['band'])
    op.create_index('ix_submissions_person', 'submissions', ['person_id', 'received_at'])
    op.create_index('ix_evidence_uploader', 'evidence', ['uploader_id', 'captured_at'])


def downgrade() -> None:
    op.drop_index('ix_evidence_uploader', 'evidence')
    op.drop_index('ix_submissions_person', 'submissions')
    op.drop_index('ix_visits_band', 'visits')
    with op.batch_alter_table('visits') as batch_op:
        batch_op.drop_column('band')
    op.drop_table('clearings')
    op.drop_table('signals')
    op.drop_table('judgements')
