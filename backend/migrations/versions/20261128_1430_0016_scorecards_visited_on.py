"""A scorecard knows the day of its visit, as it knows the person: exports and walls of fails need not ask the visit.

Those of a wave are found the latest first, which a wall of many fails reads from.

Revision ID: 0016_scorecards_visited_on
Revises: 0015_wave_tallies_by_person
"""

import sqlalchemy as sa
from alembic import op

revision = "0016_scorecards_visited_on"
down_revision = "0015_wave_tallies_by_person"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("scorecards", sa.Column("visited_on", sa.Date(), nullable=True))
    op.create_index("ix_scorecards_latest", "scorecards", ["wave_id", "created_at", "id"])
    op.execute(
        "UPDATE scorecards SET visited_on = (SELECT visits.visited_on FROM visits WHERE visits.id = scorecards.visit_id)"
    )


def downgrade() -> None:
    op.drop_index("ix_scorecards_latest", "scorecards")
    op.drop_column("scorecards", "visited_on")
