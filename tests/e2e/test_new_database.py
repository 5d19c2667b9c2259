"""The gateway remembers what we may have forgotten."""

from tests.support.service import Service


def test_after_our_database_was_made_anew_answers_really_go_out(service: Service) -> None:
    since = service.last_sms()
    before = service.webhook.hand_over(service.new_texts(20))
    assert service.audit(before, since) == {}

    repeated = _repeated(service)
    for role in ("web", "worker", "beat"):
        service.kill(role)
    service.forget_database()
    service.start()
    since = service.last_sms()
    after = service.webhook.hand_over(service.new_texts(20))

    assert service.audit(after, since) == {}
    assert _repeated(service) == repeated


def _repeated(service: Service) -> int:
    """How often the gateway was given a local id that it knew, and so sent nothing."""
    return service.gateway.counters().get("localid_repeated", 0)
