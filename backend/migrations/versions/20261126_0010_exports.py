"""exports: files that somebody asked for, how far they are, and where they are kept"""

import sqlalchemy as sa
from alembic import op

from backend.core import db as core

revision = '0009_exports'
down_revision = '0008_presence'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('exports',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('format', sa.String(), nullable=False),
    sa.Column('filters', sa.JSON(), nullable=False),
    sa.Column('locale', sa.String(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('scope', sa.JSON(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('attempt', sa.Integer(), nullable=False),
    sa.Column('expected', sa.Integer(), nullable=True),
    sa.Column('written', sa.Integer(), nullable=False),
    sa.Column('fault', sa.String(), nullable=True),
    sa.Column('name', sa.String(), nullable=True),
    sa.Column('key', sa.String(), nullable=True),
    sa.Column('size', sa.BigInteger(), nullable=True),
    sa.Column('sha256', sa.String(), nullable=True),
    sa.Column('asked_at', core.UTCDateTime(timezone=True), nullable=False),
    sa.Column('made_at', core.UTCDateTime(timezone=True), nullable=True),
    sa.Column('expires_at', core.UTCDateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_exports_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_exports'))
    )
    op.create_index('ix_exports_person_asked', 'exports', ['person_id', 'asked_at'])
    op.create_index('ix_exports_state_expires', 'exports', ['state', 'expires_at'])


def downgrade() -> None:
    op.drop_table('exports')
