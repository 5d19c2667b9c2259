"""Users in the database: made, changed and let go, each time with the deed beside."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Engine, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from sms_service.database import db_now, once_more, reading, writing
from sms_service.domain.roles import Role
from sms_service.ledger.audit import write_deed
from sms_service.ledger.desk_tables import roles, sessions, user_roles, users
from sms_service.service.auditing import Actor, Deed
from sms_service.service.people import (
    LastAdmin,
    NameTaken,
    NewPerson,
    NoSuchUser,
    Person,
    SecondFactor,
)

_IS_LOCKED = (users.c.locked_until > db_now()).label("is_locked")
_UNLOCKED: Mapping[str, Any] = {"failed_logins": 0, "locked_until": None}
_NO_SECOND_FACTOR: Mapping[str, Any] = {
    "tf_primary_method": None,
    "tf_totp_secret": None,
    "tf_last_counter": None,
    "mf_recovery_codes": None,
}


class PeopleLedger:
    """Users. What changes what somebody may do ends all of their sessions."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def everybody(self) -> Sequence[Person]:
        """All users, those at work first, by name."""
        with reading(self._engine) as connection:
            found = connection.execute(
                select(users, _IS_LOCKED).order_by(users.c.active.desc(), users.c.username)
            ).all()
            held = _roles_of(connection)
        return [_person(row, held.get(row.id, frozenset())) for row in found]

    def find(self, username: str) -> Person | None:
        """The user of this name."""
        with reading(self._engine) as connection:
            return _find(connection, username)

    def create(self, new: NewPerson, by: Actor) -> None:
        """Make a user. Raises NameTaken."""
        row = {
            "username": new.username,
            "email": new.email,
            "name": new.name,
            "password": new.password_hash,
            "must_change_password": new.must_change_password,
            "active": True,
            "fs_uniquifier": uuid4().hex,
            "created_at": db_now(),
        }

        def make() -> None:
            with writing(self._engine) as connection:
                made = connection.execute(insert(users).values(row).returning(users.c.id))
                _give_roles(connection, made.scalar_one(), new.roles)
                told = {"roles": sorted(new.roles)}
                _note(connection, by, "user_create", new.username, told)

        try:
            # Somebody else may have made the row of a role at the same moment.
            once_more(make)
        except IntegrityError:
            raise NameTaken(new.username) from None

    def set_roles(self, username: str, wanted: frozenset[Role], by: Actor) -> None:
        """Give exactly these roles. Raises NoSuchUser, LastAdmin."""
        with self._changing(username) as (connection, person):
            if wanted == person.roles:
                return
            _give_roles(connection, person.id, wanted)
            if Role.ADMIN in person.roles - wanted:
                _refuse_without_admin(connection)
            _end_sessions(connection, person.id)
            details = {"before": sorted(person.roles), "after": sorted(wanted)}
            _note(connection, by, "user_roles", username, details)

    def deactivate(self, username: str, by: Actor) -> None:
        """Let nobody in by this name any more, at once. Raises NoSuchUser, LastAdmin."""
        with self._changing(username) as (connection, person):
            if not person.active:
                return
            _set(connection, person.id, active=False)
            if Role.ADMIN in person.roles:
                _refuse_without_admin(connection)
            _end_sessions(connection, person.id)
            _note(connection, by, "user_deactivate", username)

    def activate(self, username: str, by: Actor) -> None:
        """Let the user in again, from behind a lock, too. Raises NoSuchUser."""
        with self._changing(username) as (connection, person):
            if person.active and not person.failed_logins:
                return
            _set(connection, person.id, active=True, **_UNLOCKED)
            _note(connection, by, "user_activate", username)

    def reset_password(self, username: str, password_hash: str, by: Actor) -> None:
        """Set a password that its user must change at once. Raises NoSuchUser."""
        with self._changing(username) as (connection, person):
            changed = {"password": password_hash, "must_change_password": True, **_UNLOCKED}
            _set(connection, person.id, **changed)
            _end_sessions(connection, person.id)
            _note(connection, by, "user_password_reset", username)

    def change_password(self, username: str, password_hash: str, by: Actor) -> str:
        """Set the user's own new password, and end all sessions.

        Returns what the user's sessions are bound to from now on.
        """
        with self._changing(username) as (connection, person):
            _set(connection, person.id, password=password_hash, must_change_password=False)
            _note(connection, by, "password_change", username)
            return _end_sessions(connection, person.id)

    def reset_second_factor(self, username: str, by: Actor) -> None:
        """Forget the second factor; the user makes a new one. Raises NoSuchUser."""
        with self._changing(username) as (connection, person):
            _set(connection, person.id, **_NO_SECOND_FACTOR)
            _end_sessions(connection, person.id)
            _note(connection, by, "user_second_factor_reset", username)

    def end_sessions(self, username: str, by: Actor) -> None:
        """Sign the user out everywhere. Raises NoSuchUser."""
        with self._changing(username) as (connection, person):
            _end_sessions(connection, person.id)
            _note(connection, by, "user_sessions_end", username)

    def set_second_factor(self, username: str, made: SecondFactor, by: Actor) -> None:
        """Begin to ask for codes of this secret."""
        with self._changing(username) as (connection, person):
            _set(
                connection,
                person.id,
                tf_primary_method="authenticator",
                tf_totp_secret=made.secret,
                tf_last_counter=made.step,
                mf_recovery_codes=list(made.recovery_codes),
            )
            _note(connection, by, "second_factor_on", username)

    def drop_second_factor(self, username: str, by: Actor) -> None:
        """Ask for no more codes."""
        with self._changing(username) as (connection, person):
            _set(connection, person.id, **_NO_SECOND_FACTOR)
            _note(connection, by, "second_factor_off", username)

    def set_recovery_codes(self, username: str, codes: Sequence[str], by: Actor) -> None:
        """Replace all recovery codes; these are hashed."""
        with self._changing(username) as (connection, person):
            _set(connection, person.id, mf_recovery_codes=list(codes))
            _note(connection, by, "recovery_codes_new", username)

    @contextmanager
    def _changing(self, username: str) -> Iterator[tuple[Connection, Person]]:
        """A transaction on one user's row, while no other one changes it."""
        with writing(self._engine) as connection:
            # One at a time, or two admins could take the role from each other.
            connection.execute(
                select(roles.c.id).where(roles.c.name == Role.ADMIN).with_for_update()
            )
            found = _find(connection, username, lock=True)
            if found is None:
                raise NoSuchUser(username)
            yield connection, found


