"""USSD gateways: one dialect a file, all leading to the same dialogue."""
