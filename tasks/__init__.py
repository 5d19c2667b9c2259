"""The Celery side: thin tasks that wake the use cases. ``celery -A tasks worker``."""

from tasks.app import app

__all__ = ["app"]
