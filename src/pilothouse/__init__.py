"""Pilothouse: from a file to a decision you can defend, and to a running service."""

__version__ = "0.1.0"
