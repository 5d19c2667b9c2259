"""Exports that came by a browser: kept as files, looked through and applied by workers."""
