"""What the phone page may see of the ledger."""

import pytest
from sqlalchemy import Engine

from sms_service.backstage import LedgerBackstage
from sms_service.database import make_engine
from sms_service.ledger.recording import Recorder
from sms_service.ledger.vault import Vault
from sms_service.simulator.phone.backstage import LedgerAway
from tests.support.ledger import PHONE, VAULT, arrival

OTHER = "+989350000000"


def test_a_phone_sees_its_own_requests_the_newest_first(engine: Engine) -> None:
    told = Recorder(engine, VAULT).record([arrival("1"), arrival("2"), arrival("3", phone=OTHER)])
    backstage = LedgerBackstage(engine, VAULT)
    codes = [one.code for one in backstage.headings(PHONE, 5)]
    assert codes == [told[1].code, told[0].code]
    assert [one.code for one in backstage.headings(PHONE, 1)] == codes[:1]


def test_a_request_is_seen_with_its_first_hop_and_the_call_as_it_came(engine: Engine) -> None:
    (told,) = Recorder(engine, VAULT).record([arrival("1")])
    seen = LedgerBackstage(engine, VAULT).seen(told.code)
    assert seen is not None
    assert (seen.heading.channel, seen.heading.state) == ("sms", "received")
    assert [hop.what for hop in seen.hops] == ["received"]
    assert seen.raw == "raw"
    assert seen.answers == []


def test_an_unknown_code_is_nothing(engine: Engine) -> None:
    assert LedgerBackstage(engine, VAULT).seen("00000000") is None


def test_a_call_sealed_with_a_key_that_is_gone_is_not_shown(engine: Engine) -> None:
    (told,) = Recorder(engine, VAULT).record([arrival("1")])
    without = Vault({9: b"x" * 32}, b"hash key of the tests")
    seen = LedgerBackstage(engine, without).seen(told.code)
    assert seen is not None
    assert seen.raw is None


def test_a_database_that_is_away_is_told_as_such() -> None:
    away = make_engine("postgresql://nobody@127.0.0.1:9/none")
    with pytest.raises(LedgerAway):
        LedgerBackstage(away, VAULT).headings(PHONE, 5)
    away.dispose()
