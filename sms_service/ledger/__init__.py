"""The durable truth: what came in, what went out, what became of it."""
