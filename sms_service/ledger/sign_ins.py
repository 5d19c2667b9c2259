"""Who tries to sign in, how often in vain, and which codes have been used."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address, ip_network

from sqlalchemy import Connection, Engine, ScalarSelect, delete, func, insert, select, update

from sms_service.database import db_now, reading, writing
from sms_service.domain.roles import Role
from sms_service.ledger.audit import write_deed
from sms_service.ledger.desk_tables import roles, sign_in_failures, user_roles, users
from sms_service.service.auditing import Actor, Deed
from sms_service.service.people import TRIES, lock_seconds

_WINDOW_SECONDS = 600
FAILURES_OF_A_NETWORK = 20
"""So many in vain from one network within ten minutes, whoever was meant; then it waits."""
_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Try:
    """A try that is counted as one in vain until it is told otherwise."""

    user_id: int | None
    """None for nobody we know."""
    open: bool
    """Whether a right answer lets in: the user is active and no lock is on."""


class SignInLedger:
    """Counts tries before they are judged, so that many at the same moment are many."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def is_flooding(self, address: str | None) -> bool:
        """Whether so much was tried in vain from this network that it must wait."""
        recent = (
            select(func.count())
            .select_from(sign_in_failures)
            .where(
                sign_in_failures.c.address == network_of(address),
                sign_in_failures.c.at > _since(_WINDOW_SECONDS),
            )
        )
        with reading(self._engine) as connection:
            return connection.execute(recent).scalar_one() >= FAILURES_OF_A_NETWORK

    def begin(self, username: str, address: str | None) -> Try:
        """Count a try to sign in by this name as one in vain."""
        with writing(self._engine) as connection:
            connection.execute(
                insert(sign_in_failures).values(address=network_of(address), at=db_now())
            )
            unlocked = func.coalesce(users.c.locked_until <= db_now(), True)
            wanted = select(users.c.id, users.c.active, users.c.failed_logins, unlocked)
            row = connection.execute(
                wanted.where(users.c.username == username).with_for_update()
            ).first()
            if row is None:
                return Try(None, False)
            user_id, active, failures, is_unlocked = row
            if not (active and is_unlocked):
                return Try(user_id, False)
            _count(connection, user_id, failures + 1)
            return Try(user_id, True)

    def was_wrong(self, one: Try, username: str, address: str | None) -> None:
        """The try stays counted; it is written down for a user whom we know."""
        if one.user_id is None or not one.open:
            return
        with writing(self._engine) as connection:
            held = _roles_of(connection, one.user_id)
            failures = select(users.c.failed_logins).where(users.c.id == one.user_id)
            counted = connection.execute(failures).scalar_one()
            details = {"in_a_row": counted, "locked_seconds": lock_seconds(counted)}
            by = Actor(username, held, address=address)
            write_deed(connection, Deed(by, "sign_in_refused", "user", username, details=details))

    def was_half_right(self, one: Try, address: str | None) -> None:
        """The password was right, a code is asked for: this try doesn't count, those before do."""
        with writing(self._engine) as connection:
            _forgive(connection, address)
            mine = users.c.id == one.user_id
            row = connection.execute(
                select(users.c.failed_logins).where(mine).with_for_update()
            ).one()
            _count(connection, one.user_id or 0, max(row.failed_logins - 1, 0))

    def was_right(self, one: Try, by: Actor, how: str) -> None:
        """Somebody is in; ``how``: password, code or recovery_code."""
        with writing(self._engine) as connection:
            _forgive(connection, by.address)
            came = {
                "failed_logins": 0,
                "locked_until": None,
                "last_login_at": users.c.current_login_at,
                "last_login_ip": users.c.current_login_ip,
                "current_login_at": db_now(),
                "current_login_ip": by.address,
                "login_count": users.c.login_count + 1,
            }
            connection.execute(update(users).where(users.c.id == one.user_id).values(came))
            write_deed(connection, Deed(by, "sign_in", "user", by.name, details={"by": how}))

    def take_step(self, user_id: int, step: int) -> bool:
        """Use up the code of this step; False when it, or a later one, was used before."""
        newer = func.coalesce(users.c.tf_last_counter < step, True)
        with writing(self._engine) as connection:
            taken = connection.execute(
                update(users).where(users.c.id == user_id, newer).values(tf_last_counter=step)
            )
            return taken.rowcount == 1

    def take_recovery_code(self, user_id: int, code: str) -> bool:
        """Use up a recovery code, given hashed; False when the user has no such code."""
        mine = users.c.id == user_id
        with writing(self._engine) as connection:
            codes: Sequence[str] = (
                connection.execute(
                    select(users.c.mf_recovery_codes).where(mine).with_for_update()
                ).scalar_one_or_none()
                or ()
            )
            left = [other for other in codes if other != code]
            if len(left) == len(codes):
                return False
            connection.execute(update(users).where(mine).values(mf_recovery_codes=left))
            return True

    def sweep(self) -> bool:
        """Forget failures that no longer count; True when there may be more."""
        old = select(sign_in_failures.c.id).where(sign_in_failures.c.at <= _since(_WINDOW_SECONDS))
        with writing(self._engine) as connection:
            gone = connection.execute(
                delete(sign_in_failures).where(sign_in_failures.c.id.in_(old.limit(_AT_ONCE)))
            )
            return gone.rowcount == _AT_ONCE


def network_of(address: str | None) -> str:
    """Whom an address belongs to: itself, or its /64 where a subscriber has so many."""
    try:
        parsed = ip_address(address or "")
    except ValueError:
        return "-"
    if parsed.version == 4:
        return str(parsed)
    mapped = parsed.ipv4_mapped
    return str(mapped or ip_network((parsed, 64), strict=False))


def _since(seconds: float) -> ScalarSelect[datetime]:
    return select(db_now(-seconds)).scalar_subquery()


def _count(connection: Connection, user_id: int, failures: int) -> None:
    # The last try that is free shuts the door for the next one.
    seconds = lock_seconds(failures)
    until = db_now(seconds) if seconds else None
    counted = {"failed_logins": min(failures, 1000 * TRIES), "locked_until": until}
    connection.execute(update(users).where(users.c.id == user_id).values(counted))


def _forgive(connection: Connection, address: str | None) -> None:
    """Take the newest failure of this network back: it was none."""
    newest = (
        select(sign_in_failures.c.id)
        .where(sign_in_failures.c.address == network_of(address))
        .order_by(sign_in_failures.c.at.desc())
        .limit(1)
        .scalar_subquery()
    )
    connection.execute(delete(sign_in_failures).where(sign_in_failures.c.id == newest))


def _roles_of(connection: Connection, user_id: int) -> frozenset[Role]:
    held = select(roles.c.name).join_from(user_roles, roles).where(user_roles.c.user_id == user_id)
    return frozenset(Role(name) for name in connection.execute(held).scalars())
