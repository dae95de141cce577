"""The command line: parse, call, show. It holds no rules."""

from __future__ import annotations


def main() -> None:
    """Run the ``pilothouse`` command."""
    from pilothouse.cli.app import run

    run()
