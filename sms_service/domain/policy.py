"""How much a phone may ask for, where the agreement leaves it to the company."""

from datetime import timedelta

NAME_CHANGES_A_DAY = 3
"""Names that a phone may save or drop between two midnights in Tehran."""
MOST_SAVED_NAMES = 10
OPINION_ASKED_EVERY = timedelta(days=90)
"""A phone isn't asked for its opinion more often."""
