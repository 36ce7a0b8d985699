"""The stories behind the named scenarios, by promise (DESIGN 0)."""
