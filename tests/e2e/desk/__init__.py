"""The phone page in a browser: a package, so that its service and browser end with its tests."""
