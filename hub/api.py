"""All that a plugin author imports from the hub."""

import warnings
from typing import TYPE_CHECKING, Any

from hub.business import charts, duties, recusal, smallcells
from hub.business.business import Business, Fact, Filed, Pressed, Task, Work, check_here, shown
from hub.business.cards import CardFile, CardStep, CaseCard, Describe
from hub.business.duties import Duty, Placement
from hub.business.exports import Columns, Export, as_table, log_first
from hub.business.faces import Button, Buttons, Face, Moved, Reason, ReasonRequest, VersionRequest
from hub.business.facts import WORK_SAMPLE, WorkFact, telling
from hub.business.filling import shared, taken
from hub.business.history import HistoryLine, LineView, UnitLineView, shown_name, unit_of, with_line
from hub.business.intakes import BadLine, keep_in_parts, leave_unfinished, sealed, unsealed
from hub.business.listings import Listing, PersonSearch, Search, asked, both, read_id_number
from hub.business.machines import Machine, Move
from hub.business.numbers import next_number
from hub.business.offers import Offers, check_all, during
from hub.business.oneopen import OneOpen
from hub.business.pages import (
    Ask,
    ButtonView,
    Chip,
    DetailPages,
    DetailView,
    ListPage,
    ListView,
    PersonView,
    Reveal,
    RowView,
)
from hub.business.papers import MOST_PRINTED, PaperView, printed_on, sheets_of
from hub.business.passing import passing_on
from hub.business.recusal import Recused, is_same, keeps_away, not_avoided
from hub.business.reminders import REMINDER_SAMPLE, Reminder, Wait
from hub.business.resources import Facts, FactView, Resource, WorkLine, WorkQuery, WorkView
from hub.business.stored import counting, read_file, stored
from hub.business.tasks import (
    CloseTask,
    Decision,
    OpenTask,
    PauseTask,
    RecordActivity,
    Remind,
    RemindNoMore,
    ResumeTask,
    SettleTask,
    TaskArrived,
    TaskChanged,
    TaskFact,
    audience_of,
)
from hub.business.unmasking import Unmasking, WhyRequest
from hub.identity.holders import HolderAnswer
from hub.identity.positions import PositionChanged
from hub.identity.prooffacts import PersonProved
from hub.reading import sheets
from hub.rules.context import Context
from hub.store.documents import Documents, Group
from hub.store.migrations import update_in_ranges
from hub.words import days, idnumbers, masking, money
from hub.words.actors import Actor, App, Position
from hub.words.apiversions import API_VERSION, Renamed
from hub.words.asking import Asked
from hub.words.clock import SHANGHAI, day_in_chinese, shanghai
from hub.words.contributions import (
    ANY,
    BY_STATE,
    NEWEST_FIRST,
    Answer,
    Anyone,
    Bearers,
    Belongings,
    Chart,
    ChartBar,
    Choice,
    Collection,
    Command,
    Document,
    Event,
    Figure,
    Form,
    Guard,
    HealthCheck,
    Holders,
    Import,
    Imported,
    Index,
    Instruction,
    Job,
    KnownPlace,
    MenuEntry,
    MessageClass,
    MessageType,
    Migration,
    News,
    Node,
    Office,
    OpenWork,
    Page,
    Paged,
    Paging,
    Permission,
    Persons,
    Progress,
    Push,
    Question,
    Raw,
    Reaction,
    RelatedLink,
    Role,
    Route,
    Standing,
    Step,
    StepHandler,
    Succession,
    Topic,
    Trigger,
    Upload,
    Withdraw,
)
from hub.words.errors import Conflict, Duplicate, Forbidden, Invalid, NotFound, Refused, Stale, SwitchedOff, TooMany
from hub.words.hookspecs import hookimpl
from hub.words.identities import Identity
from hub.words.ids import is_id
from hub.words.personal import CardText, IdNumberText, Personal, PhoneText, Secret
from hub.words.ranges import Range
from hub.words.regions import RegionTree
from hub.words.sayings import problem_in_words
from hub.words.text import (
    AS_TYPED,
    clean,
    cleaned,
    is_name,
    name_key,
    one_line,
    plain_name,
    read_reason,
    read_words,
    same_name,
)
from hub.words.workdays import Limit

# What plugins of older versions may still write, by its old name.
RENAMED: dict[str, Renamed] = {}

