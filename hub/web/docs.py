"""``/docs``: the API for people to read, made on the server from the same document that ``/openapi.json`` serves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import jinja2

from hub.web.base import BaseHandler
from hub.web.statics import Assets

HTML = "text/html; charset=utf-8"


class Docs(BaseHandler):
    """One page with all operations, grouped by plugin."""

    page = True

    def initialize(self, rendered: Callable[[], bytes]) -> None:
        self._rendered = rendered

    @property
    def route(self) -> str:
        return "/docs"

    async def get(self) -> None:
        self.set_header("Content-Type", HTML)
        await self.finish(self._rendered())


def render(templates: jinja2.Environment, document: Mapping[str, Any], assets: Assets) -> bytes:
    """The page: half a second of work, and the same for everybody until the hub starts anew."""
    page = templates.get_template("web/docs.html").render(
        info=document["info"],
        groups=list(groups_of(document)),
        schemas=document["components"]["schemas"],
        asset=assets.url,
    )
    return page.encode()


def groups_of(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Tags with their operations, flattened to what the page shows."""
    operations = [
        _shown(path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    for tag in document["tags"]:
        yield {**tag, "operations": [shown for shown in operations if shown["tag"] == tag["name"]]}


def _shown(path: str, method: str, operation: Mapping[str, Any]) -> dict[str, Any]:
    body = operation.get("requestBody", {}).get("content", {})
    return {
        "id": operation["operationId"],
        "tag": operation["tags"][0],
        "method": method.upper(),
        "path": path,
        "summary": operation["summary"],
        "who": operation["description"],
        "parameters": [
            {
                "name": given["name"],
                "where": given["in"],
                "required": given["required"],
                "type": type_of(given["schema"]),
            }
            for given in operation["parameters"]
        ],
        "body": next((type_of(content["schema"]) for content in body.values()), None),
        "answers": [
            {"status": status, "type": _answer(answer)}
            for status, answer in operation["responses"].items()
            if status < "300"
        ],
        "errors": [status for status in operation["responses"] if status >= "300"],
    }


def _answer(answer: Mapping[str, Any]) -> str | None:
    return next((type_of(content["schema"]) for content in answer.get("content", {}).values()), None)


def type_of(schema: Mapping[str, Any]) -> str:
    """A schema in a few words: ``Task``, ``[Task]``, ``string ≤20``, ``integer or null``."""
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return " or ".join(type_of(one) for one in schema[several])
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"])
    if schema.get("type") == "array":
        return f"[{type_of(schema.get('items', {}))}]"
    limit = f" ≤{schema['maxLength']}" if "maxLength" in schema else ""
    return f"{schema.get('format') or schema.get('type', 'any')}{limit}"
