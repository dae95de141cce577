"""Killed at random moments and run again: the figures of an uninterrupted run."""
