"""All that a plugin author imports from the hub."""

from hub import idnumbers, masking, sheets
from hub.actors import Actor, Position
from hub.clock import SHANGHAI, day_in_chinese, shanghai
from hub.context import Context
from hub.contributions import (
    Anyone,
    Bearers,
    Collection,
    Command,
    Document,
    Event,
    Guard,
    HealthCheck,
    Holders,
    Import,
    Imported,
    Index,
    Job,
    MenuEntry,
    MessageClass,
    MessageType,
    Migration,
    Node,
    Office,
    Page,
    Paging,
    Permission,
    Persons,
    Push,
    Raw,
    Reaction,
    Role,
    Route,
    Trigger,
    Upload,
    Waiting,
    Withdraw,
)
from hub.errors import Conflict, Duplicate, Forbidden, Invalid, NotFound, Refused, Stale, TooMany
from hub.hookspecs import hookimpl
from hub.identities import Identity
from hub.identity.holders import HolderAnswer
from hub.identity.positions import PositionChanged
from hub.identity.proofs import PersonProved
from hub.ids import is_id
from hub.machines import Machine, Move
from hub.personal import CardText, IdNumberText, Personal, PhoneText, Secret
from hub.reasons import read_reason
from hub.regions import RegionTree
from hub.store.documents import Documents, Group
from hub.workdays import Limit

__all__ = [
    "SHANGHAI",
    "Actor",
    "Anyone",
    "Bearers",
    "CardText",
    "Collection",
    "Command",
    "Conflict",
    "Context",
    "Document",
    "Documents",
    "Duplicate",
    "Event",
    "Forbidden",
    "Group",
    "Guard",
    "HealthCheck",
    "HolderAnswer",
    "Holders",
    "IdNumberText",
    "Identity",
    "Import",
    "Imported",
    "Index",
    "Invalid",
    "Job",
    "Limit",
    "Machine",
    "MenuEntry",
    "MessageClass",
    "MessageType",
    "Migration",
    "Move",
    "Node",
    "NotFound",
    "Office",
    "Page",
    "Paging",
    "Permission",
    "PersonProved",
    "Personal",
    "Persons",
    "PhoneText",
    "Position",
    "PositionChanged",
    "Push",
    "Raw",
    "Reaction",
    "Refused",
    "RegionTree",
    "Role",
    "Route",
    "Secret",
    "Stale",
    "TooMany",
    "Trigger",
    "Upload",
    "Waiting",
    "Withdraw",
    "day_in_chinese",
    "hookimpl",
    "idnumbers",
    "is_id",
    "masking",
    "read_reason",
    "shanghai",
    "sheets",
]
