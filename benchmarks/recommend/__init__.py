"""Recommenders against peers: the same rows, the same questions, lists of ten."""
