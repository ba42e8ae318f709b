"""Tallies know each visit's person and numbers, and a locked wave's tallies stand side by side in one row.

A scorecard's person and unproven fails are those of its visit; tallies get theirs from the scorecards that count. Wave
tallies come from the nightly recount: until it has run, reports read the tallies themselves.

Revision ID: 0014_wave_tallies
Revises: 0013_outbox_by_job
"""

from itertools import groupby

import sqlalchemy as sa
from alembic import op

revision = "0014_wave_tallies"
down_revision = "0013_outbox_by_job"
branch_labels = None
depends_on = None

_KEY = ("wave_id", "store_id", "checklist_version_id", "method")
_NOBODY = bytes(16)
_PACKED = ("store_ids", "figures", "counts", "official_sums", "official_squares", "auditors", "by_visit")
_VISITS = sa.table("visits", sa.column("id", sa.Uuid()), sa.column("auditor_id", sa.Uuid()), sa.column("holes", sa.JSON()))
_CARDS = sa.table(
    "scorecards", sa.column("visit_id", sa.Uuid()), sa.column("results", sa.LargeBinary()), sa.column("is_current", sa.Boolean()),
    sa.column("auditor_id", sa.Uuid()), sa.column("unproven", sa.Integer()),
    *(sa.column(name, sa.String() if name == "method" else sa.Uuid()) for name in _KEY),
)  # fmt: skip
_TALLIES = sa.table(
    "tallies", sa.column("by_visit", sa.LargeBinary()),
    *(sa.column(name, sa.String() if name == "method" else sa.Uuid()) for name in _KEY),
)  # fmt: skip


def upgrade() -> None:
    op.add_column("scorecards", sa.Column("auditor_id", sa.Uuid(), nullable=True))
    op.add_column("scorecards", sa.Column("unproven", sa.Integer(), nullable=False, server_default="0"))
    nothing = sa.text("x''" if op.get_bind().dialect.name == "sqlite" else "''")
    op.add_column("tallies", sa.Column("by_visit", sa.LargeBinary(), nullable=False, server_default=nothing))
    op.create_table(
        "wave_tallies",
        sa.Column("wave_id", sa.Uuid(), nullable=False),
        sa.Column("checklist_version_id", sa.Uuid(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("store_ids", sa.LargeBinary(), nullable=False),
        sa.Column("figures", sa.LargeBinary(), nullable=False),
        sa.Column("counts", sa.LargeBinary(), nullable=False),
        sa.Column("official_sums", sa.String(), nullable=False),
        sa.Column("official_squares", sa.String(), nullable=False),
        sa.Column("auditors", sa.LargeBinary(), nullable=False),
        sa.Column("by_visit", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["wave_id"], ["waves.id"], name="fk_wave_tallies_wave_id_waves"),
        sa.ForeignKeyConstraint(
            ["checklist_version_id"],
            ["checklist_versions.id"],
            name="fk_wave_tallies_checklist_version_id_checklist_versions",
        ),
        sa.PrimaryKeyConstraint("wave_id", "checklist_version_id", "method", name="pk_wave_tallies"),
    )
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        # What is packed by us is not packed again: that would cost a report more than the reading.
        for column in _PACKED:
            op.execute(f"ALTER TABLE wave_tallies ALTER COLUMN {column} SET STORAGE EXTERNAL")
    _tell_cards(connection)
    _tell_tallies(connection)


def downgrade() -> None:
    op.drop_table("wave_tallies")
    op.drop_column("tallies", "by_visit")
    op.drop_column("scorecards", "unproven")
    op.drop_column("scorecards", "auditor_id")


def _tell_cards(connection: sa.Connection) -> None:
    of_visit = _VISITS.c.id == _CARDS.c.visit_id
    auditor = sa.select(_VISITS.c.auditor_id).where(of_visit).scalar_subquery()
    holes = sa.select(sa.func.json_array_length(_VISITS.c.holes)).where(of_visit).scalar_subquery()
    connection.execute(sa.update(_CARDS).values(auditor_id=auditor, unproven=sa.func.coalesce(holes, 0)))


def _tell_tallies(connection: sa.Connection) -> None:
    for wave_id in connection.scalars(sa.select(_TALLIES.c.wave_id).distinct()).all():
        for key, by_visit in _by_tally(connection, wave_id):
            of_tally = [_TALLIES.c[name] == value for name, value in zip(_KEY, key, strict=True)]
            connection.execute(sa.update(_TALLIES).where(*of_tally).values(by_visit=by_visit))


def _by_tally(connection: sa.Connection, wave_id: object) -> list[tuple[tuple[object, ...], bytes]]:
    keys = [_CARDS.c[name] for name in _KEY]
    columns = (*keys, _CARDS.c.auditor_id, _CARDS.c.results, _CARDS.c.unproven)
    rows = sa.select(*columns).where(_CARDS.c.wave_id == wave_id, _CARDS.c.is_current == sa.true()).order_by(*keys)
    found = groupby(connection.execute(rows), key=lambda row: tuple(row[: len(keys)]))
    return [(key, b"".join(sorted(_visit(*row[len(keys) :]) for row in cards))) for key, cards in found]


def _visit(auditor_id: object, results: bytes, unproven: int) -> bytes:
    """Who went there, then passed, failed, not applicable and unproven as little-endian 16-bit numbers."""
    numbers = (*(bytes(results).count(byte) for byte in (1, 2, 3)), unproven)
    person = _NOBODY if auditor_id is None else auditor_id.bytes  # type: ignore[attr-defined]
    return person + b"".join(number.to_bytes(2, "little") for number in numbers)
