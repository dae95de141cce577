"""Pre-train, then fine-tune: learn from what has no labels first, from the few labels then.

``objectives`` are the lessons without labels, ``backbone`` is what they leave behind
(saved once, loaded by any scenario), ``heads`` puts an answer on top of it, and ``gain``
measures whether it was worth it.
"""

from pilothouse.models.pretraining.backbone import Backbone
from pilothouse.models.pretraining.gain import Gain, gain_over_scratch
from pilothouse.models.pretraining.heads import attach, teach
from pilothouse.models.pretraining.objectives import Objective, pretrain

__all__ = ["Backbone", "Gain", "Objective", "attach", "gain_over_scratch", "pretrain", "teach"]
