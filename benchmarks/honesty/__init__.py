"""Data whose truth is known, and the rules of honesty run over it."""
