"""The promises under faults, in virtual time."""
