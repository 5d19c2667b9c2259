"""The ledger's tables.

No foreign key points into ``inbound`` or ``outbound``: both are to be partitioned by
ranges of ``id`` (time-ordered, see ids.py). What must be unique over all partitions
lives in ``inbound_keys``, which stays whole. Phones are sealed, with a keyed hash
beside; texts and raw exchanges stand in side tables that retention empties.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    false,
)

from sms_service.database import Id, Instant, metadata
from sms_service.ledger.predicates import (
    APART,
    COUNTED,
    ENDED_BADLY,
    FAILED_INBOUND,
    FIRST_ANSWER,
    HAS_PROBLEM,
    MOVING_OUTBOUND,
    NO_SMS,
    PARKED,
    RESENT,
    SELDOM,
    SELDOM_EVENTS,
    SLOW_TO_ANSWER,
    SLOW_TO_LEAVE,
    UNRESOLVED,
    WAITING_INBOUND,
    WITHOUT_RECEIPT,
    partial_index,
)

companies = Table(
    "companies",
    metadata,
    Column("code", String(3), primary_key=True),
    Column("name", String(60), nullable=False),
)

inbound_keys = Table(
    "inbound_keys",
    metadata,
    Column("gateway", String(20), primary_key=True),
    Column("remote_id", String(64), primary_key=True),
    Column("inbound_id", BigInteger, nullable=False),
    Column("code", String(12), nullable=False, unique=True),
    Column("digest", LargeBinary(32), nullable=False),
)

inbound = Table(
    "inbound",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("code", String(12), nullable=False, index=True),
    Column("channel", String(8), nullable=False),
    Column("gateway", String(20), nullable=False),
    Column("line", String(40), nullable=False),
    Column("phone_cipher", LargeBinary),
    Column("phone_hash", LargeBinary(32), nullable=False),
    Column("key_version", SmallInteger, nullable=False),
    Column("fingerprint", LargeBinary(32), nullable=False),
    Column("state", String(12), nullable=False),
    Column("reason", String(40)),
    Column("received_at", Instant, nullable=False),
    Column("answered_at", Instant),
    Column("due_at", Instant, nullable=False),
    Column("attempts", SmallInteger, nullable=False),
    Column("lease_token", BigInteger),
    Column("intent", String(12)),
    Column("bill_id", String(13)),
    Column("from_year", SmallInteger),
    Column("problem", String(20)),
    Column("notes", String(120)),
    Column("fulfilment", String(12)),
    Column("folded_into", BigInteger),
    Column("promised_at", Instant),
    Column("sent_at", Instant),
    partial_index("ix_inbound_waiting", "due_at", where=WAITING_INBOUND),
    partial_index("ix_inbound_failed", "id", where=FAILED_INBOUND),
    Index("ix_inbound_phone", "phone_hash", "id"),
    Index("ix_inbound_bill", "bill_id", "id"),
    partial_index("ix_inbound_problem", "problem", "id", where=HAS_PROBLEM),
    partial_index("ix_inbound_channel", "channel", "id", where=NO_SMS),
    partial_index("ix_inbound_apart", "state", "id", where=APART),
    partial_index("ix_inbound_seldom", "intent", "id", where=SELDOM),
    Index(
        "ix_inbound_slow",
        "id",
        postgresql_where=SLOW_TO_ANSWER[0],
        sqlite_where=SLOW_TO_ANSWER[1],
    ),
)

recent_texts = Table(
    "recent_texts",
    metadata,
    Column("fingerprint", LargeBinary(32), primary_key=True),
    Column("inbound_id", BigInteger, nullable=False),
    Column("at", Instant, nullable=False),
)

inbound_texts = Table(
    "inbound_texts",
    metadata,
    Column("inbound_id", Id, primary_key=True, autoincrement=False),
    Column("key_version", SmallInteger, nullable=False),
    Column("text_cipher", LargeBinary, nullable=False),
    Column("raw_cipher", LargeBinary),
)

outbound = Table(
    "outbound",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("local_id", BigInteger, nullable=False, unique=True),
    Column("inbound_id", BigInteger, nullable=False),
    Column("parent_id", BigInteger),
    Column("kind", String(8), nullable=False, server_default="answer"),
    Column("code", String(12), nullable=False, index=True),
    Column("lane", String(8), nullable=False),
    Column("priority", SmallInteger, nullable=False),
    Column("phone_cipher", LargeBinary),
    Column("phone_hash", LargeBinary(32), nullable=False),
    Column("key_version", SmallInteger, nullable=False),
    Column("state", String(12), nullable=False),
    Column("reason", String(40)),
    Column("encoding", String(8), nullable=False),
    Column("units", Integer, nullable=False),
    Column("parts", SmallInteger, nullable=False),
    Column("rung", String(40), nullable=False),
    Column("left_out", String(120)),
    Column("fillings", String(60)),
    Column("cost_rial", BigInteger),
    Column("created_at", Instant, nullable=False),
    Column("valid_until", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("attempts", SmallInteger, nullable=False),
    Column("lease_token", BigInteger),
    Column("first_tried_at", Instant),
    Column("accepted_at", Instant),
    Column("ended_at", Instant),
    Column("gateway", String(20)),
    Column("pinned", Boolean, nullable=False, server_default=false()),
    Column("remote_id", String(64)),
    Column("ask_at", Instant),
    partial_index("ix_outbound_moving", "state", "priority", "due_at", where=MOVING_OUTBOUND),
    Index("ix_outbound_remote", "gateway", "remote_id"),
    partial_index("ix_outbound_without_receipt", "gateway", "ask_at", where=WITHOUT_RECEIPT),
    partial_index("ix_outbound_unresolved", "id", where=UNRESOLVED),
    Index("ix_outbound_phone", "phone_hash", "id"),
    Index("ix_outbound_inbound", "inbound_id", "id"),
    # The last two spare a count the rows themselves.
    partial_index(
        "ix_outbound_ended_badly", "state", "inbound_id", "kind", "id", where=ENDED_BADLY
    ),
    Index(
        "ix_outbound_slow",
        "inbound_id",
        postgresql_where=SLOW_TO_LEAVE[0],
        sqlite_where=SLOW_TO_LEAVE[1],
    ),
    # An attempt is followed by one other at most, however many press the button.
    partial_index("uq_outbound_parent", "parent_id", unique=True, where=RESENT),
    partial_index(
        "uq_outbound_first_answer", "inbound_id", "kind", unique=True, where=FIRST_ANSWER
    ),
)

outbound_texts = Table(
    "outbound_texts",
    metadata,
    Column("outbound_id", Id, primary_key=True, autoincrement=False),
    Column("key_version", SmallInteger, nullable=False),
    Column("text_cipher", LargeBinary, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("id", Id, primary_key=True),
    Column("code", String(12), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("what", String(20), nullable=False),
    Column("reason", String(40)),
    partial_index("ix_events_counted", "what", "at", where=COUNTED),
    partial_index("ix_events_seldom", "at", "what", "reason", where=SELDOM_EVENTS),
)

receipts = Table(
    "receipts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("gateway", String(20), nullable=False),
    Column("remote_id", String(64), nullable=False),
    Column("status", Integer, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("state", String(12), nullable=False, server_default="parked"),
    Column("reason", String(40)),
    Column("ended_at", Instant),
    Index("ix_receipts_remote", "gateway", "remote_id"),
    partial_index("ix_receipts_parked", "gateway", "remote_id", where=PARKED),
)

contexts = Table(
    "contexts",
    metadata,
    Column("phone_hash", LargeBinary(32), primary_key=True),
    Column("bill_id", String(13)),
    Column("intent", String(12)),
    Column("cursor", String(40)),
    Column("request_id", BigInteger),
    Column("offered", String(160)),
    Column("wish", String(24)),
    Column("expires_at", Instant, nullable=False),
)

phones = Table(
    "phones",
    metadata,
    Column("phone_hash", LargeBinary(32), primary_key=True),
    Column("latin", Boolean, nullable=False, server_default=false()),
    Column("opinion_asked_at", Instant),
    Column("name_changes", SmallInteger, nullable=False, server_default="0"),
    Column("names_changed_at", Instant),
    Column("usage", String(1200)),
    Column("version", Integer, nullable=False, server_default="0"),
)

saved_names = Table(
    "saved_names",
    metadata,
    Column("phone_hash", LargeBinary(32), primary_key=True),
    Column("name_hash", LargeBinary(32), primary_key=True),
    Column("bill_id", String(13), nullable=False),
    Column("key_version", SmallInteger, nullable=False),
    Column("name_cipher", LargeBinary, nullable=False),
    Column("saved_at", Instant, nullable=False),
)

opinions = Table(
    "opinions",
    metadata,
    Column("inbound_id", Id, primary_key=True, autoincrement=False),
    Column("code", String(12), nullable=False),
    Column("score", SmallInteger),
    Column("at", Instant, nullable=False, index=True),
)

opt_outs = Table(
    "opt_outs",
    metadata,
    Column("phone_hash", LargeBinary(32), primary_key=True),
    Column("since", Instant, nullable=False),
)
