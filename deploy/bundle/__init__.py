"""``make bundle``: all that a server without internet needs, in one archive."""
