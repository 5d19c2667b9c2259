"""Invented subscribers, as many as one likes, with all the oddities of real billing data.

Subscriber ``n`` of a seed is a function of the seed, ``n`` and the span of time alone: how
many there are, in what order and by how many processes they are made changes nothing.
Only ``Random.random()`` and exact arithmetic decide, so every Python makes the same ones.
"""
