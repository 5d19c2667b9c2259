"""The phone page: a keypad phone in the browser, faults to order, and what happens behind."""
