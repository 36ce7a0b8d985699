"""``yizhan report`` at a station with others below it."""

from grassroots.commands.reports import create_app
from node.supervision.commands import add_supervision

report = create_app()
add_supervision(report)
