"""The one place that builds the parts of a process and joins them."""

from sms_service.wiring.parts import Parts, PartsPerProcess, environment

__all__ = ["Parts", "PartsPerProcess", "environment"]
