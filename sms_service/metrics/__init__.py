"""What processes count and time, and the names under which it is told."""
