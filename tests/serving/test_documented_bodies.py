"""What docs/plugins.md shows is what is sent, and what comes back."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from tests.serving.conftest import Asking

PAGE = Path(__file__).parents[2] / "docs" / "plugins.md"
SHOWN = re.compile(r"```\n(GET|POST|DELETE) (\S+)\n(.*?)```\n\n```json\n(.*?)```", re.DOTALL)
# List, read, respond, hand over, say what was done, list that, take it back, be told what is wrong.
VERBS = 8


def as_shown(shown: Any, told: Any) -> Any:
    """The reply with only what the page shows of it; what is another one each time as the page writes it."""
    if shown == "...":
        assert told
        return shown
    if isinstance(shown, dict) and isinstance(told, dict):
        return {name: as_shown(value, told.get(name)) for name, value in shown.items()}
    if isinstance(shown, list) and isinstance(told, list) and len(shown) == len(told):
        return [as_shown(one, other) for one, other in zip(shown, told, strict=True)]
    return told


def test_every_body_of_the_page_is_taken_and_answered_as_it_says(asking: Asking) -> None:
    """In the order of the page, by one key that is tied to nobody; `{id}` is the last one that a reply named."""
    plugin, identity, seen = asking("read", "respond"), "", set()
    examples = SHOWN.findall(PAGE.read_text("utf-8"))
    assert len(examples) == VERBS
    for method, path, body, reply in examples:
        sent = {"json": json.loads(body)} if body.strip() else {}
        answer = plugin.request(method, path.replace("{id}", identity), **sent)
        shown, told = json.loads(reply), answer.json()
        assert as_shown(shown, told) == shown, f"{method} {path}: {answer.text}"
        assert answer.is_success == ("status" not in shown)
        identity = told.get("id", identity)
        seen.add((method, path.rpartition("/")[2].partition("?")[0]))
    assert {("GET", "recommendations"), ("POST", "responses"), ("POST", "own-choices"), ("DELETE", "{id}")} <= seen


def test_every_call_of_the_api_is_on_the_page(asking: Asking) -> None:
    """A route that is added without a line there fails here."""
    page = PAGE.read_text("utf-8")
    for path, operations in asking().get("/openapi.json").json()["paths"].items():
        short = re.sub(r"\{(account_id|recommendation_id)\}", "{id}", path)
        assert [method for method in operations if f"`{method.upper()} {short}`" not in page] == [], short
