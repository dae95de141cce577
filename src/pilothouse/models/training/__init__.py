"""The one trainer: every network of this house is trained here.

A ``TrainingPlan`` says how hard, a ``Lesson`` what is learnt from which rows and with
which loss (or between which players), ``train`` does it on this machine and
``train_together`` in several processes or on several machines to the same weights.
It knows no task: a caller brings the network, the tensors and the loss.
"""

from pilothouse.models.training.lesson import Lesson, Loss, Player, Tensors
from pilothouse.models.training.plan import TrainingPlan
from pilothouse.models.training.precision import has_bfloat16
from pilothouse.models.training.progress import with_eta
from pilothouse.models.training.together import train_together
from pilothouse.models.training.trained import Taught, Trained
from pilothouse.models.training.trainer import mean_loss, train

__all__ = [
    "Lesson",
    "Loss",
    "Player",
    "Taught",
    "Tensors",
    "Trained",
    "TrainingPlan",
    "has_bfloat16",
    "mean_loss",
    "train",
    "train_together",
    "with_eta",
]
