"""Keys rotate, people are erased and backups are brought back while texts come and go."""

import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from sms_service.cli import app
from sms_service.database import reading
from sms_service.ledger.case import CaseLedger
from sms_service.ledger.tables import inbound
from sms_service.settings import load_settings
from sms_service.simulator.household import ROLES
from sms_service.wiring import Parts
from tests.support.ageing import age
from tests.support.postgres import Postgres, binary
from tests.support.remains import in_files, of_phone, traces
from tests.support.service import Service
from tests.support.texting import Taken, Text

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]

Done = TypeVar("Done")

OLD = "1:" + b64encode(b"o" * 32).decode()
NEW = "2:" + b64encode(b"n" * 32).decode()
PROGRAMS = str(Path(binary("pg_dump")).parent)
COMPANYS = (
    *("bills", "payments", "branches", "companies"),
    *("replaced_bills", "replaced_payments", "replaced_branches"),
)


@pytest.fixture
def server() -> Iterator[Postgres]:
    with Postgres(durable=True) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'service.db'}"
    server: Postgres = request.getfixturevalue("server")
    return server.url(server.create_database())


class Load:
    """Texts that are handed over while something else is done."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.said: list[Taken] = []

    def beside(self, work: Callable[[], Done]) -> Done:
        """Hand texts over, one batch after the other, until the work has been done."""
        over = threading.Event()

        def text() -> None:
            while not over.wait(0.3):
                texts = self._service.new_texts(10)
                self.said += self._service.webhook.hand_over_until_taken(texts, seconds=60)

        thread = threading.Thread(target=text)
        thread.start()
        try:
            return work()
        finally:
            over.set()
            thread.join()

    @property
    def taken(self) -> list[Text]:
        return [one.text for one in self.said if one.status == 200]


def restart(service: Service, keys: str) -> None:
    """One process after the other, as an administrator does."""
    service.engine.dispose()
    service._given["DATA_KEYS"] = keys
    vars(service).pop("parts", None)
    for name in ROLES:
        service.process(name).terminate()
        service.process(name).wait(30)
        service.kill(name)
        service.launch(name)
        service.wait_for_web()


def verb(service: Service, *words: str) -> str:
    done = CliRunner().invoke(app, words, env=service.environment)
    assert done.exit_code == 0, done.output
    return done.output


def test_keys_rotate_under_load_and_the_old_one_is_taken_out(tmp_path: Path, database: str) -> None:
    with Service(tmp_path, database, DATA_KEYS=OLD) as service:
        load = Load(service)
        since = service.last_sms()
        load.said += service.webhook.hand_over_until_taken(service.new_texts(300), seconds=60)
        load.beside(lambda: restart(service, f"{OLD},{NEW}"))
        load.beside(lambda: restart(service, f"{NEW},{OLD}"))
        told = load.beside(lambda: verb(service, "keys", "rotate"))
        assert "everything is sealed with version 2" in told
        load.beside(lambda: restart(service, NEW))
        assert service.audit(load.said, since) == {}
        readable_by(service, load.taken)
        assert "version 1" not in verb(service, "keys", "status")


def test_keys_change_at_once_on_one_host_and_texts_only_wait(tmp_path: Path, database: str) -> None:
    """The new key is put in front without having been given to the others before."""
    with Service(tmp_path, database, DATA_KEYS=OLD) as service:
        load = Load(service)
        since = service.last_sms()
        load.beside(lambda: restart(service, f"{NEW},{OLD}"))
        assert service.audit(load.said, since) == {}


def readable_by(service: Service, texts: list[Text]) -> None:
    """Each text and phone reads with what the service holds now."""
    parts = Parts(load_settings(service.environment))
    with reading(parts.engine) as connection:
        codes = connection.scalars(select(inbound.c.code)).all()
    cases = [CaseLedger(parts.engine, parts.vault).case(code) for code in codes]
    phones = {case.phone for case in cases if case is not None and case.text}
    assert phones >= {"+98" + one.phone[1:] for one in texts}
    parts.close()


def test_after_retention_a_search_of_everything_finds_nobody(tmp_path: Path, database: str) -> None:
    with Service(tmp_path, database, DATA_KEYS=OLD) as service:
        texts = [service.new_text(one.message + " لطفا زودتر") for one in service.new_texts(60)]
        said = service.webhook.hand_over_until_taken(texts, seconds=60)
        service.wait_until(lambda: service.is_settled(texts), 60)
        age(service.engine, timedelta(days=91))
        load, since = Load(service), service.last_sms()
        told = load.beside(lambda: verb(service, "retention", "run"))
        assert "erased 60 requests" in told
        assert service.audit(load.said, since) == {}
        needles = {
            "phone": [way for one in said for way in of_phone("+98" + one.text.phone[1:])],
            "text": ["لطفا زودتر".encode()],
        }
        vaults = {1: service.parts.vault}
        assert traces(service.engine, needles, vaults, COMPANYS) == []
        logs = tmp_path / "logs"
        logs.mkdir()
        for name in ROLES:
            (logs / f"{name}.log").write_bytes(service.log(name).read_bytes())
        assert in_files([logs, tmp_path / "uploads"], needles) == []


def test_a_backup_under_load_is_brought_back_and_nobody_hears_twice(
    tmp_path: Path, server: Postgres
) -> None:
    """Load, backup, quiet; the database is lost; load again on what was brought back."""
    first = server.url(server.create_database())
    with Service(tmp_path, first, DATA_KEYS=OLD) as service:
        load, since = Load(service), service.last_sms()
        load.said += service.webhook.hand_over_until_taken(service.new_texts(200), seconds=60)
        assert service.audit(load.said, since) == {}
        file = str(tmp_path / "copy")
        verb(service, "db", "backup", file, "--programs", PROGRAMS)
        for name in ROLES:
            service.kill(name)

        service._given["DATABASE_URL"] = server.url(server.create_database())
        service.engine.dispose()
        vars(service).pop("parts", None)
        verb(service, "db", "restore", file, "--programs", PROGRAMS)
        service.start()
        again = [one.text for one in load.said[:20]]
        load.said += service.webhook.hand_over_until_taken(again, seconds=60)
        load.said += service.webhook.hand_over_until_taken(service.new_texts(200), seconds=60)
        assert service.audit(load.said, since) == {}
