"""Somebody of each role for the demo's desk, all with one password made for this run."""

from sms_service.database import make_engine
from sms_service.domain.roles import Role
from sms_service.ledger.people import PeopleLedger
from sms_service.passwords import hashed
from sms_service.service.auditing import Actor
from sms_service.service.people import NewPerson, random_password


def make_demo_people(database_url: str) -> str:
    """Make a user named by each role; returns the password."""
    password = random_password()
    kept = hashed(password)
    engine = make_engine(database_url)
    people = PeopleLedger(engine)
    for role in Role:
        new = NewPerson(role, frozenset({role}), kept, must_change_password=False)
        people.create(new, Actor("cli:demo"))
    engine.dispose()
    return password
