"""Recommenders, one file each; all are ``models.ranking.Ranker``."""
