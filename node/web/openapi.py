"""Operations as values, and the OpenAPI 3.1 document they amount to (DESIGN section 3)."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Any, get_type_hints

from pydantic import BaseModel, TypeAdapter

from node.capability import Download, Route, Stream
from node.files import Upload
from node.files.attaching import OpenFile
from node.people.permissions import roles_of

PREFIX = "/api/v1"
_REF = "#/components/schemas/{model}"
_PROBLEM = {
    "type": "object",
    "description": "What went wrong (RFC 9457)",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "description": "stable, for programs"},
        "hint": {"type": "string", "description": "what to do next"},
        "reasons": {
            "type": "object",
            "description": "what is wrong with each field",
            "additionalProperties": {"type": "string"},
        },
    },
}


_SCHEMES = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "The node's token, for the operator. A browser that has logged in at /login"
        " sends its session's cookie instead, and may what x-roles says.",
    }
}


@dataclass(frozen=True, slots=True)
class Operation:
    """A route whose handler's annotations have been read once.

    ``path``, ``query`` and ``body`` are the models of what it takes, ``wants_upload`` says that it
    takes a file; ``result`` is the type of what it answers, None for a file.
    """

    route: Route
    id: str
    path: type[BaseModel] | None
    query: type[BaseModel] | None
    body: type[BaseModel] | None
    result: object
    wants_actor: bool = False
    wants_upload: bool = False

    @property
    def is_open(self) -> bool:
        """Whether everybody may do it."""
        return self.route.needed is None

    @property
    def answer(self) -> TypeAdapter[Any]:
        """Writes what it answers; made when it is first asked for."""
        return _adapter(self.result)

    @property
    def is_recorded(self) -> bool:
        """Whether lines of the audit trail are written around it."""
        return self.route.method != "GET" and not self.route.traced


def read_operations(routes: Iterable[Route], names: Mapping[str, object]) -> list[Operation]:
    """:func:`read_operation` of each; no two have the same name."""
    listed = [read_operation(route, names) for route in routes]
    ids = [operation.id for operation in listed]
    assert len(set(ids)) == len(ids), f"operation ids that stand twice: {sorted(ids)}"
    return listed


def read_operation(route: Route, names: Mapping[str, object]) -> Operation:
    """Read what a route takes and gives from its handler's annotations.

    Args:
        route: the route.
        names: what annotations written as text may name, such as ``Node``.
    """
    hints = get_type_hints(route.handler, localns=dict(names))
    result = hints.pop("return")
    taken = [name for name in inspect.signature(route.handler).parameters if name in _TAKEN]
    models = {name: hints[name] for name in taken}
    for name, model in models.items():
        assert issubclass(model, BaseModel), f"{route.handler}: {name} is no model"
    return Operation(
        route,
        _operation_id(route),
        models.get("path"),
        models.get("query"),
        models.get("body"),
        None if result in (Download, Stream, OpenFile) else result,
        "actor" in hints,
        hints.get("upload") is Upload,
    )


_TAKEN = ("path", "query", "body")
_adapter: Callable[[Any], TypeAdapter[Any]] = cache(TypeAdapter)


def _operation_id(route: Route) -> str:
    return str(getattr(route.handler, "__name__", type(route.handler).__name__)).lstrip("_")


def write_openapi(title: str, version: str, operations: Iterable[Operation]) -> dict[str, Any]:
    """The OpenAPI 3.1 document of these operations."""
    listed = list(operations)
    schemas, components = TypeAdapter.json_schemas(_adapters(listed), ref_template=_REF)
    paths: dict[str, dict[str, Any]] = {}
    for each in listed:
        at = paths.setdefault(PREFIX + each.route.path, {})
        at[each.route.method.lower()] = _describe(each, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version},
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": {**components.get("$defs", {}), "Problem": _PROBLEM},
            "securitySchemes": _SCHEMES,
        },
    }


def _adapters(operations: list[Operation]) -> list[tuple[Any, Any, TypeAdapter[Any]]]:
    found: list[tuple[Any, Any, TypeAdapter[Any]]] = []
    for each in operations:
        for place in _TAKEN:
            model = getattr(each, place)
            if model is not None:
                found.append(((each.id, place), "validation", _adapter(model)))
        if each.result is not None:
            found.append(((each.id, "result"), "serialization", each.answer))
    return found


def _describe(operation: Operation, schemas: Mapping[Any, Any]) -> dict[str, Any]:
    route = operation.route
    told: dict[str, Any] = {
        "operationId": operation.id,
        "summary": route.summary,
        "tags": [route.path.split("/")[1]],
        "parameters": [
            *_parameters(operation.path, "path"),
            *_parameters(operation.query, "query"),
        ],
        "responses": {
            str(route.status): _answer(operation, schemas),
            **{str(status): _refusal(status) for status in _refusals(operation)},
        },
    }
    if route.serves:
        told["x-serves"] = list(route.serves)
    if operation.body is not None:
        schema = schemas[((operation.id, "body"), "validation")]
        told["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schema}},
        }
    if operation.wants_upload:
        told["requestBody"] = {"required": True, "content": {"application/octet-stream": {}}}
    if route.needed is not None:
        told["security"] = [{"token": []}]
        told["x-roles"] = [str(role) for role in roles_of(route.needed)]
    return told


def _answer(operation: Operation, schemas: Mapping[Any, Any]) -> dict[str, Any]:
    if operation.result is None:
        return {"description": "A file", "content": {each: {} for each in operation.route.media}}
    schema = schemas[((operation.id, "result"), "serialization")]
    return {"description": "Done", "content": {"application/json": {"schema": schema}}}


def _refusals(operation: Operation) -> list[int]:
    """The statuses of the problems an operation may answer instead."""
    found = {400, 503}
    if any((operation.path, operation.query, operation.body)):
        found |= {404, 422}
    if operation.body is not None or operation.wants_upload:
        found.add(413)
    if not operation.is_open:
        found |= {401, 403}
    if operation.route.method != "GET":
        found |= {409, 429}
    return sorted(found)


def _refusal(status: int) -> dict[str, Any]:
    schema = {"$ref": _REF.format(model="Problem")}
    return {
        "description": HTTPStatus(status).phrase,
        "content": {"application/problem+json": {"schema": schema}},
    }


def _parameters(model: type[BaseModel] | None, place: str) -> list[dict[str, Any]]:
    """A parameter per field; their schemas are written in place, for they are plain values."""
    if model is None:
        return []
    schema = model.model_json_schema()
    definitions = schema.get("$defs", {})
    required = schema.get("required", [])
    return [
        {
            "name": name,
            "in": place,
            "required": place == "path" or name in required,
            "schema": _inline(value, definitions),
        }
        for name, value in schema.get("properties", {}).items()
    ]


def _inline(value: Any, definitions: Mapping[str, Any]) -> Any:
    if isinstance(value, dict):
        if "$ref" in value:
            return _inline(definitions[value["$ref"].rpartition("/")[2]], definitions)
        return {name: _inline(each, definitions) for name, each in value.items()}
    if isinstance(value, list):
        return [_inline(each, definitions) for each in value]
    return value
