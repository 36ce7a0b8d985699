"""A whole network on one machine, and the story it tells."""
