"""Backups: taking one while the system runs, and what must follow when one is brought back.

A file holds the database as of one moment, and neither SECRET_KEY nor DATA_KEY. After a restore
the outbox is held, and numbers go on far from where the lost days may have used them (ADR 0008).
"""

from callcentre.backup.afterwards import Begun, begin_again
from callcentre.backup.file import About, Unfit, read
from callcentre.backup.restoring import known, recovered, restore
from callcentre.backup.taking import take

__all__ = [
    "About",
    "Begun",
    "Unfit",
    "begin_again",
    "known",
    "read",
    "recovered",
    "restore",
    "take",
]
