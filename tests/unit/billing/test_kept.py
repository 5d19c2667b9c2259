"""Histories kept as text come back as they were."""

from dataclasses import replace

import pytest
from hypothesis import given

from sms_service.billing.kept import as_text, from_text
from sms_service.domain.records import Branch, History
from tests.support.histories import YESTERDAY, any_history

PHONE_HASH = b"\x00\xff" * 16


@given(any_history())
def test_what_was_kept_comes_back(history: History) -> None:
    text = as_text(history)
    assert from_text(history.bill_id, text, None, history.as_of) == history


def test_the_phones_hash_is_kept_beside_the_text() -> None:
    history = History("1234567804423", branch=Branch(phone_hash=PHONE_HASH, due_on=YESTERDAY))
    text = as_text(history)
    assert from_text(history.bill_id, text, PHONE_HASH, YESTERDAY) == replace(
        history, as_of=YESTERDAY
    )
    assert PHONE_HASH.hex() not in text


def test_another_form_is_told_from_ours() -> None:
    text = as_text(History("1234567804423")).replace('"form":1', '"form":0')
    with pytest.raises(ValueError):
        from_text("1234567804423", text, None, None)
