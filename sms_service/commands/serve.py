"""``sms-service serve``: the web process, with the server and settings that were measured."""

import click
import waitress

from sms_service import create_app
from sms_service.settings import load_settings
from sms_service.wiring import environment


@click.command()
def serve() -> None:
    """Listen on PORT. See docs/web-server.md."""
    settings = load_settings(environment())
    waitress.serve(
        create_app(settings),
        host="127.0.0.1",
        port=settings.port,
        threads=32,
        connection_limit=1000,
        channel_timeout=30,
        asyncore_use_poll=True,
        clear_untrusted_proxy_headers=False,
        ident=None,
    )
