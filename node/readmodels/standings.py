"""Which rows stand how on a day: open, about to run out, run out, closed, archived (B3)."""

from sqlalchemy import ColumnElement, Table, and_, not_, or_, true

from node.lifecycle import Term


def stands(table: Table, state: str, term: Term) -> ColumnElement[bool]:
    """The condition for rows that stand so; :meth:`Term.standing` says the same of one row.

    Args:
        table: has the columns state, expires and closed.
        state: one of the standings, ``all``, or empty for all but the archived.
        term: the day that is asked about.
    """
    is_open, expires = table.c.state == "open", table.c.expires
    ran_out = and_(is_open, expires != "", expires < term.today)
    archived = or_(
        and_(table.c.state != "open", table.c.closed < term.archived_ms),
        and_(is_open, expires != "", expires < term.archived_day),
    )
    conditions: dict[str, ColumnElement[bool]] = {
        "all": true(),
        "": not_(archived),
        "archived": archived,
        "open": and_(is_open, not_(ran_out)),
        "expiring": and_(is_open, expires >= term.today, expires <= term.soon_day),
        "expired": and_(ran_out, not_(archived)),
    }
    return conditions.get(state, table.c.state == state)
