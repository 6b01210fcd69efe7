"""逾期督办 Overdue: what is past its limit, counted by place; leaders order it done, and see what was done after."""

from plugins.overdue.documents import COLLECTIONS

__all__ = ["COLLECTIONS"]
