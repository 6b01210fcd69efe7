"""The description of the JSON API, OpenAPI 3.1, made from the records that decode and encode it: it cannot be out of date."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from hub.identity.signin import SignedIn
from hub.rules.host import Host
from hub.web.base import ErrorAnswer
from hub.web.cookies import COOKIE, SESSION_HEADER
from hub.web.credentials import APP_HEADER
from hub.web.handler import IDEMPOTENCY_KEY, UPLOAD_FIELD
from hub.web.idempotency import keeps
from hub.web.operations import Operation
from hub.web.protection import CSRF_HEADER
from hub.words import errors
from hub.words.contributions import Anyone, Raw
from hub.words.errors import Refused
from hub.words.personal import Personal

LICENSE = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
REFERENCE = "#/components/schemas/{owner}.{{name}}"
# Whose are the shapes that every operation answers with.
HUB = "hub"
COUNTY = {"type": "string", "pattern": "^[0-9][0-9A-Za-z]*$", "description": "行政区划代码"}
WITHOUT_ZONE = "不带时区的时间按北京时间（Asia/Shanghai）理解。"
_WHO: Mapping[Anyone, str] = {
    Anyone.PUBLIC: "无需登录。",
    Anyone.ANY_SESSION: "登录后可用，修改初始密码之前也可用。",
    Anyone.SIGNED_IN: "登录后可用。",
    Anyone.RESIDENT: "群众登录后可用。",
    Anyone.CLAIMED: "群众完成实名绑定后可用。",
    Anyone.PROVED: "群众完成身份核验后可用。",
}
# A token that is no good is refused everywhere, and keys that nobody knows also where nothing is read.
_COMMON: tuple[type[Refused], ...] = (
    errors.Malformed,
    errors.NotSignedIn,
    errors.NotFound,
    errors.MethodNotAllowed,
    errors.TooSlow,
    errors.UnsupportedType,
    errors.Invalid,
    errors.TooMany,
    errors.HeadTooLarge,
    errors.Unavailable,
)


def describe(
    host: Host, operations: Iterable[Operation], *, version: str, public_url: str | None = None
) -> dict[str, Any]:
    """The document for these operations."""
    every = list(operations)
    schemas = _schemas(every)
    schemas.close(kind for operation in every for kind in (operation.query, operation.body) if kind is not None)
    paths: dict[str, dict[str, Any]] = {}
    for operation in every:
        described = _operation(operation, schemas)
        paths.setdefault(operation.template, {})[operation.method.lower()] = described
    document = {
        "openapi": "3.1.0",
        "info": {"title": "hub", "version": version, "description": _INTRODUCTION, "license": LICENSE},
        "servers": [{"url": public_url or "/"}],
        "tags": _tags(host, every),
        "paths": paths,
        "components": {
            "schemas": schemas.components,
            "responses": _error_responses(),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "会话令牌，小程序和业务系统使用。"},
                "cookie": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "hub_ykt",
                    "description": f"网页会话，名称为hub_加应用名；写操作须带{CSRF_HEADER}，多应用同时登录时带{APP_HEADER}。",
                },
            },
        },
    }
    # Defaults are Python's own values until they have been written once: tuples, times.
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(document))
    return plain


class _Schemas:
    """Schemas of all structs, and which one a type is.

    Named by plugin and struct: two plugins may each have a ``RejectView``.
    """

    def __init__(self, kinds: Mapping[str, list[Any]]) -> None:
        components: dict[str, Any] = {}
        self._of: dict[Any, dict[str, Any]] = {}
        for owner, own in kinds.items():
            template = REFERENCE.format(owner=owner)
            schemas, found = msgspec.json.schema_components(own, schema_hook=_personal, ref_template=template)
            components |= {f"{owner}.{name}": schema for name, schema in found.items()}
            self._of |= dict(zip(own, schemas, strict=True))
        self.components: dict[str, Any] = dict(sorted(components.items()))

    def of(self, kind: Any) -> dict[str, Any]:
        schema: dict[str, Any] = self._of[kind]
        return schema

    def fields_of(self, kind: Any) -> tuple[dict[str, Any], set[str]]:
        """The properties of a struct, and which are required."""
        schema = self._of[kind]
        if "$ref" in schema:
            schema = self.components[schema["$ref"].rpartition("/")[2]]
        return schema.get("properties", {}), set(schema.get("required", ()))

    def close(self, sent: Iterable[Any]) -> None:
        """Say of these, and of all inside them, what holds for what is sent: keys that nobody knows are refused, and a time
        may do without a zone."""
        waiting: list[Any] = [self._of[kind] for kind in sent]
        seen: set[str] = set()
        while waiting:
            schema = waiting.pop()
            if isinstance(schema, list):
                waiting += schema
            elif isinstance(schema, dict):
                name = schema["$ref"].rpartition("/")[2] if "$ref" in schema else None
                if name is not None and name not in seen:
                    seen.add(name)
                    waiting.append(self.components[name])
                if "properties" in schema:
                    schema["additionalProperties"] = False
                if schema.get("format") == "date-time":
                    schema["description"] = WITHOUT_ZONE
                waiting += schema.values()


def _schemas(operations: list[Operation]) -> _Schemas:
    kinds: dict[str, dict[Any, None]] = {HUB: {ErrorAnswer: None}}
    for operation in operations:
        for kind in (operation.query, operation.body, operation.answer):
            if kind is not None and kind is not Raw:
                kinds.setdefault(_owner(kind, operation), {})[kind] = None
    return _Schemas({owner: list(own) for owner, own in kinds.items()})


def _owner(kind: Any, operation: Operation) -> str:
    """What many plugins share is the hub's."""
    return HUB if getattr(kind, "__module__", "").startswith("hub.business.") else operation.plugin


