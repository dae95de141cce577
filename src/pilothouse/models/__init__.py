"""Building blocks that scenarios fit: candidates, encoders, calibration, fitted models.

Nothing here chooses between candidates (``steps.train`` does), opens the test part
or reads a source.
"""
