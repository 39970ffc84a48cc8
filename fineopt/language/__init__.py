"""The language of what a learner reads: English, or Chinese from one table."""

from .choosing import language, speaking
from .listing import list_names
from .saying import say, translatable, translated
from .table import table

__all__ = ["language", "list_names", "say", "speaking", "table", "translatable", "translated"]
