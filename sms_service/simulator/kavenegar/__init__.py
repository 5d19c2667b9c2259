"""A Kavenegar of our own: the same requests, answers, limits and callbacks, and faults at will.

It is a server of its own process with its own records, so that they outlive a reset of
our database. What it imitates is Kavenegar's public page (https://kavenegar.com/rest.html).
"""
