import numpy as np
import pytest

from pilothouse.models.compress import onnx


def test_exported_answers_as_pytorch_does_for_any_number_of_rows(small):
    import torch

    opened = onnx.session(small.content)
    for rows in (1, 2, 7, 300):
        asked = small.judged[0][:rows]
        with torch.no_grad():
            said = small.network(torch.from_numpy(asked)).numpy()
        np.testing.assert_allclose(onnx.answers(opened, [asked], at_once=128), said, atol=1e-5)
    assert [one.name for one in opened.get_inputs()] == ["input"]
    assert opened.get_outputs()[0].name == onnx.OUTPUT


def test_exported_tells_nothing_of_the_machine(small):
    import torch

    words = (b"site-packages", b".py", b"stack_trace", str(torch.__file__).encode()[:12])
    assert [word for word in words if word in small.content] == []


def test_exported_takes_several_inputs(small):
    import torch

    class Joined(torch.nn.Module):
        """Numbers beside words."""

        def __init__(self):
            super().__init__()
            self.words, self.head = torch.nn.Embedding(6, 4), torch.nn.Linear(7, 2)

        def forward(self, numbers, words):
            return self.head(torch.cat([numbers, self.words(words).mean(1)], 1))

    torch.manual_seed(0)
    network, numbers, words = Joined(), torch.randn(5, 3), torch.randint(0, 6, (5, 2))
    opened = onnx.session(onnx.exported(network, [numbers, words]))
    assert [one.name for one in opened.get_inputs()] == ["input_0", "input_1"]
    with torch.no_grad():
        said = network(numbers, words).numpy()
    np.testing.assert_allclose(onnx.answers(opened, [numbers.numpy(), words.numpy()]), said, atol=1e-5)


def test_exported_that_answers_otherwise_is_not_given_away(small):
    import torch

    class Fickle(torch.nn.Module):
        """Draws at random, so that no two answers are alike."""

        def forward(self, rows):
            return rows + torch.rand_like(rows)

    with pytest.raises(ValueError, match="away from PyTorch"):
        onnx.exported(Fickle(), [torch.rand(2, 3)])
