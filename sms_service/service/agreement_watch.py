"""A line in the log each day while the agreement nears its end, or none holds."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from sms_service.domain.agreement import Validity
from sms_service.service.chore_ports import Chores

log = logging.getLogger(__name__)

WATCH = "agreement"
_A_DAY = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class AgreementWatch:
    """Looks once a day, whoever sweeps."""

    chores: Chores
    validity: Callable[[], Validity]

    def sweep(self) -> bool:
        """Look, if it is due; there is never more to do."""
        if not self.chores.is_due(WATCH):
            return False
        turn = self.chores.begin(WATCH)
        if turn is None:
            return False
        held = self.validity()
        if held.days_left is None:
            log.warning("no agreement holds today; requests count as outside of it")
        elif held.warned_of is not None:
            log.warning("the agreement ends in %d days, with %s", held.days_left, held.until)
        self.chores.finish(turn, _A_DAY)
        return False
