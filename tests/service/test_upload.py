from __future__ import annotations

import pytest

from pilothouse.errors import UserFault
from pilothouse.service.upload import Upload, is_form, parse_upload

KIND = b"multipart/form-data; boundary=edge"


def form(*parts: bytes, end: bytes = b"--edge--\r\n") -> bytes:
    return b"".join(b"--edge\r\n" + part + b"\r\n" for part in parts) + end


def part(content: bytes, name: bytes = b"cat.png") -> bytes:
    head = b'Content-Disposition: form-data; name="file"; filename="' + name + b'"\r\n'
    return head + b"Content-Type: image/png\r\n\r\n" + content


def test_one_file_is_read_with_its_name() -> None:
    content = bytes(range(256)) * 9 + b"\r\n--edg\r\n"
    assert parse_upload(form(part(content)), KIND) == Upload("cat.png", content)
    assert parse_upload(form(part(b"x", "猫.png".encode())), KIND).name == "猫.png"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        form(),
        form(part(b"a"), part(b"b")),
        form(part(b"a"), end=b""),
        form(b'Content-Disposition: form-data; name="file"\r\n\r\ntext'),
        form(part(b"a", b"n" * 300)),
        form(part(b"a", b"\xff\xfe")),
        form(b"X-Long: " + b"x" * 5_000 + b"\r\n" + part(b"a")),
        form(b"".join(b"X-%d: y\r\n" % n for n in range(20)) + part(b"a")),
        b"not a form at all",
    ],
)
def test_anything_else_is_refused(body: bytes) -> None:
    with pytest.raises(UserFault):
        parse_upload(body, KIND)


def test_boundary_must_be_told() -> None:
    with pytest.raises(UserFault):
        parse_upload(form(part(b"a")), b"multipart/form-data")
    assert is_form(b"Multipart/Form-Data; boundary=x") and not is_form(b"application/json")
    assert not is_form(None)
