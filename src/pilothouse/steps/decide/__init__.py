"""Decide: costs, capacity and evidence become money, a verdict and a screen.

Nothing here reads a file, fits a model or prints.
"""
