"""Digits made smaller: size, latency and accuracy before and after."""
