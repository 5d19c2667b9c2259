"""The desk for programs: requests, their state and resends over HTTP, with tokens."""
