import dataclasses

import pytest

from pilothouse.messages import say
from pilothouse.steps.collect import Provenance, Reject, Source


@pytest.mark.parametrize(
    "made", [Source("t.csv"), Reject(1, say("collect.nul"), "x"), Provenance("t.csv", "csv", "0" * 64, 1)]
)
def test_what_flows_on_cannot_be_changed(made):
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(made, dataclasses.fields(made)[0].name, "other")
