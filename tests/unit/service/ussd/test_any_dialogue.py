"""Whatever keys are pressed in whatever order: a screen that fits, a way back, never a failure."""

import os
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from sms_service.language.screens import SCREEN_UNITS, units_of
from sms_service.service.ussd.ports import Kind
from sms_service.service.ussd.session import Session, Stage
from tests.fuzz.guided.heard import errors_of
from tests.support.dialogues import Dialogues
from tests.support.histories import BILL_ID
from tests.support.ussd import SUBSCRIBER

_OTHER = "6249849504428"
_KEYS = st.sampled_from(
    [
        *("0", "0", "1", "2", "3", "4", "5", "6", "8", "9", "9", "00", "99", "*", "#", ""),
        *("²", "①", "१", "۱", "٢", " 1 ", "1402", "۱۴۰۳", "1410", "1300", "98"),
        *(BILL_ID, _OTHER, f"{BILL_ID} 1404", "1234567804424", f"{BILL_ID} {_OTHER}", "123"),
        *("بدهی", "لغو", "latin", "\u202e1", "\x00", "😀" * 50, "9" * 300),
    ]
)
_ERRORS = errors_of("sms_service.service.ussd.conversation")
_FAR = 40
"""Steps back from any page to where a dialogue begins."""


_dialogues = cache(Dialogues)
"""Made once; each example begins with them empty."""


class AnyDialogue(RuleBasedStateMachine):
    """One phone, that dials, types, hangs up, and a gateway that says things twice."""

    def __init__(self) -> None:
        super().__init__()
        _ERRORS.clear()
        self.dialogues = _dialogues()
        self.dialogues.forget()
        self.phone = self.dialogues.phone()
        self.shown = self.phone.dial()

    @rule(code=st.sampled_from(["*1521#", f"*1521*{BILL_ID}#", f"*1521*{BILL_ID}*2*1404#", "*9#"]))
    def it_dials(self, code: str) -> None:
        self.shown = self.phone.dial(code)

    @rule()
    def it_is_registered_for_several_bills(self) -> None:
        self.dialogues.registered = lambda _: tuple(dict.fromkeys([BILL_ID, _OTHER] * 5))

    @rule()
    def it_saved_names(self) -> None:
        self.dialogues.saves(خانه=BILL_ID, مغازه=_OTHER)

    @precondition(lambda self: not self.shown.ends)
    @rule(key=_KEYS)
    def it_types(self, key: str) -> None:
        self.shown = self.phone.press(key)

    @rule(key=_KEYS)
    def the_gateway_says_the_last_step_again(self, key: str) -> None:
        kind = Kind.INPUT if self.phone.step else Kind.NEW
        assert self.phone.tells(kind, [key]) == self.shown

    @rule(is_slow=st.booleans(), is_busy=st.booleans())
    def the_desk_is_slow_or_busy(self, is_slow: bool, is_busy: bool) -> None:
        self.dialogues.consultant.is_slow = is_slow
        self.dialogues.consultant.is_busy = is_busy

    @precondition(lambda self: self.shown.ends)
    @rule()
    def the_gateway_goes_on_after_the_end(self) -> None:
        """A new dialogue begins rather than that the phone is left without a screen."""
        self.shown = self.phone.press("1")

    @rule()
    def it_hangs_up_and_dials_again(self) -> None:
        self.phone.hang_up()
        self.shown = self.phone.dial()
        assert not self.shown.ends

    @precondition(lambda self: not self.shown.ends)
    @rule()
    def zero_leads_home(self) -> None:
        for _ in range(_FAR):
            at = self._session()
            if at.stage is Stage.RESUME:
                self.shown = self.phone.press("2")
            elif at.stage is Stage.BILL and not at.first:
                return
            else:
                self.shown = self.phone.press("0")
            assert not self.shown.ends
        raise AssertionError("a page from which no way leads back")

    @invariant()
    def there_is_a_screen_that_fits(self) -> None:
        assert self.shown.text.strip()
        assert units_of(self.shown.text) <= SCREEN_UNITS
        assert all(one.isprintable() or one in "\n\u200c" for one in self.shown.text)

    @invariant()
    def nothing_failed(self) -> None:
        assert not _ERRORS

    def _session(self) -> Session:
        standing = self.dialogues.memory.last[self.dialogues.hash_phone(SUBSCRIBER)]
        assert standing.kept is not None
        return standing.kept.session


_ANY: Any = settings(deadline=None, stateful_step_count=30, suppress_health_check=list(HealthCheck))


def test_any_dialogue_is_led_and_leads_back() -> None:
    run_state_machine_as_test(
        AnyDialogue, settings=settings(_ANY, max_examples=30, derandomize=True)
    )


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_any_of_many_dialogues_is_led_and_leads_back() -> None:
    run_state_machine_as_test(
        AnyDialogue,
        settings=settings(_ANY, max_examples=int(os.environ.get("EXAMPLES", "500"))),
    )
