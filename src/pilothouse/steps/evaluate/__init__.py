"""Evaluate: metrics, bootstrap intervals, fair comparison, calibration, slices, learning curve.

Nothing here fits a model or knows a scenario; every function is pure and takes its seed.
"""
