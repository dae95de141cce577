"""Texts written from the rows of a table, and the checks that every text must pass."""
