"""``/console/overview``: how the service does now, in numbers, a chart and words."""

from sms_service.console.overview.page import add_overview

__all__ = ["add_overview"]
