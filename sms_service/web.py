"""The web process: routes, limits, headers."""

import logging
from collections.abc import Mapping
from dataclasses import asdict

from apiflask import APIFlask
from werkzeug.middleware.proxy_fix import ProxyFix

from sms_service import __version__
from sms_service.api.site import add_api
from sms_service.channels.door import Door
from sms_service.channels.exchange import log_exchanges
from sms_service.channels.fields import MAX_BODY_BYTES
from sms_service.channels.front import Front
from sms_service.channels.headers import Dressed
from sms_service.channels.health import PATHS, document_health, health_routes
from sms_service.channels.hooks import kavenegar_hooks
from sms_service.channels.inside import Inside
from sms_service.channels.kannel import kannel_webhooks
from sms_service.channels.kavenegar import kavenegar_webhooks
from sms_service.channels.measured import measured_application, measured_hooks
from sms_service.channels.metrics import PATH, document_metrics, metrics_route
from sms_service.channels.openapi import document_ussd, document_webhooks
from sms_service.channels.problems import answer_faults_as_problems
from sms_service.channels.secrets import Secrets
from sms_service.channels.spooling import LargeBodies
from sms_service.channels.ussd.route import all_dialects, ussd_hooks, ussd_route
from sms_service.console.large import large_limits, may_upload
from sms_service.console.pages import add_console
from sms_service.console.people.security import add_security
from sms_service.console.people.sessions import DeskSessions
from sms_service.ledger.migrations.runner import head
from sms_service.logs import set_up_logs
from sms_service.logs.tracing import trace_app
from sms_service.release import this_release
from sms_service.settings import Settings, load_settings
from sms_service.settings.safety import refuse_what_is_unsafe
from sms_service.vendored import vendored_files
from sms_service.wiring import Parts, environment
from sms_service.wiring.console import ConsoleParts
from sms_service.wiring.health import VITAL, make_readiness
from sms_service.wiring.metrics import MetricsParts

log = logging.getLogger(__name__)

_STATEMENT_SECONDS = 5.0
"""No statement of a webhook takes so long; beyond it the database is taken for gone."""
_THREADS = 16
"""Requests that Flask answers at a time; the others wait, held by the event loop."""


def build(settings: Settings | None = None) -> APIFlask:
    """The application, wired for these settings."""
    return build_from(web_parts(settings or load_settings(environment())))


def web_parts(settings: Settings) -> Parts:
    """The parts of a web process, which waits for no statement as long as a worker does."""
    return Parts(settings, statement_seconds=_STATEMENT_SECONDS)


def front_of(parts: Parts) -> Front:
    """What the web process serves: the application, with hooks for webhooks before it."""
    door = _door(parts)
    hooks = dict(kavenegar_hooks(door))
    if parts.settings.ussd_code:
        dialects = all_dialects(parts.settings.ussd_code)
        hooks |= ussd_hooks(parts.conversation, door.secrets, dialects)
    console = ConsoleParts(parts)
    folder = console.upload_folder
    large = LargeBodies(large_limits(parts.settings), may_upload(console.sessions), folder.spool)
    application = build_from(parts)
    trace_app(application)
    flask = measured_application(application)
    return Front(measured_hooks(hooks), flask, _THREADS, large, (*PATHS, PATH))


def build_from(parts: Parts) -> APIFlask:
    """The application on top of these parts. Raises SettingsError."""
    settings = parts.settings
    settings.require("secret_key", "data_keys", "hash_key", "webhook_secrets", "broker_url")
    refuse_what_is_unsafe(settings, environment())
    set_up_logs(settings, "web")
    # The documentation page of APIFlask loads from a CDN: our own comes with the API.
    app = APIFlask(
        "sms_service",
        title="sms-service",
        version=__version__,
        docs_path=None,
        static_folder=None,  # type: ignore[arg-type]  # as Flask takes it: no folder
    )
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    # The document would repeat whatever host it was asked by.
    app.config["SERVERS"] = [{"url": "/"}]
    log_exchanges(app)
    app.wsgi_app = Dressed(app.wsgi_app)  # type: ignore[method-assign]
    if settings.trusted_proxies:
        proxies = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies)  # type: ignore[method-assign]
    answer_faults_as_problems(app)
    door = _door(parts)
    # Both, whatever GATEWAYS says: receipts come for days after a gateway was left.
    app.register_blueprint(kavenegar_webhooks(door))
    app.register_blueprint(kannel_webhooks(door))
    document_webhooks(app)
    document_health(app)
    document_metrics(app)
    if settings.ussd_code:
        dialects = all_dialects(settings.ussd_code)
        app.register_blueprint(ussd_route(parts.conversation, door.secrets, dialects))
        document_ussd(app)
    _add_health(app, parts)
    app.register_blueprint(vendored_files())
    _add_desk(app, parts)
    if settings.simulator:
        _add_phone_page(app, parts)
    return app


def _add_health(app: APIFlask, parts: Parts) -> None:
    inside = Inside(parts.settings.metrics_token)
    app.register_blueprint(health_routes(make_readiness(parts), VITAL, inside, _version))
    app.register_blueprint(metrics_route(MetricsParts(parts).of_all, inside))


def _version() -> Mapping[str, object]:
    return {**asdict(this_release(__version__)), "schema": head()}


def _add_desk(app: APIFlask, parts: Parts) -> None:
    secret = parts.settings.secret_key
    app.secret_key = secret.get_secret_value() if secret else None
    desk = ConsoleParts(parts)
    app.session_interface = DeskSessions(desk.sessions)
    add_api(app, desk)
    add_console(app, desk, add_security(app, desk))


def _add_phone_page(app: APIFlask, parts: Parts) -> None:
    from sms_service.backstage import LedgerBackstage
    from sms_service.simulator.phone.page import phone_page

    app.register_blueprint(phone_page(parts.settings, LedgerBackstage(parts.engine, parts.vault)))


def _door(parts: Parts) -> Door:
    return Door(
        secrets=Secrets(s.get_secret_value() for s in parts.settings.webhook_secrets),
        arrivals=parts.recorder,
        receipts=parts.receipt_post,
        doorbell=parts.doorbell,
        own_lines=parts.own_lines,
    )
