"""What holds for every network that can be thought up, not only for the ones we thought of."""
