"""The language of what a learner reads: English, or Chinese from one table."""

from .choosing import language
from .saying import say, translatable
from .table import table

__all__ = ["language", "say", "table", "translatable"]
