"""What the agreement leaves to the company: how much a phone may ask for, what is one question."""

from datetime import timedelta

NAME_CHANGES_A_DAY = 3
"""Names that a phone may save or drop between two midnights in Tehran."""
MOST_SAVED_NAMES = 10
OPINION_ASKED_EVERY = timedelta(days=90)
"""A phone isn't asked for its opinion more often."""
FOLDED_WITHIN = timedelta(seconds=3)
"""The same words from one phone to one line within this time are one question."""