def _find(connection: Connection, username: str, *, lock: bool = False) -> Person | None:
    wanted = select(users, _IS_LOCKED).where(users.c.username == username)
    row = connection.execute(wanted.with_for_update() if lock else wanted).first()
    if row is None:
        return None
    return _person(row, _roles_of(connection, row.id).get(row.id, frozenset()))


def _roles_of(connection: Connection, user_id: int | None = None) -> dict[int, frozenset[Role]]:
    held = select(user_roles.c.user_id, roles.c.name).join_from(user_roles, roles)
    if user_id is not None:
        held = held.where(user_roles.c.user_id == user_id)
    found: dict[int, set[Role]] = {}
    for row in connection.execute(held):
        found.setdefault(row.user_id, set()).add(Role(row.name))
    return {one: frozenset(of_one) for one, of_one in found.items()}


def _give_roles(connection: Connection, user_id: int, wanted: frozenset[Role]) -> None:
    known = {row.name: row.id for row in connection.execute(select(roles.c.id, roles.c.name))}
    for name in sorted(wanted - known.keys()):
        made = connection.execute(insert(roles).values(name=name).returning(roles.c.id))
        known[name] = made.scalar_one()
    connection.execute(delete(user_roles).where(user_roles.c.user_id == user_id))
    if wanted:
        given = [{"user_id": user_id, "role_id": known[name]} for name in sorted(wanted)]
        connection.execute(insert(user_roles), given)


def _refuse_without_admin(connection: Connection) -> None:
    admins = (
        select(func.count())
        .select_from(user_roles.join(roles).join(users))
        .where(roles.c.name == Role.ADMIN, users.c.active)
    )
    if not connection.execute(admins).scalar_one():
        raise LastAdmin


def _set(connection: Connection, user_id: int, **changed: Any) -> None:
    connection.execute(update(users).where(users.c.id == user_id).values(changed))


def _end_sessions(connection: Connection, user_id: int) -> str:
    """Delete them, and make what they were bound to worthless."""
    bound_to = uuid4().hex
    connection.execute(delete(sessions).where(sessions.c.user_id == user_id))
    _set(connection, user_id, fs_uniquifier=bound_to)
    return bound_to


def _note(
    connection: Connection,
    by: Actor,
    action: str,
    username: str,
    details: Mapping[str, object] | None = None,
) -> None:
    write_deed(connection, Deed(by, action, "user", username, details=details or {}))


def _person(row: Any, held: frozenset[Role]) -> Person:
    return Person(
        id=row.id,
        username=row.username,
        name=row.name,
        email=row.email,
        active=row.active,
        roles=held,
        has_second_factor=row.tf_totp_secret is not None,
        recovery_codes=len(row.mf_recovery_codes or ()),
        must_change_password=row.must_change_password,
        failed_logins=row.failed_logins,
        locked_until=row.locked_until if row.is_locked else None,
        seen_at=row.current_login_at,
        created_at=row.created_at,
    )
