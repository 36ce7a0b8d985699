"""What two stations must agree on: bytes and values in, values out.

No I/O, no clock, no asyncio; randomness is an argument. ``SPEC.md`` beside this file is the
numbered text of the wire that this package carries out.
"""
