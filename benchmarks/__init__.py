"""Measured claims: what Pilothouse promises, and the runs that check it."""