def _personal(kind: type) -> dict[str, Any]:
    """Personal data may be sent to us and never comes back."""
    if issubclass(kind, Personal):
        return {"type": "string", "writeOnly": True, "description": "个人信息，加密保存，不会出现在任何返回内容中。"}
    raise NotImplementedError(f"no schema for {kind.__name__}")


def _operation(operation: Operation, schemas: _Schemas) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": _operation_id(operation),
        "tags": [operation.plugin],
        "summary": operation.summary or operation.call.__name__.replace("_", " "),
        "description": _who(operation),
        "parameters": [
            *_path_parameters(operation),
            *_query_parameters(operation, schemas),
            *_header_parameters(operation),
        ],
        "responses": _responses(operation, schemas),
        "security": [] if operation.access is Anyone.PUBLIC else [{"bearer": []}, {"cookie": []}],
    }
    body = _request_body(operation, schemas)
    return described | ({"requestBody": body} if body else {})


def _operation_id(operation: Operation) -> str:
    words = re.sub(r"\W+", "_", operation.template.removeprefix("/api/v1/").replace("{place}/", "")).strip("_")
    return f"{operation.method.lower()}_{words}"


def _who(operation: Operation) -> str:
    if isinstance(operation.access, str):
        return f"需要权限 `{operation.access}`。"
    return _WHO[operation.access]


def _path_parameters(operation: Operation) -> list[dict[str, Any]]:
    place = [] if operation.placeless else [{"name": "place", "in": "path", "required": True, "schema": COUNTY}]
    named = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "integer" if kind is int else "string"}}
        for name, kind in operation.parameters.items()
    ]
    return place + named


def _query_parameters(operation: Operation, schemas: _Schemas) -> list[dict[str, Any]]:
    if operation.query is None:
        return []
    properties, required = schemas.fields_of(operation.query)
    return [
        {"name": name, "in": "query", "required": name in required, "schema": schema}
        for name, schema in properties.items()
    ]


def _header_parameters(operation: Operation) -> list[dict[str, Any]]:
    if operation.answer is SignedIn:
        return [
            {
                "name": SESSION_HEADER,
                "in": "header",
                "required": False,
                "schema": {"enum": [COOKIE]},
                "description": "网页登录时使用：令牌写入Cookie，返回内容中的token为空。",
            }
        ]
    if not keeps(operation):
        return []
    return [
        {
            "name": IDEMPOTENCY_KEY,
            "in": "header",
            "required": False,
            "schema": {"type": "string", "pattern": "^[!-~]{8,128}$"},
            "description": "同一请求重发时使用同一编号，只办理一次，编号保留30天；重复请求返回同样格式的最新内容，"
            "无法再次读取时返回第一次的内容，并带`Idempotency-Replayed: true`。",
        }
    ]


def _request_body(operation: Operation, schemas: _Schemas) -> dict[str, Any] | None:
    if operation.upload:
        form = {
            "type": "object",
            "required": [UPLOAD_FIELD],
            "properties": {UPLOAD_FIELD: {"type": "string", "format": "binary"}},
        }
        return {"required": True, "content": {"multipart/form-data": {"schema": form}}}
    if operation.body is None:
        return None
    _, required = schemas.fields_of(operation.body)
    return {"required": bool(required), "content": {"application/json": {"schema": schemas.of(operation.body)}}}


def _responses(operation: Operation, schemas: _Schemas) -> dict[str, Any]:
    status = operation.status
    if operation.answer is None:
        good: dict[str, Any] = {"description": "完成"}
    elif operation.answer is Raw:
        good = {"description": "文件内容", "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}
    else:
        good = {"description": "完成", "content": {"application/json": {"schema": schemas.of(operation.answer)}}}
    kinds: list[type[Refused]] = [*_COMMON]
    if operation.access is not Anyone.PUBLIC:
        kinds.append(errors.Forbidden)
    if operation.writes:
        kinds += [errors.Conflict, errors.Forbidden, errors.TooLarge]
    responses = {str(kind.status): {"$ref": f"#/components/responses/{kind.__name__}"} for kind in kinds}
    return {str(status): good} | dict(sorted(responses.items()))


def _error_responses() -> dict[str, Any]:
    kinds: list[type[Refused]] = [*_COMMON, errors.Forbidden, errors.Conflict, errors.TooLarge]
    schema = {"$ref": REFERENCE.format(owner=HUB).format(name=ErrorAnswer.__name__)}
    return {
        kind.__name__: {"description": kind.message, "content": {"application/json": {"schema": schema}}}
        for kind in kinds
    }


def _tags(host: Host, operations: list[Operation]) -> list[dict[str, str]]:
    used = sorted({operation.plugin for operation in operations})
    return [
        {"name": name, "description": (host.plugins[name].doc if name in host.plugins else "").partition("\n\n")[0]}
        for name in used
    ]


_INTRODUCTION = (
    "惠民惠农财政补贴一卡通阳光审批的消息与办理接口。路径中的place为行政区划代码；某区县未开通的功能与不存在的路径一样返回404。"
    "市级代码只能查看。所有错误使用同一格式。没有的字段和参数一律返回422并指出名称。"
)
