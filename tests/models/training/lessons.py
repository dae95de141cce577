"""Small lessons, at the top of a module so that other processes can be sent them."""

import torch

from pilothouse.models.networks.perceptron import PerceptronShape, perceptron


def network():
    """Make one without dropout or batch statistics."""
    return perceptron(PerceptronShape(4, 1, (16,), dropout=0.0))


def rows(count, seed):
    """Draw inputs, and whether the first two have the same sign."""
    maker = torch.Generator().manual_seed(seed)
    x = torch.randn(count, 4, generator=maker)
    return x, (x[:, :1] * x[:, 1:2]).sign()


def loss(out, aim):
    return torch.nn.functional.mse_loss(out.float(), aim)


def right(out, aim):
    """Share of right signs."""
    return (out.sign() == aim).float().mean()


class Duel(torch.nn.Module):
    """A number that pretends to be drawn, and a line that tells."""

    def __init__(self):
        super().__init__()
        self.maker = torch.nn.Linear(1, 1)
        self.judge = torch.nn.Linear(1, 1)


def judged(network, batch):
    """The line's loss: what is real scores above what is made."""
    made = network.maker(torch.ones(len(batch[0]), 1))
    return (network.judge(made) - network.judge(batch[0])).mean() + network.judge.weight.square().sum()


def made(network, batch):
    """The maker's loss: to score like what is real."""
    return -network.judge(network.maker(torch.ones(len(batch[0]), 1))).mean()
