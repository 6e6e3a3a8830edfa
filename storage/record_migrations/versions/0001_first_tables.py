"""first tables"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.columns import Json, Moment, Sequence  # noqa: F401

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('audit',
    sa.Column('seq', Sequence, nullable=False),
    sa.Column('at', Moment(), nullable=False),
    sa.Column('actor', sa.String(length=200), nullable=False),
    sa.Column('agency', sa.String(length=200), nullable=False),
    sa.Column('action', sa.String(length=80), nullable=False),
    sa.Column('subject_kind', sa.String(length=80), nullable=False),
    sa.Column('subject_id', Sequence, nullable=True),
    sa.Column('detail', Json, nullable=False),
    sa.PrimaryKeyConstraint('seq', name=op.f('pk_audit')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('audit', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_audit_subject_kind_subject_id'), ['subject_kind', 'subject_id'], unique=False)

    op.create_table('contact',
    sa.Column('id', Sequence, nullable=False),
    sa.Column('title', sa.String(length=80), nullable=False),
    sa.Column('description', sa.Text(), nullable=False),
    sa.Column('reported_by', sa.String(length=200), nullable=False),
    sa.Column('observed_at', Moment(), nullable=False),
    sa.Column('entered_at', Moment(), nullable=False),
    sa.Column('lat', sa.Double(), nullable=False),
    sa.Column('lon', sa.Double(), nullable=False),
    sa.Column('uncertainty_nm', sa.Double(), nullable=False),
    sa.Column('course', sa.Double(), nullable=True),
    sa.Column('speed', sa.Double(), nullable=True),
    sa.Column('mmsi', sa.Integer(), nullable=True),
    sa.Column('imo', sa.Integer(), nullable=True),
    sa.Column('closed_at', Moment(), nullable=True),
    sa.CheckConstraint('lat BETWEEN -90 AND 90', name=op.f('ck_contact_lat')),
    sa.CheckConstraint('lon BETWEEN -180 AND 180', name=op.f('ck_contact_lon')),
    sa.CheckConstraint('uncertainty_nm >= 0', name=op.f('ck_contact_uncertainty')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contact')),
    sqlite_autoincrement=True
    )
    op.create_table('contact_merge',
    sa.Column('id', Sequence, nullable=False),
    sa.Column('picture', sa.BigInteger(), nullable=False),
    sa.Column('part_track', sa.BigInteger(), nullable=False),
    sa.Column('into_track', sa.BigInteger(), nullable=False),
    sa.Column('why', sa.String(length=400), nullable=False),
    sa.Column('merged_by', sa.String(length=200), nullable=False),
    sa.Column('merged_at', Moment(), nullable=False),
    sa.Column('split_by', sa.String(length=200), nullable=True),
    sa.Column('split_at', Moment(), nullable=True),
    sa.CheckConstraint('part_track <> into_track', name=op.f('ck_contact_merge_two_tracks')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contact_merge')),
    sqlite_autoincrement=True
    )
    op.create_table('hold',
    sa.Column('id', Sequence, nullable=False),
    sa.Column('track_id', sa.BigInteger(), nullable=False),
    sa.Column('from_at', Moment(), nullable=False),
    sa.Column('until_at', Moment(), nullable=False),
    sa.Column('why', sa.String(length=400), nullable=False),
    sa.Column('placed_by', sa.String(length=200), nullable=False),
    sa.Column('placed_at', Moment(), nullable=False),
    sa.Column('released_at', Moment(), nullable=True),
    sa.CheckConstraint('until_at > from_at', name=op.f('ck_hold_order')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_hold')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('hold', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_hold_track_id'), ['track_id'], unique=False)

    op.create_table('version',
    sa.Column('id', Sequence, nullable=False),
    sa.Column('subject_kind', sa.String(length=80), nullable=False),
    sa.Column('subject_id', Sequence, nullable=False),
    sa.Column('at', Moment(), nullable=False),
    sa.Column('audit_seq', Sequence, nullable=False),
    sa.Column('ended', sa.Boolean(), nullable=False),
    sa.Column('content', Json, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_version')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('version', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_version_subject_kind_subject_id_at'), ['subject_kind', 'subject_id', 'at'], unique=False)

    op.create_table('zone',
    sa.Column('id', Sequence, nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('authority', sa.String(length=400), nullable=False),
    sa.Column('geometry', Json, nullable=False),
    sa.Column('lawful_acts', Json, nullable=False),
    sa.Column('threat', sa.String(length=40), nullable=True),
    sa.Column('valid_from', Moment(), nullable=True),
    sa.Column('valid_to', Moment(), nullable=True),
    sa.CheckConstraint('valid_to IS NULL OR valid_to > valid_from', name=op.f('ck_zone_valid_order')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_zone')),
    sqlite_autoincrement=True
    )


def downgrade() -> None:
    op.drop_table('zone')
    with op.batch_alter_table('version', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_version_subject_kind_subject_id_at'))

    op.drop_table('version')
    with op.batch_alter_table('hold', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_hold_track_id'))

    op.drop_table('hold')
    op.drop_table('contact_merge')
    op.drop_table('contact')
    with op.batch_alter_table('audit', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_audit_subject_kind_subject_id'))

    op.drop_table('audit')
