"""Celery as a doorbell: its application, its lanes, its brokers."""

from sms_service.queueing.celery_app import KEY_PREFIX, LANES, make_celery

__all__ = ["KEY_PREFIX", "LANES", "make_celery"]
