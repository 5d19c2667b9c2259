"""Users of the desk: how they sign in, what they may change of themselves, who looks after them."""
