"""``/simulator/``: a phone on a page, to try the service with the simulated gateway.

Its texts take the real way: through the simulated gateway to our webhook and back.
"""

import tomllib
from dataclasses import asdict, dataclass
from importlib.resources import files

from flask import Blueprint, Response, abort, render_template, request

from sms_service.domain.msisdn import mobile, national
from sms_service.settings import Settings, SettingsError
from sms_service.simulator.kavenegar.harness import KavenegarControl
from sms_service.templates import templates_dir

_LONGEST = 2000
_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def phone_page(settings: Settings) -> Blueprint:
    """The phone's page and what it asks for. Raises SettingsError without a simulator."""
    if settings.simulator_url is None:
        raise SettingsError("SIMULATOR_URL is required")
    gateway = KavenegarControl(settings.simulator_url)
    line = settings.kavenegar_sender or "1521"
    page = Blueprint(
        "simulator",
        __name__,
        url_prefix="/simulator",
        template_folder=str(templates_dir() / "simulator"),
        static_folder="static",
    )

    @page.after_request
    def _lock_down(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = _POLICY
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    @page.get("/")
    def phone() -> str:
        return render_template("phone.html", line=line, presets=questions())

    @page.post("/texts")
    def send() -> dict[str, object]:
        sender, text = _phone(request.form.get("phone", "")), request.form.get("text", "")
        if len(text) > _LONGEST:
            abort(400)
        before = gateway.outbox(sender)
        taken = gateway.text(sender, line, text)
        return {
            "http_status": taken.http_status,
            "ms": taken.ms,
            "since": before[-1].messageid if before else 0,
        }

    @page.get("/answers")
    def answers() -> dict[str, object]:
        since = request.args.get("since", 0, type=int)
        sent = gateway.outbox(_phone(request.args.get("phone", "")), since)
        return {"answers": [_answer(asdict(sms)) for sms in sent]}

    return page


@dataclass(frozen=True, slots=True)
class Question:
    """A text worth trying, what it shows, and what the right answer contains."""

    text: str
    about: str
    answer: tuple[str, ...]


def questions(kind: str = "question") -> list[Question]:
    """Texts to try with the demo data: subscribers' questions and common slips.

    ``away``: those for when the billing interface is away.
    """
    written = files("sms_service.simulator").joinpath("data/questions.toml").read_text("utf-8")
    return [
        Question(one["text"], one["about"], tuple(one["answer"]))
        for one in tomllib.loads(written)[kind]
    ]


def _phone(written: str) -> str:
    phone = mobile(written)
    if phone is None:
        abort(400)
    return national(phone)


def _answer(sms: dict[str, object]) -> dict[str, object]:
    return {name: sms[name] for name in ("messageid", "message", "parts", "cost", "sender")}
