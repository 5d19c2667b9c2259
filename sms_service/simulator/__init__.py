"""A phone and a gateway of our own, to try the service without the real ones."""
