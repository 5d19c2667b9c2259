"""Users as Flask-Security wants them: objects over the tables of the ledger, read one by one.

What changes a user goes through the ledger, with its deed beside.
"""

from typing import Any, cast

from flask_security import RoleMixin, SQLAlchemySessionUserDatastore, UserMixin
from sqlalchemy import Engine
from sqlalchemy.orm import registry, relationship, scoped_session, sessionmaker

from sms_service.ledger import desk_tables


class DeskRole(RoleMixin):
    """A row of ``roles``."""

    name: str


class DeskUser(UserMixin):
    """A row of ``users``, with its roles."""

    must_change_password: bool
    tf_last_counter: int | None


_registry = registry()
_registry.map_imperatively(DeskRole, desk_tables.roles)
_registry.map_imperatively(
    DeskUser,
    desk_tables.users,
    properties={"roles": relationship(DeskRole, secondary=desk_tables.user_roles)},
)


class DeskUsers(SQLAlchemySessionUserDatastore):
    """Looks users up; gives the connection back before the page's own work asks for one.

    A request that kept it while it waits for another could starve the pool with others alike.
    """

    def __init__(self, engine: Engine) -> None:
        if engine.dialect.name == "postgresql":
            engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        # A user stays readable when its session is over.
        maker = sessionmaker(engine, autoflush=False, expire_on_commit=False)
        self._session = scoped_session(maker)
        super().__init__(self._session, DeskUser, DeskRole)

    def find_user(self, case_insensitive: bool = False, **kwargs: Any) -> DeskUser | None:
        """The user with this value of one column."""
        try:
            return cast("DeskUser | None", super().find_user(case_insensitive, **kwargs))
        finally:
            self.close()

    def commit(self) -> None:
        """Store what was ``put``."""
        self._session.commit()
        self.close()

    def close(self) -> None:
        """Give back what this request holds."""
        self._session.remove()
