"""Which rows the partial indexes of the ledger hold."""

from sqlalchemy import Index, TextClause, text

HAS_PROBLEM = text("problem IS NOT NULL")
NO_SMS = text("channel <> 'sms'")
WAITING_INBOUND = text("state IN ('received', 'answering')")
FAILED_INBOUND = text("state = 'failed'")
APART = text("state IN ('ignored', 'folded')")
SELDOM = text("intent IN ('help', 'stop', 'start', 'save', 'list', 'forget', 'opinion')")
# Far below any agreement's seconds, and far above what is usual: few rows, whatever was agreed.
_SLOW = ("{} - {} > interval '2 seconds'", "{} - {} > 2000000")
SLOW_TO_ANSWER = tuple(text(words.format("answered_at", "received_at")) for words in _SLOW)
"""On PostgreSQL and on SQLite."""
IS_SLOW_TO_ANSWER = tuple(
    text(words.format("inbound.answered_at", "inbound.received_at")) for words in _SLOW
)
"""The same as a query says it that is to use the index."""

MOVING_OUTBOUND = text("state IN ('queued', 'sending', 'unknown')")
FIRST_ANSWER = text("parent_id IS NULL")
RESENT = text("parent_id IS NOT NULL")
ENDED_BADLY = text(
    "state IN ('unresolved', 'expired', 'refused', 'undelivered', 'cancelled', 'blocked', 'failed')"
)
UNRESOLVED = text("state = 'unresolved'")
WITHOUT_RECEIPT = text("ask_at IS NOT NULL")
SLOW_TO_LEAVE = tuple(text(words.format("accepted_at", "created_at")) for words in _SLOW)
"""The same of an answer on its way to the gateway."""
IS_SLOW_TO_LEAVE = tuple(
    text(words.format("outbound.accepted_at", "outbound.created_at")) for words in _SLOW
)

COUNTED = text("what IN ('repeated', 'complete')")
SELDOM_EVENTS = text(
    "what IN ('repeated', 'put_back', 'promised', 'unknown', 'unresolved', 'expired',"
    " 'refused', 'undelivered', 'cancelled', 'blocked', 'failed', 'no_receipt',"
    " 'resent', 'redriven', 'complete') OR (what = 'queued' AND reason IS NOT NULL)"
)
"""Everything but the usual way of a text."""
PARKED = text("state = 'parked'")


def partial_index(name: str, *columns: str, where: TextClause, unique: bool = False) -> Index:
    """An index of those rows alone, on PostgreSQL and on SQLite."""
    return Index(name, *columns, unique=unique, postgresql_where=where, sqlite_where=where)
