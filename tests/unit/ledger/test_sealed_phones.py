"""Phones between two pages: nobody reads them, and they don't last."""

import pytest

from sms_service.ledger.sealed_phones import SealedPhones
from sms_service.ledger.vault import Vault
from tests.support.ledger import PHONE, VAULT


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def test_a_phone_comes_back_out_of_its_token_and_isn_t_to_be_read_in_it() -> None:
    phones = SealedPhones(VAULT)
    token = phones.seal(PHONE)
    assert phones.open(token) == PHONE
    assert "912" not in token
    assert phones.seal(PHONE) != token


def test_a_token_is_of_no_use_after_a_quarter_of_an_hour_or_before_it_was_made() -> None:
    clock = Clock()
    phones = SealedPhones(VAULT, clock)
    token = phones.seal(PHONE)
    clock.now += 900
    assert phones.open(token) == PHONE
    clock.now += 1
    assert phones.open(token) is None
    clock.now -= 902
    assert phones.open(token) is None


@pytest.mark.parametrize("token", ["", ".", "2.", "9.aaaa", "x", "۲.AA", "2." + "A" * 500, "2.é"])
def test_what_never_was_a_token_opens_nothing(token: str) -> None:
    assert SealedPhones(VAULT).open(token) is None


def test_a_token_of_another_key_opens_nothing() -> None:
    stranger = SealedPhones(Vault({2: b"x" * 32}, b"another"))
    assert SealedPhones(VAULT).open(stranger.seal(PHONE)) is None


def test_what_else_the_vault_sealed_is_no_token() -> None:
    from base64 import urlsafe_b64encode

    sealed = VAULT.seal(PHONE.encode())
    body = urlsafe_b64encode(sealed.cipher).decode().rstrip("=")
    assert SealedPhones(VAULT).open(f"{sealed.key_version}.{body}") is None
