"""Explain: what drives a fitted model, why a row got its answer, and a small tree that imitates it.

Everything here treats the model as a black box: it asks, changes a column, asks again.
Nothing here says what would happen if somebody changed the world.
"""
