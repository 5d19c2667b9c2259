"""The way in to the desk in a browser: a package, so that its names are its own."""
