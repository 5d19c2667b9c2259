"""Texts to try with the demo's data, and what the right answer to each contains."""

import tomllib
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Question:
    """A text worth trying, what it shows, and what the right answer contains."""

    text: str
    about: str
    answer: tuple[str, ...]


def questions(kind: str = "question") -> list[Question]:
    """Subscribers' questions and common slips.

    ``away``: those for when the billing interface is away.
    """
    written = files("sms_service.simulator").joinpath("data/questions.toml").read_text("utf-8")
    return [
        Question(one["text"], one["about"], tuple(one["answer"]))
        for one in tomllib.loads(written)[kind]
    ]
