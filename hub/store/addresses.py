"""What a MongoDB address says of itself, without asking anybody; and, in words, why the server behind it cannot be used."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import msgspec
from pymongo.errors import ConfigurationError, ConnectionFailure, InvalidURI, OperationFailure, PyMongoError
from pymongo.uri_parser import parse_uri

from hub.store.database import Database
from hub.words.errors import SetupError

SRV = "mongodb+srv://"
SHAPE = "mongodb://user:password@host1,host2,host3/?replicaSet=name&tls=true, special characters %-encoded"
# MongoDB 7.0; what is older has left support, or soon will.
LEAST_WIRE_VERSION = 21
NOT_AUTHORIZED, WRONG_PASSWORD = 13, 18


class MongoAddress(msgspec.Struct, frozen=True, kw_only=True):
    """``hosts`` without ports; none where DNS tells them."""

    hosts: tuple[str, ...]
    encrypted: bool
    signed_in: bool


def read_address(uri: str) -> MongoAddress | str:
    """The address in parts, or what is wrong with it. Never quotes it: it holds a password."""
    try:
        read = _read_srv(uri) if uri.startswith(SRV) else _read(uri)
    except (InvalidURI, ConfigurationError, ValueError) as error:
        return f"cannot be read as a MongoDB address ({type(error).__name__}); write it as {SHAPE}"
    return read


def _read(uri: str) -> MongoAddress | str:
    parts = parse_uri(uri)
    if parts["username"] and not parts["password"] and "authmechanism" not in uri.lower():
        return "the password is empty: is the environment variable set?"
    options = parts["options"]
    return MongoAddress(
        hosts=tuple(host for host, _ in parts["nodelist"]),
        encrypted=bool(options.get("tls")),
        signed_in=parts["username"] is not None or options.get("authMechanism") == "MONGODB-X509",
    )


def _read_srv(uri: str) -> MongoAddress | str:
    """Its hosts come from DNS, which is not asked here; TLS is on unless the address turns it off."""
    parts = urlsplit(uri)
    if not parts.hostname:
        return f"names no host; write it as {SHAPE}"
    if parts.username and not parts.password:
        return "the password is empty: is the environment variable set?"
    off = {"false"} & set(parse_qs(parts.query).get("tls", ()))
    return MongoAddress(hosts=(), encrypted=not off, signed_in=bool(parts.username))


async def check_server(database: Database, *, production: bool) -> None:
    """Raise ``SetupError`` for a server that cannot carry the hub: no transactions, no change streams, too old."""
    answer = await database.client.admin.command("hello")
    if "setName" not in answer and answer.get("msg") != "isdbgrid":
        raise SetupError(
            "store.uri: this MongoDB is a standalone server, which has no transactions: "
            "start it with --replSet and run rs.initiate(), also when it is one node"
        )
    if production and answer["maxWireVersion"] < LEAST_WIRE_VERSION:
        raise SetupError("store.uri: production needs MongoDB 7 or newer: upgrade the replica set")


def in_words(error: PyMongoError) -> str:
    """One sentence for the operator. The driver's own text is not used: it may hold the address, and that the password."""
    if isinstance(error, ConnectionFailure):
        return f"the database does not answer ({type(error).__name__}): start it, or mend store.uri in config.yaml"
    if isinstance(error, OperationFailure) and error.code == WRONG_PASSWORD:
        return "the database refuses the user or the password of store.uri: mend it in config.yaml or the environment"
    if isinstance(error, OperationFailure) and error.code == NOT_AUTHORIZED:
        return "the user of store.uri may not do this: it needs readWrite on the database store.database"
    code = f" {error.code}" if isinstance(error, OperationFailure) else ""
    return f"the database refuses ({type(error).__name__}{code}): look into its log"
