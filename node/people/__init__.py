"""Who works at this station: accounts, roles, log-ins and the audit trail. None of it is synced."""

from node.people.actor import OPERATOR, Actor
from node.people.gate import Gate
from node.people.permissions import Act, Role

__all__ = ["OPERATOR", "Act", "Actor", "Gate", "Role"]
