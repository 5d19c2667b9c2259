"""``python -m sms_service``: the command line, where no script was installed."""

from sms_service.cli import main

main()
