"""The runtime all modes share: one process, one station."""
