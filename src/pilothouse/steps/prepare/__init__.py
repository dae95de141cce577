"""Prepare: what stands between a collected table and the contest, in this order.

``target`` decides what is asked of the target column, ``columns`` checks the others,
``desensitise`` takes personal data out, ``split`` keeps rows aside, ``leaks`` looks
for answers hidden in the training rows. Nothing here is learnt from rows kept aside.
"""
