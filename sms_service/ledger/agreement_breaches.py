"""The requests that an agreement wasn't kept for, page by page."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Engine, select

from sms_service.database import reading
from sms_service.ledger.agreement_facts import requests_of, touched_by, verdict
from sms_service.ledger.agreement_figures import cut_of
from sms_service.ledger.desk_tables import resends
from sms_service.service.agreement_counts import Breach, Wanted
from sms_service.service.agreement_rules import Kind, Verdict

_PAGE = 50


@dataclass(frozen=True, slots=True)
class BreachPage:
    """Breaches in the order of their requests, and the id to go on after, if there are more."""

    breaches: Sequence[Breach]
    after: int | None


class AgreementBreaches:
    """Lists them; each page is read by the range of its ids."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def page(self, wanted: Wanted, after: int = 0, cause: Verdict | None = None) -> BreachPage:
        """Breaches behind this id; of one cause where it is named."""
        cut = replace(cut_of(wanted), lost=wanted.lost)
        told = requests_of(replace(cut, ids=(after + 1, cut.id_range[1])))
        judged = verdict(told, wanted.pieces, wanted.as_of)
        rows = (
            select(
                *(told.c.id, told.c.code, told.c.channel, told.c.received_at, told.c.handed_at),
                judged.label("verdict"),
                touched_by(told, wanted.force_majeure).label("spared"),
            )
            .where(told.c.kind == Kind.COUNTED)
            .subquery()
        )
        is_breach = (
            rows.c.verdict.not_in([Verdict.IN_TIME, Verdict.OPEN])
            if cause is None
            else rows.c.verdict == cause
        )
        again = select(resends.c.outbound_id).where(resends.c.inbound_id == rows.c.id).exists()
        listed = select(*rows.c, again).where(is_breach).order_by(rows.c.id).limit(_PAGE + 1)
        with reading(self._engine) as connection:
            found = connection.execute(listed).all()
        breaches = [
            Breach(*row[:5], Verdict(row.verdict), bool(row.spared), bool(row[7]))
            for row in found[:_PAGE]
        ]
        return BreachPage(breaches, breaches[-1].id if len(found) > _PAGE else None)
