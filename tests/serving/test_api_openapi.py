"""The description of the API keeps to what every host's generator can read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.serving.conftest import Asking

Node = dict[str, Any]
UNKNOWN_TO_SOME = {
    *("anyOf", "oneOf", "allOf", "not"),
    *("const", "prefixItems", "patternProperties", "exclusiveMinimum", "exclusiveMaximum"),
}


@pytest.fixture
def document(asking: Asking) -> Node:
    """The description, as served."""
    found: Node = asking().get("/openapi.json").json()
    return found


def nodes(node: object, path: str = "") -> Iterator[tuple[str, Node]]:
    """Every object in the document, with where it stands."""
    if isinstance(node, dict):
        yield path, node
        for name, inner in node.items():
            yield from nodes(inner, f"{path}/{name}")
    if isinstance(node, list):
        for place, inner in enumerate(node):
            yield from nodes(inner, f"{path}/{place}")


def operations(document: Node) -> list[Node]:
    """Every operation of every path."""
    return [operation for path in document["paths"].values() for operation in path.values()]


def test_the_promised_routes_are_there(document: Node) -> None:
    """OpenAPI 3.1, with the routes that programs rely on."""
    assert document["openapi"].startswith("3.1")
    routes = {(method, path) for path, methods in document["paths"].items() for method in methods}
    assert routes >= {
        ("get", "/v1/health"),
        ("get", "/v1/accounts"),
        ("get", "/v1/accounts/{account_id}"),
        ("get", "/v1/accounts/{account_id}/recommendations"),
        ("get", "/v1/recommendations"),
        ("post", "/v1/recommendations/{recommendation_id}/responses"),
        ("post", "/v1/accounts/{account_id}/own-choices"),
        ("get", "/v1/accounts/{account_id}/own-choices"),
        ("delete", "/v1/accounts/{account_id}/own-choices/{own_choice_id}"),
    }
    assert all(path.startswith("/v1") for _, path in routes)


def test_docs_lead_to_the_description(asking: Asking) -> None:
    """The address that people try first answers, and loads nothing from elsewhere."""
    assert asking().get("/docs").json()["openapi"].startswith("3.1")


def test_operations_have_short_names(document: Node) -> None:
    """camelCase, at most 40 characters, no two the same."""
    names = [operation["operationId"] for operation in operations(document)]
    assert all(re.fullmatch(r"[a-z][A-Za-z0-9]{2,39}", name) for name in names)
    assert len(set(names)) == len(names)


def test_types_are_plain(document: Node) -> None:
    """No union with null, no const, no tuple, no array of arrays, no free dictionary, no exclusive bound."""
    for where, node in nodes(document):
        assert not {"const", "prefixItems", "exclusiveMinimum", "exclusiveMaximum", "patternProperties"} & set(
            node
        ), where
        assert not {"anyOf", "oneOf", "allOf", "not"} & set(node), where
        assert node.get("type") != "null", where
        assert not isinstance(node.get("type"), list), where
        if node.get("type") == "array":
            assert node["items"].get("type") != "array", where
        if node.get("type") == "object":
            assert node.get("properties"), where
            assert node.get("additionalProperties", False) is False, where


def test_property_names_are_words(document: Node) -> None:
    """Letters, digits and underscores only, in objects and in parameters of the query."""
    for where, node in nodes(document):
        if isinstance(node.get("properties"), dict) and node.get("type") == "object":
            assert all(re.fullmatch(r"[A-Za-z0-9_]+", name) for name in node["properties"]), where
    for operation in operations(document):
        for parameter in operation.get("parameters", []):
            assert parameter["in"] == "header" or re.fullmatch(r"[A-Za-z0-9_]+", parameter["name"])


def test_every_error_is_described_as_a_problem(document: Node) -> None:
    """Under its own media type, 422 included; every operation but health says so."""
    for operation in operations(document):
        errors = {status: r for status, r in operation["responses"].items() if status >= "400"}
        assert operation["operationId"] == "getHealth" or {"401", "403", "404", "422"} <= set(errors)
        for response in errors.values():
            schema = response["content"]["application/problem+json"]["schema"]
            assert schema == {"$ref": "#/components/schemas/Problem"}
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_only_health_is_open(document: Node) -> None:
    """Every other operation names the keys it takes."""
    for operation in operations(document):
        named = {name for choice in operation.get("security", []) for name in choice}
        assert named == (set() if operation["operationId"] == "getHealth" else {"bearer", "apiKey"})


def test_every_part_says_what_it_is(document: Node) -> None:
    """Operations and objects carry their meaning in a sentence."""
    assert all(operation.get("description") for operation in operations(document))
    assert all(schema.get("description") for schema in document["components"]["schemas"].values())
