"""What the product says in its logs where it mustn't raise: an error there is a finding."""

import logging


class _Heard(logging.Handler):
    """Keeps the errors of one logger, whatever else listens to it."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())


def errors_of(logger: str) -> list[str]:
    """A list that grows by each error of this logger."""
    heard = _Heard()
    logging.getLogger(logger).addHandler(heard)
    return heard.said
