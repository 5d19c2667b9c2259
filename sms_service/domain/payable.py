"""The number to pay a debt by."""

from sms_service.domain.bill_id import make_payment_id, payment_id_is_valid, payment_id_parts
from sms_service.domain.money import RIAL_PER_PAYMENT_ID_UNIT, SMALLEST_PAYMENT, Rial
from sms_service.domain.records import History


def payment_id_to_pay_by(history: History) -> str | None:
    """A payment ID that pays what is owed now, but for the odd rials under a thousand.

    The branch's own where both its check digits are right and it carries this very debt; else
    one made of the debt and the newest bill's period, as the joint scheme of bill payment
    has it. None when too little is owed for a bank to take, or no bill tells the period.
    """
    branch = history.branch
    if branch is None or branch.debt_rial is None or branch.debt_rial < SMALLEST_PAYMENT:
        return None
    if branch.payment_id and _pays(history.bill_id, branch.payment_id, branch.debt_rial):
        return branch.payment_id
    newest = next((bill for bill in reversed(history.bills) if not bill.rejected), None)
    if newest is None:
        return None
    try:
        return make_payment_id(
            history.bill_id, branch.debt_rial, newest.sale_year, newest.sale_period
        )
    except ValueError:
        return None  # more than a payment ID can carry: paid by its bill, at the company


def _pays(bill_id: str, payment_id: str, debt: Rial) -> bool:
    parts = payment_id_parts(payment_id)
    carried = parts.amount_rial if parts else None
    return carried == debt - debt % RIAL_PER_PAYMENT_ID_UNIT and payment_id_is_valid(
        bill_id, payment_id
    )
