"""The names of the MongoDB driver that other floors may use. Only ``hub.store`` imports the driver itself."""

from pymongo import AsyncMongoClient, InsertOne, ReplaceOne, ReturnDocument, UpdateMany, UpdateOne, WriteConcern
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import BulkWriteError, ConnectionFailure, DuplicateKeyError, OperationFailure, PyMongoError

__all__ = [
    "AsyncClientSession",
    "AsyncCollection",
    "AsyncMongoClient",
    "BulkWriteError",
    "ConnectionFailure",
    "DuplicateKeyError",
    "InsertOne",
    "OperationFailure",
    "PyMongoError",
    "ReplaceOne",
    "ReturnDocument",
    "UpdateMany",
    "UpdateOne",
    "WriteConcern",
]
