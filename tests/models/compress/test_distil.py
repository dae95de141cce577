from dataclasses import replace

import numpy as np
import pytest

from models.compress.conftest import SHAPE, halves
from pilothouse.models.compress.distil import distilled
from pilothouse.models.networks.convolution import convolution
from pilothouse.models.training import TrainingPlan, train
from pilothouse.types import Context

LITTLE = replace(SHAPE, filters=(2, 4), width=8)


def test_distilled_is_hintons_loss(small):
    import torch

    pictures, labels = (torch.from_numpy(one) for one in halves(50, 5))
    lesson = distilled(small.network, (pictures, labels), temperature=3.0, share=0.7)
    said = torch.randn(50, 3, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        teacher = torch.softmax(small.network(pictures) / 3.0, 1).numpy()
    student = torch.softmax(said / 3.0, 1).numpy()
    near = (teacher * np.log(teacher / student)).sum(1).mean()
    plain = -np.log(torch.softmax(said, 1).numpy()[np.arange(50), labels.numpy()]).mean()
    expected = 0.7 * 9.0 * near + 0.3 * plain
    assert float(lesson.loss(said, lesson.learn[-1])) == pytest.approx(expected, rel=1e-4)


def test_distilled_teaches_a_network_that_never_saw_a_label(small):
    import torch

    pictures, _ = (torch.from_numpy(one) for one in halves(600, 6))
    nothing = torch.zeros(600, dtype=torch.int64)
    judged = tuple(torch.from_numpy(one) for one in small.judged)
    lesson = distilled(small.network, (pictures, nothing), judged, share=1.0)
    torch.manual_seed(1)
    student = convolution(LITTLE)
    done = train(
        student, lesson, TrainingPlan(epochs=12, batch=32, rate=2e-2, patience=None), Context(seed=1)
    )
    with torch.no_grad():
        alike = (student(judged[0]).argmax(1) == small.network(judged[0]).argmax(1)).float().mean()
    assert float(alike) > 0.9
    assert done.metrics[done.best_epoch - 1] > 0.85
