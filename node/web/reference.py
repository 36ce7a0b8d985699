"""The API's reference page: every operation, from the same values as its OpenAPI document."""

from collections.abc import Mapping
from itertools import groupby
from typing import TYPE_CHECKING

from node.capability import Page, Route
from node.people.permissions import roles_of
from node.web.openapi import PREFIX, Operation, read_operation
from node.web.routes import ROUTES

if TYPE_CHECKING:
    from node.app import Node


async def _build(
    node: "Node", path: Mapping[str, str], query: Mapping[str, str]
) -> Mapping[str, object]:
    names = {"Node": type(node)}
    routes = sorted(
        (*ROUTES, *node.mode.routes), key=lambda route: (_tag(route), route.path, route.method)
    )
    listed = [_describe(read_operation(route, names)) for route in routes]
    groups = groupby(listed, key=lambda each: each["tag"])
    return {"groups": [(tag, list(each)) for tag, each in groups]}


def _tag(route: Route) -> str:
    return route.path.split("/")[1]


def _describe(operation: Operation) -> dict[str, object]:
    route: Route = operation.route
    models = (operation.path, operation.query, operation.body)
    return {
        "id": operation.id,
        "tag": _tag(route),
        "method": route.method,
        "path": PREFIX + route.path,
        "summary": route.summary,
        "parameters": [name for model in models if model for name in model.model_fields],
        "roles": roles_of(route.needed) if route.needed else (),
    }


REFERENCE = Page("/api", "reference.html", "数据接口", _build)
