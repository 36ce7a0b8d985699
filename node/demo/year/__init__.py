"""``yizhan demo --year``: a scripted year at twelve stations under a virtual clock (K1).

The nodes are real: stores on disk, the operations of the API with their roles and the audit trail,
the one door, the conversations of sync. Only the clock and the wires are stood in for, so that a
year takes minutes.
"""
