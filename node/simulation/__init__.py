"""A whole network in one process, under a virtual clock: what no test with real time can show.

Stores, ingest, publisher, guard file, sync conversations and peer choice are the production code.
Only time, randomness, wires and the moment a process dies are the simulator's (DESIGN section 2).
The same seed and the same code give the same run, event for event.
"""

from node.simulation.scheduler import Bell, Crash, Pause, Process, Scheduler, VirtualClock
from node.simulation.world import World

__all__ = ["Bell", "Crash", "Pause", "Process", "Scheduler", "VirtualClock", "World"]
