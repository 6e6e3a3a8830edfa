"""first tables"""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from alembic import op

from storage.columns import Json, Moment, Sequence  # noqa: F401

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('feed_status',
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('updated_at', Moment(), nullable=False),
    sa.Column('content', Json, nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_feed_status'))
    )
    op.create_table('history',
    sa.Column('bucket', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('track', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('data', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('bucket', 'track', name=op.f('pk_history')),
    sqlite_with_rowid=False
    )
    op.create_table('journal',
    sa.Column('seq', Sequence, nullable=False),
    sa.Column('bucket', sa.Integer(), nullable=False),
    sa.Column('data', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('seq', name=op.f('pk_journal')),
    sqlite_autoincrement=True
    )
    op.create_table('meta',
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('value', Json, nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_meta'))
    )
    # Which picture this is: screens that hold another one's sequence numbers are sent everything.
    meta = sa.table('meta', sa.column('name', sa.String), sa.column('value', Json))
    op.bulk_insert(meta, [{'name': 'identity', 'value': secrets.randbits(32) | 1}])

    op.create_table('movement',
    sa.Column('id', Sequence, nullable=False),
    sa.Column('ref', sa.String(length=60), nullable=False),
    sa.Column('track_id', sa.BigInteger(), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('direction', sa.String(length=20), nullable=False),
    sa.Column('place', sa.String(length=200), nullable=False),
    sa.Column('resolved', sa.Boolean(), nullable=False),
    sa.Column('at', Moment(), nullable=False),
    sa.Column('basis', sa.String(length=20), nullable=False),
    sa.Column('overdue', sa.Boolean(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('updated_at', Moment(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_movement')),
    sa.UniqueConstraint('ref', name=op.f('uq_movement_ref')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('movement', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_movement_at'), ['at'], unique=False)
        batch_op.create_index(batch_op.f('ix_movement_track_id'), ['track_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_movement_updated_at'), ['updated_at'], unique=False)

    op.create_table('rejection',
    sa.Column('id', Sequence, nullable=False),
    sa.Column('feed', sa.String(length=80), nullable=False),
    sa.Column('receiver', sa.Text(), nullable=False),
    sa.Column('reason', sa.String(length=40), nullable=False),
    sa.Column('raw', sa.LargeBinary(), nullable=False),
    sa.Column('received_at', Moment(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_rejection')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('rejection', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_rejection_feed_id'), ['feed', 'id'], unique=False)

    op.create_table('reporter',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('feed', sa.String(length=200), nullable=False),
    sa.Column('receiver', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reporter'))
    )
    op.create_table('tick',
    sa.Column('seq', Sequence, nullable=False),
    sa.Column('at', sa.Double(), nullable=False),
    sa.Column('data', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('seq', name=op.f('pk_tick')),
    sqlite_autoincrement=True
    )
    op.create_table('track',
    sa.Column('id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('state', sa.LargeBinary(), nullable=False),
    sa.Column('reports', sa.LargeBinary(), nullable=False),
    sa.Column('particulars', sa.LargeBinary(), nullable=False),
    sa.Column('merged_into', sa.BigInteger(), nullable=True),
    sa.Column('left_at', sa.Double(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_track'))
    )


def downgrade() -> None:
    op.drop_table('track')
    op.drop_table('tick')
    op.drop_table('reporter')
    with op.batch_alter_table('rejection', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_rejection_feed_id'))

    op.drop_table('rejection')
    with op.batch_alter_table('movement', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_movement_updated_at'))
        batch_op.drop_index(batch_op.f('ix_movement_track_id'))
        batch_op.drop_index(batch_op.f('ix_movement_at'))

    op.drop_table('movement')
    op.drop_table('meta')
    op.drop_table('journal')
    op.drop_table('history')
    op.drop_table('feed_status')
