"""The operator's desk on web pages: find a request, understand it, send its answer again."""
