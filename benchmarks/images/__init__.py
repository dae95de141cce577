"""Digits and sets of their shape: how right the networks are, and what a training costs."""
