"""Read models: one file each, with its table, its projection and its queries (DESIGN section 2).

Every one of them can be dropped and folded again from the entries, giving the same rows.
"""

from node.projection import Projection
from node.readmodels import (
    activities,
    casefolds,
    cuts,
    entries,
    files,
    needs,
    outcomes,
    performance,
    ranking,
    resources,
    results,
    screenings,
    stations,
)

PROJECTIONS: tuple[Projection, ...] = (
    entries.PROJECTION,
    stations.PROJECTION,
    needs.PROJECTION,
    results.PROJECTION,
    resources.PROJECTION,
    casefolds.PROJECTION,
    outcomes.PROJECTION,
    activities.PROJECTION,
    performance.PROJECTION,
    cuts.PROJECTION,
    ranking.PROJECTION,
    files.PROJECTION,
    screenings.PROJECTION,
)
