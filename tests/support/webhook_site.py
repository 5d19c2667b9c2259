"""The webhooks of a gateway on a bare application, with fakes behind."""

from collections.abc import Callable

from flask import Blueprint, Flask
from flask.testing import FlaskClient

from sms_service.channels.door import Door
from sms_service.channels.fields import MAX_BODY_BYTES
from sms_service.channels.problems import answer_faults_as_problems
from sms_service.channels.secrets import Secrets
from sms_service.service.messages import Arrival, Recorded
from tests.support.fakes import FakeDoorbell, FakePost


class WebhookSite:
    """One gateway's webhooks, two living secrets, two lines of our own."""

    def __init__(self, webhooks: Callable[[Door], Blueprint]) -> None:
        self.arrivals = FakePost(Recorded("12345678", repeated=False))
        self.receipts = FakePost()
        self.doorbell = FakeDoorbell()
        door = Door(
            secrets=Secrets(["new-secret", "old-secret"]),
            arrivals=self.arrivals,  # type: ignore[arg-type]  # a fake keeps objects of any kind
            receipts=self.receipts,  # type: ignore[arg-type]
            doorbell=self.doorbell,
            own_lines=frozenset({"30001521", "+989300000000"}),
        )
        self.app = Flask(__name__)
        self.app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
        answer_faults_as_problems(self.app)
        self.app.register_blueprint(webhooks(door))
        self.client: FlaskClient = self.app.test_client()

    @property
    def texts(self) -> list[Arrival]:
        return [item for item in self.arrivals.items if isinstance(item, Arrival)]
