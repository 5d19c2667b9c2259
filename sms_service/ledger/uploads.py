"""The uploads in the database: who may take one up, who holds it, what became of it.

``seen_at`` and ``lease_token`` are the lease of the process that works on one. A process
that was given up hears so at its next word, and stops.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Engine, Select, func, insert, select, update

from sms_service.database import db_now, once_more, reading, writing
from sms_service.ledger.audit import write_deed
from sms_service.ledger.desk_tables import uploads
from sms_service.ledger.ids import new_id, new_token
from sms_service.service.auditing import Deed
from sms_service.service.uploads import INTERRUPTED, RUNNING, WAITING, Upload, UploadState

LEASE_SECONDS = 40.0
"""Without a word for so long, a process is taken for dead."""
AT_ONCE = 2
"""Uploads that are worked on at the same time, by all workers together."""
_LONGEST_FAILURE = 200
_REMEMBERED = 200

_BEGUN = {
    UploadState.UPLOADED: UploadState.CHECKING,
    UploadState.WAITING: UploadState.APPLYING,
}
_COLUMNS = [c for c in uploads.c if c.name != "lease_token"]


class UploadLedger:
    """The table ``uploads``; whatever somebody does is written down in the same transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @staticmethod
    def new_id() -> int:
        """The number of an upload that is to be added, once its files are in place."""
        return new_id()

    def add(self, upload_id: int, files: Sequence[Mapping[str, Any]], deed: Deed) -> None:
        """Files that have come: to be looked through."""
        self._add(upload_id, UploadState.UPLOADED, deed, files=list(files))

    def ask_to_roll_back(self, options: Mapping[str, Any], deed: Deed) -> int:
        """A batch to be taken back; returns the number under which that can be watched."""
        upload_id = new_id()
        self._add(upload_id, UploadState.WAITING, deed, files=[], options=dict(options))
        return upload_id

    def _add(self, upload_id: int, state: UploadState, deed: Deed, **values: Any) -> None:
        row = {"id": upload_id, "state": state, "content_hash": "", **values}
        row |= {"uploaded_by": deed.actor.name[:48], "uploaded_at": db_now()}
        with writing(self._engine) as connection:
            connection.execute(insert(uploads).values(row))
            write_deed(connection, deed)

    def find(self, upload_id: int) -> Upload | None:
        """One of them."""
        found = self._read(_all().where(uploads.c.id == upload_id))
        return found[0] if found else None

    def newest(self, limit: int) -> Sequence[Upload]:
        """The last ones, the newest first."""
        return self._read(_all().order_by(uploads.c.id.desc()).limit(limit))

    def of_batches(self, batches: Sequence[int]) -> Mapping[int, Upload]:
        """The uploads that brought these batches."""
        brought = _all().where(uploads.c.batch_id.in_(batches)).order_by(uploads.c.id)
        return {one.batch_id: one for one in self._read(brought) if one.batch_id and one.files}

    def mapped_before(self) -> Sequence[Upload]:
        """Uploads that came in force with a mapping, the newest first."""
        applied = _all().where(uploads.c.state == UploadState.APPLIED)
        return [one for one in self._read(_newest(applied)) if one.mapping]

    def change(
        self, upload_id: int, expected: Sequence[UploadState], deed: Deed, **values: Any
    ) -> bool:
        """Somebody's decision; False when the upload isn't in such a state any more."""
        mine = uploads.c.id == upload_id, uploads.c.state.in_(expected)
        with writing(self._engine) as connection:
            changed = connection.execute(update(uploads).where(*mine).values(values)).rowcount
            if changed:
                write_deed(connection, deed)
        return bool(changed)

    def has_due(self) -> bool:
        """Whether one waits for a process, or its process has fallen silent."""
        waits = uploads.c.state.in_(WAITING)
        silent = uploads.c.state.in_(RUNNING) & (uploads.c.seen_at <= _silent_since())
        with reading(self._engine) as connection:
            found = select(uploads.c.id).where(waits | silent).limit(1)
            return connection.execute(found).first() is not None

    def take(self) -> tuple[int, int] | None:
        """The oldest that waits, with its token; None while there is none, or enough is done."""
        return once_more(self._take)

    def _take(self) -> tuple[int, int] | None:
        state = uploads.c.state
        running = select(func.count()).select_from(uploads).where(state.in_(RUNNING))
        waiting = select(uploads.c.id, state).where(state.in_(WAITING)).order_by(uploads.c.id)
        token = new_token()
        with writing(self._engine) as connection:
            if (connection.scalar(running) or 0) >= AT_ONCE:
                return None
            row = connection.execute(waiting.limit(1).with_for_update(skip_locked=True)).first()
            if row is None:
                return None
            taken = update(uploads).where(uploads.c.id == row.id)
            connection.execute(
                taken.values(
                    state=_BEGUN[UploadState(row.state)],
                    lease_token=token,
                    seen_at=db_now(),
                    progress=None,
                    failure=None,
                    ended_at=None,
                )
            )
        return row.id, token

    def held(self, upload_id: int, token: int) -> Upload | None:
        """The upload, for the process that holds it; None when it was given up."""
        mine = _all().where(uploads.c.id == upload_id, uploads.c.lease_token == token)
        found = self._read(mine.where(uploads.c.state.in_(RUNNING)))
        return found[0] if found else None

    def hold(
        self, upload_id: int, token: int, progress: Mapping[str, Any] | None
    ) -> UploadState | None:
        """Renew the lease; what the upload is by now, None when it was given up."""
        values: dict[str, Any] = {"seen_at": db_now()}
        if progress is not None:
            values["progress"] = dict(progress)
        mine = uploads.c.id == upload_id, uploads.c.lease_token == token
        holding = update(uploads).where(*mine, uploads.c.state.in_(RUNNING)).values(values)
        with writing(self._engine) as connection:
            state = connection.execute(holding.returning(uploads.c.state)).scalar()
        return UploadState(state) if state else None

    def close(self, upload_id: int, token: int, state: UploadState, **values: Any) -> bool:
        """The end of a process's work; counts even where it was taken for dead meanwhile."""
        if values.get("failure"):
            values["failure"] = values["failure"][:_LONGEST_FAILURE]
        mine = uploads.c.id == upload_id, uploads.c.lease_token == token
        closing = update(uploads).where(*mine).values(state=state, ended_at=db_now(), **values)
        with writing(self._engine) as connection:
            return bool(connection.execute(closing).rowcount)

    def give_up_silent(self) -> int:
        """End those whose process has fallen silent; how many."""
        silent = uploads.c.state.in_(RUNNING), uploads.c.seen_at <= _silent_since()
        over = {"ended_at": db_now()}
        stopped = update(uploads).where(uploads.c.state == UploadState.CANCELLING, silent[1])
        failed = update(uploads).where(*silent)
        with writing(self._engine) as connection:
            ended = connection.execute(stopped.values(state=UploadState.CANCELLED, **over)).rowcount
            lost = failed.values(state=UploadState.FAILED, failure=INTERRUPTED, **over)
            return ended + connection.execute(lost).rowcount

    def expire(self, upload_id: int, expected: Sequence[UploadState]) -> bool:
        """Its files are to go; False when somebody does something with it."""
        mine = uploads.c.id == upload_id, uploads.c.state.in_(expected)
        over = update(uploads).where(*mine).values(state=UploadState.EXPIRED, ended_at=db_now())
        with writing(self._engine) as connection:
            return bool(connection.execute(over).rowcount)

    def _read(self, wanted: Select[Any]) -> list[Upload]:
        with reading(self._engine) as connection:
            return [_upload(dict(row._mapping)) for row in connection.execute(wanted)]


def _all() -> Select[Any]:
    return select(*_COLUMNS, db_now().label("now"))


def _newest(wanted: Select[Any]) -> Select[Any]:
    return wanted.order_by(uploads.c.id.desc()).limit(_REMEMBERED)


def _silent_since() -> Any:
    return select(db_now(-LEASE_SECONDS)).scalar_subquery()


def _upload(row: Mapping[str, Any]) -> Upload:
    given = {**row, "state": UploadState(row["state"])}
    given |= {name: row[name] or {} for name in ("options", "progress")}
    return Upload(**given)
