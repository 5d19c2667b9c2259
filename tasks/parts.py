"""The parts of whichever worker process asks, made after the fork."""

from sms_service.wiring import PartsPerProcess
from tasks.app import settings

parts = PartsPerProcess(settings)
