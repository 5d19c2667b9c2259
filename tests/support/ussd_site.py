"""The route of USSD gateways on a bare application, with everything behind it in memory."""

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sms_service.channels.fields import MAX_BODY_BYTES
from sms_service.channels.problems import answer_faults_as_problems
from sms_service.channels.secrets import Secrets
from sms_service.channels.ussd.route import all_dialects, ussd_route
from tests.support.dialogues import Dialogues

CLONES = {
    "africastalking": ("sessionId", "phoneNumber", "serviceCode", "text"),
    "crossgate": ("session_id", "msisdn", "service_code", "ussd_string"),
    "fastmessage": ("SESSIONID", "MSISDN", "USSDCODE", "INPUT"),
    "bonga": ("session_id", "mobile_number", "service_code", "message"),
}
STEP = {
    "session_id": "d41d8cd9",
    "phone": "09121234567",
    "event": "new",
    "input": "*1521#",
    "sequence": 0,
}


class Site:
    """The route of dialogues on a bare application."""

    def __init__(self) -> None:
        self.dialogues = Dialogues()
        app = Flask(__name__)
        app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
        answer_faults_as_problems(app)
        dialects = all_dialects("*1521#")
        app.register_blueprint(
            ussd_route(self.dialogues.conversation, Secrets(["a-secret"]), dialects)
        )
        self.client: FlaskClient = app.test_client()

    def step(self, **changed: object) -> TestResponse:
        """A step of the ``json`` dialect; None for a field leaves it out."""
        told = {name: value for name, value in (STEP | changed).items() if value is not None}
        return self.client.post("/ussd/json/a-secret", json=told)
