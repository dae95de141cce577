"""Generators: ways to draw new pictures like those of a product.

Each learns from pictures of one size and draws one picture from one seed, always the
same. None reads words. What is drawn is judged by ``eye`` and compared with what was
learnt from by ``recall``: a generator that copies is found out.
"""
