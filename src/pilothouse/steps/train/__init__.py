"""Carries out fits and lets candidates compete on the same folds."""