# A type checker knows the new names alone.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name not in RENAMED:
            raise AttributeError(f"module 'hub.api' has no attribute '{name}'")
        renamed = RENAMED[name]
        warnings.warn(renamed.told(name), DeprecationWarning, stacklevel=2)
        return globals()[renamed.now]


__all__ = [
    "ANY",
    "API_VERSION",
    "AS_TYPED",
    "BY_STATE",
    "MOST_PRINTED",
    "NEWEST_FIRST",
    "REMINDER_SAMPLE",
    "SHANGHAI",
    "WORK_SAMPLE",
    "Actor",
    "Answer",
    "Anyone",
    "App",
    "Ask",
    "Asked",
    "BadLine",
    "Bearers",
    "Belongings",
    "Business",
    "Button",
    "ButtonView",
    "Buttons",
    "CardFile",
    "CardStep",
    "CardText",
    "CaseCard",
    "Chart",
    "ChartBar",
    "Chip",
    "Choice",
    "CloseTask",
    "Collection",
    "Columns",
    "Command",
    "Conflict",
    "Context",
    "Decision",
    "Describe",
    "DetailPages",
    "DetailView",
    "Document",
    "Documents",
    "Duplicate",
    "Duty",
    "Event",
    "Export",
    "Face",
    "Fact",
    "FactView",
    "Facts",
    "Figure",
    "Filed",
    "Forbidden",
    "Form",
    "Group",
    "Guard",
    "HealthCheck",
    "HistoryLine",
    "HolderAnswer",
    "Holders",
    "IdNumberText",
    "Identity",
    "Import",
    "Imported",
    "Index",
    "Instruction",
    "Invalid",
    "Job",
    "KnownPlace",
    "Limit",
    "LineView",
    "ListPage",
    "ListView",
    "Listing",
    "Machine",
    "MenuEntry",
    "MessageClass",
    "MessageType",
    "Migration",
    "Move",
    "Moved",
    "News",
    "Node",
    "NotFound",
    "Offers",
    "Office",
    "OneOpen",
    "OpenTask",
    "OpenWork",
    "Page",
    "Paged",
    "Paging",
    "PaperView",
    "PauseTask",
    "Permission",
    "PersonProved",
    "PersonSearch",
    "PersonView",
    "Personal",
    "Persons",
    "PhoneText",
    "Placement",
    "Position",
    "PositionChanged",
    "Pressed",
    "Progress",
    "Push",
    "Question",
    "Range",
    "Raw",
    "Reaction",
    "Reason",
    "ReasonRequest",
    "RecordActivity",
    "Recused",
    "Refused",
    "RegionTree",
    "RelatedLink",
    "Remind",
    "RemindNoMore",
    "Reminder",
    "Resource",
    "ResumeTask",
    "Reveal",
    "Role",
    "Route",
    "RowView",
    "Search",
    "Secret",
    "SettleTask",
    "Stale",
    "Standing",
    "Step",
    "StepHandler",
    "Succession",
    "SwitchedOff",
    "Task",
    "TaskArrived",
    "TaskChanged",
    "TaskFact",
    "TooMany",
    "Topic",
    "Trigger",
    "UnitLineView",
    "Unmasking",
    "Upload",
    "VersionRequest",
    "Wait",
    "WhyRequest",
    "Withdraw",
    "Work",
    "WorkFact",
    "WorkLine",
    "WorkQuery",
    "WorkView",
    "as_table",
    "asked",
    "audience_of",
    "both",
    "charts",
    "check_all",
    "check_here",
    "clean",
    "cleaned",
    "counting",
    "day_in_chinese",
    "days",
    "during",
    "duties",
    "hookimpl",
    "idnumbers",
    "is_id",
    "is_name",
    "is_same",
    "keep_in_parts",
    "keeps_away",
    "leave_unfinished",
    "log_first",
    "masking",
    "money",
    "name_key",
    "next_number",
    "not_avoided",
    "one_line",
    "passing_on",
    "plain_name",
    "printed_on",
    "problem_in_words",
    "read_file",
    "read_id_number",
    "read_reason",
    "read_words",
    "recusal",
    "same_name",
    "sealed",
    "shanghai",
    "shared",
    "sheets",
    "sheets_of",
    "shown",
    "shown_name",
    "smallcells",
    "stored",
    "taken",
    "telling",
    "unit_of",
    "unsealed",
    "update_in_ranges",
    "with_line",
]
