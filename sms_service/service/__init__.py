"""The use cases, and the ports that adapters implement for them."""
