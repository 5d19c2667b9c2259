"""The tables of the operator's desk: who works there, what was done, what was promised.

Nothing here holds a phone or a text in clear: an audit entry names a request by its code.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
    true,
)

from sms_service.database import Id, Instant, metadata

users = Table(
    "users",
    metadata,
    Column("id", Id, primary_key=True),
    Column("username", String(32), nullable=False, unique=True),
    Column("email", String(254), unique=True),
    Column("name", String(80), nullable=False, server_default=""),
    Column("password", String(255), nullable=False),
    Column("active", Boolean, nullable=False, server_default=true()),
    Column("fs_uniquifier", String(64), nullable=False, unique=True),
    Column("tf_primary_method", String(64)),
    Column("tf_totp_secret", String(255)),
    Column("tf_phone_number", String(20)),
    Column("tf_last_counter", BigInteger),
    Column("mf_recovery_codes", JSON),
    Column("failed_logins", SmallInteger, nullable=False, server_default="0"),
    Column("locked_until", Instant),
    Column("must_change_password", Boolean, nullable=False, server_default=false()),
    Column("last_login_at", Instant),
    Column("current_login_at", Instant),
    Column("last_login_ip", String(64)),
    Column("current_login_ip", String(64)),
    Column("login_count", Integer, nullable=False, server_default="0"),
    Column("created_at", Instant, nullable=False),
)

roles = Table(
    "roles",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(20), nullable=False, unique=True),
    Column("description", String(120)),
)

user_roles = Table(
    "user_roles",
    metadata,
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("role_id", ForeignKey("roles.id", ondelete="CASCADE"), primary_key=True),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", LargeBinary(32), primary_key=True),
    Column("user_id", BigInteger, index=True),
    Column("content", Text, nullable=False),
    Column("address", String(64)),
    Column("began_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
)
"""What a browser's cookie stands for. The token itself is nowhere but in the cookie."""

sign_in_failures = Table(
    "sign_in_failures",
    metadata,
    Column("id", Id, primary_key=True),
    Column("address", String(64), nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_sign_in_failures_address", "address", "at"),
)
"""Wrong passwords and codes of a moment ago, by the network that they came from."""

api_tokens = Table(
    "api_tokens",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(40), nullable=False),
    Column("token_hash", LargeBinary(32), nullable=False, unique=True),
    Column("scopes", String(160), nullable=False),
    Column("created_by", String(40), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("used_at", Instant),
    Column("revoked_at", Instant),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("token_id", BigInteger, primary_key=True, autoincrement=False),
    Column("key", String(80), primary_key=True),
    Column("digest", LargeBinary(32), nullable=False),
    Column("status", SmallInteger),
    Column("body", Text),
    Column("at", Instant, nullable=False, index=True),
)
"""What a call was answered with, so that its repeat gets the same; no status: under way."""

api_calls = Table(
    "api_calls",
    metadata,
    Column("token_id", BigInteger, primary_key=True, autoincrement=False),
    Column("began_at", Instant, nullable=False),
    Column("calls", Integer, nullable=False),
    Column("calls_before", Integer, nullable=False),
)
"""How many calls a token made in the minute that began then, and in the one before."""

audit = Table(
    "audit",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False, index=True),
    Column("actor", String(48), nullable=False),
    Column("role", String(60), nullable=False),
    Column("action", String(40), nullable=False),
    Column("subject_kind", String(20), nullable=False),
    Column("subject", String(80), nullable=False),
    Column("reason", String(400)),
    Column("details", Text, nullable=False),
    Column("address", String(64)),
    Column("previous_hash", LargeBinary(32), nullable=False),
    Column("hash", LargeBinary(32), nullable=False, unique=True),
    Index("ix_audit_subject", "subject_kind", "subject", "number"),
    Index("ix_audit_actor", "actor", "number"),
    Index("ix_audit_action", "action", "number"),
)
"""Append-only, by triggers too. ``details`` is canonical JSON, hashed as it stands."""

resends = Table(
    "resends",
    metadata,
    Column("outbound_id", BigInteger, primary_key=True, autoincrement=False),
    Column("inbound_id", BigInteger, nullable=False, index=True),
    Column("code", String(12), nullable=False),
    Column("composed", String(8), nullable=False),
    Column("receiver", String(8), nullable=False),
    Column("actor", String(48), nullable=False),
    Column("reason", String(400)),
    Column("bulk_id", BigInteger),
    Column("at", Instant, nullable=False),
)
"""Why an answer was sent again: ``composed`` fresh or same, ``receiver`` asker or other."""

