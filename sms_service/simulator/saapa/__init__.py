"""A national billing interface of our own: the same questions and envelope, traps at will.

It knows nothing of how we read it. What it imitates is what clients of the real interface
publish about its fields and manners.
"""
