"""What retention leaves of the ledger: who asked is gone, what happened stays."""

import secrets

from sqlalchemy import Engine, delete, update

from sms_service.database import writing
from sms_service.ledger.tables import inbound, inbound_texts, outbound, outbound_texts


def erase_people(engine: Engine) -> None:
    """No phone, no text, no bill is left."""
    nobody = {"phone_cipher": None, "phone_hash": secrets.token_bytes(32)}
    with writing(engine) as connection:
        connection.execute(update(inbound).values(**nobody, bill_id=None, fingerprint=bytes(32)))
        connection.execute(update(outbound).values(**nobody))
        connection.execute(delete(inbound_texts))
        connection.execute(delete(outbound_texts))
