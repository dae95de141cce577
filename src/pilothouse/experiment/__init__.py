"""Experiments: what an action changes, which no prediction can tell."""
