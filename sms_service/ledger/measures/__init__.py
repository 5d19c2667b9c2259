"""What the ledger can tell in figures: counts that never fall, and how things stand now."""