bulk_runs = Table(
    "bulk_runs",
    metadata,
    Column("id", Id, primary_key=True),
    Column("state", String(12), nullable=False),
    Column("wanted", Text, nullable=False),
    Column("reason", String(400), nullable=False),
    Column("made_by", String(48), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("confirmed_by", String(48)),
    Column("started_at", Instant),
    Column("ended_at", Instant),
    Column("total", Integer, nullable=False),
    Column("parts", Integer, nullable=False),
    Column("cost_rial", BigInteger),
    Column("texts_per_minute", Integer, nullable=False),
    Column("fed_until", Instant),
)

_UNFED = text("state = 'waiting'")

bulk_items = Table(
    "bulk_items",
    metadata,
    Column("bulk_id", BigInteger, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("inbound_id", BigInteger, nullable=False),
    Column("code", String(12), nullable=False),
    Column("after_id", BigInteger),
    Column("state", String(12), nullable=False),
    Column("reason", String(40)),
    Column("outbound_id", BigInteger, index=True),
    UniqueConstraint("bulk_id", "inbound_id"),
    Index(
        "ix_bulk_items_waiting",
        "bulk_id",
        "position",
        postgresql_where=_UNFED,
        sqlite_where=_UNFED,
    ),
)

agreements = Table(
    "agreements",
    metadata,
    Column("id", Id, primary_key=True),
    Column("title", String(120), nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_until", Date, nullable=False),
    Column("within_seconds", Float, nullable=False),
    Column("target", Float, nullable=False),
    Column("made_by", String(48), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("ended_by", String(48)),
    Column("ended_at", Instant),
)
"""Days are those of Tehran, both of them included. A row that was wrong is ended, not changed."""

force_majeure = Table(
    "force_majeure",
    metadata,
    Column("id", Id, primary_key=True),
    Column("begins_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("reason", String(400), nullable=False),
    Column("marked_by", String(48), nullable=False),
    Column("marked_at", Instant, nullable=False),
    Column("withdrawn_by", String(48)),
    Column("withdrawn_at", Instant),
)

frozen_months = Table(
    "frozen_months",
    metadata,
    Column("id", Id, primary_key=True),
    Column("month", String(7), nullable=False, unique=True),
    Column("report", Text, nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
    Column("frozen_by", String(48), nullable=False),
    Column("frozen_at", Instant, nullable=False),
)
"""``month`` is Jalali, 1405-08. ``report`` is canonical JSON; ``hash`` covers what it rests on."""

uploads = Table(
    "uploads",
    metadata,
    Column("id", Id, primary_key=True),
    Column("state", String(12), nullable=False),
    Column("files", JSON, nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("mapping", JSON),
    Column("options", JSON),
    Column("progress", JSON),
    Column("failure", String(200)),
    Column("batch_id", BigInteger),
    Column("lease_token", BigInteger),
    Column("uploaded_by", String(48), nullable=False),
    Column("uploaded_at", Instant, nullable=False),
    Column("applied_by", String(48)),
    Column("seen_at", Instant),
    Column("ended_at", Instant),
)
"""Export files on their way from a browser into the billing tables."""

request_notes = Table(
    "request_notes",
    metadata,
    Column("id", Id, primary_key=True),
    Column("code", String(12), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("actor", String(48), nullable=False),
    Column("key_version", SmallInteger, nullable=False),
    Column("text_cipher", LargeBinary, nullable=False),
)
"""What operators wrote beside a request: erased with its texts."""

linked_phones = Table(
    "linked_phones",
    metadata,
    Column("phone_hash", LargeBinary(32), primary_key=True),
    Column("bill_id", String(13), primary_key=True, index=True),
    Column("key_version", SmallInteger, nullable=False),
    Column("phone_cipher", LargeBinary, nullable=False),
    Column("actor", String(48), nullable=False),
    Column("reason", String(400), nullable=False),
    Column("at", Instant, nullable=False),
)
"""Phones that a counter linked to a bill, where the policy tells registered phones alone."""
