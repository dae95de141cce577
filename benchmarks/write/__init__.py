"""Texts by rules and by language models: pass shares on real tables, planted faults found, time."""
