"""Adds to each wave tally its visits in cells by person, so that a report of people does not read every visit.

Wave tallies hold nothing of their own: those made before are dropped, and the nightly recount makes them anew. Until
then reports read the tallies store by store.

Revision ID: 0015_wave_tallies_by_person
Revises: 0014_wave_tallies
"""

import sqlalchemy as sa
from alembic import op

revision = "0015_wave_tallies_by_person"
down_revision = "0014_wave_tallies"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DELETE FROM wave_tallies")
    with op.batch_alter_table("wave_tallies") as table:
        table.add_column(sa.Column("by_person", sa.LargeBinary(), nullable=False))
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE wave_tallies ALTER COLUMN by_person SET STORAGE EXTERNAL")


def downgrade() -> None:
    with op.batch_alter_table("wave_tallies") as table:
        table.drop_column("by_person")
