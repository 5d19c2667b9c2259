"""Coverage-guided fuzzing: one module a target, and what runs them.

``make fuzz-guided`` lets atheris look for inputs; what it keeps in tests/fuzz/corpus is tried
again by the default test run, which needs no atheris.
"""
