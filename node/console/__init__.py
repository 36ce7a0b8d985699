"""The console: pages a clerk reads, Chinese first, each fact linked to its signed entry (P2)."""

from pathlib import Path

from node.console.pages import PAGES

__all__ = ["PAGES", "STATIC"]

STATIC = Path(__file__).parent / "static"
"""The stylesheet, the script and the mark, served as they are below ``/static/``."""
