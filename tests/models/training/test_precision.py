import pytest

from pilothouse.models.training import TrainingPlan, has_bfloat16, precision

torch = pytest.importorskip("torch", reason="needs the extra deep")


def test_device_is_the_one_named_or_found():
    found = precision.device_of(torch, TrainingPlan())
    assert found.type == ("cuda" if torch.cuda.is_available() else "cpu")
    assert precision.device_of(torch, TrainingPlan(device="cpu")) == torch.device("cpu")


def test_half_type_of_a_gpu_is_bfloat16_or_else_float16(monkeypatch):
    for has, kind in ((True, torch.bfloat16), (False, torch.float16)):
        monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation, has=has: has)
        assert precision.half_type(torch, torch.device("cuda")) is kind


def test_half_type_of_a_cpu_is_what_it_multiplies():
    kind = precision.half_type(torch, torch.device("cpu"))
    assert kind is (torch.bfloat16 if has_bfloat16() else None)
    layer, cpu = torch.nn.Linear(2, 2), torch.device("cpu")
    with precision.in_half(torch, cpu, torch.bfloat16):
        assert layer(torch.ones(1, 2)).dtype == torch.bfloat16
    with precision.in_half(torch, cpu, None):
        assert layer(torch.ones(1, 2)).dtype == torch.float32


def test_alone_puts_threads_and_random_state_back():
    torch.manual_seed(1)
    expected, threads = torch.rand(1), torch.get_num_threads()
    torch.manual_seed(1)
    with precision.alone(torch, threads + 1):
        assert torch.get_num_threads() == threads + 1
        torch.rand(5)
    assert torch.get_num_threads() == threads and torch.equal(torch.rand(1), expected)
