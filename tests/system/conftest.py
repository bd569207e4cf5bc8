"""Fixtures of the whole system."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from system_under_test import system

__all__ = ["system"]
