"""The service: releases answer over HTTP. A face: it parses, calls and shows, and holds no rule.

Read in the order of a request: ``protocol`` (the socket), ``edge`` (what is let in), ``doorkeeper``
(who is let in), ``app`` and ``routes`` (what is asked), ``shelf`` (which release answers), ``replies``.
"""
