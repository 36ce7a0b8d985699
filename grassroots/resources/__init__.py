"""Experts, brokers, societies, institutions and services: what there is, and keeping it (F1-F5)."""

from grassroots.resources.desks import DESKS
from grassroots.resources.offers import (
    ROUTES,
    Behind,
    ResourceInput,
    ResourceQuery,
    amend_resource,
    forget_resource,
    get_behind,
    get_resource,
    get_team,
    list_resources,
    offer_resource,
    withdraw_resource,
)
from node.capability import Capability

__all__ = [
    "CAPABILITY",
    "Behind",
    "ResourceInput",
    "ResourceQuery",
    "amend_resource",
    "forget_resource",
    "get_behind",
    "get_resource",
    "get_team",
    "list_resources",
    "offer_resource",
    "withdraw_resource",
]

CAPABILITY = Capability(
    name="resources",
    title="专家与服务资源",
    serves=("A4", "A6", "A18", "C8", "C13", "E4", "E12", "F1", "F2", "F3", "F4", "F5", "F7"),
    channels=("results",),
    routes=ROUTES,
    desks=DESKS,
)
