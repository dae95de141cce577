"""Tunes the front runners inside the work plan."""
