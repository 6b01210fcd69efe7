"""逾期督办 Overdue: what is past its limit, counted by place; leaders order it done, and see what was done after."""

from plugins.overdue import documents, escalation, issuing, orderpages, orders, ordertriggers
from plugins.overdue.config import OverdueConfig
from plugins.overdue.events import ORDER_EVENTS

CONFIG = OverdueConfig
COLLECTIONS = (*documents.COLLECTIONS, *orders.COLLECTIONS)
EVENTS = ORDER_EVENTS
PERMISSIONS = orderpages.PERMISSIONS
ROUTES = orderpages.ROUTES
PAGES = orderpages.PAGES
MENU_ENTRIES = orderpages.MENU_ENTRIES
TOPICS = orderpages.TOPICS
MESSAGE_TYPES = ordertriggers.MESSAGE_TYPES
TRIGGERS = ordertriggers.TRIGGERS
REACTIONS = escalation.REACTIONS
STEPS = issuing.STEPS
JOBS = escalation.JOBS
