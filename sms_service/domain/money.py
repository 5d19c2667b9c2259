"""Money: whole numbers with their unit, and the only place that knows the factors.

Iran has legislated a rial worth 10,000 of today's; when it comes, this module
changes and nothing else does.
"""

from typing import NewType

Rial = NewType("Rial", int)
"""Today's rial («ریال»)."""

RIAL_PER_PAYMENT_ID_UNIT = 1000
"""Payment IDs («شناسه پرداخت») carry their amount in thousand rial."""
