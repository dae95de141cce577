"""F33: no address in the settings, in a name server's answer or in a redirect leads to a private host."""

from __future__ import annotations

import pytest

from pilothouse.errors import Refused
from pilothouse.guards.egress import Limits, Line
from small_llm import serving

SOON = Limits(1.0, 2.0)
INSIDE = (
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.9",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "192.0.0.8",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::",
    "2001:0:53aa:64c:0:7fff:80ff:fffe",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
)
FORMS = (
    "file:///etc/passwd",
    "gopher://127.0.0.1:70/_x",
    "ftp://127.0.0.1/",
    "dict://127.0.0.1:11211/",
    "//127.0.0.1/",
    "127.0.0.1",
    "",
    "https://",
    "https:///x",
    "https://user@example.com/",
    "https://user:word@example.com/",
    "https://example.com@127.0.0.1/",
    "https://example.com:0/",
    "https://example.com:99999/",
    "https://example.com:x/",
    "https://example.com/v1?to=127.0.0.1",
    "https://example.com/v1#x",
    "https://exam ple.com/",
    "https://example.com\\@127.0.0.1/",
    "https://example.com/\r\nHost: inside",
    "https://ⓔxample.com/",
    "https://１２７.0.0.1/",
    "https://-x.example.com/",
    "https://a..b/",
    "https://[::1/",
    "http://example.com/v1",
    "https://example.com:8443/v1",
    "http://127.0.0.1:{port}/v1",
    "http://localhost:{port}/v1",
    "http://127.1:{port}/v1",
    "http://0x7f000001:{port}/v1",
    "http://2130706433:{port}/v1",
    "http://0177.0.0.1:{port}/v1",
    "http://[::1]:{port}/v1",
    "http://[::ffff:127.0.0.1]:{port}/v1",
)


@pytest.mark.parametrize("base", FORMS)
def test_f33_form_of_address_is_refused_before_anything_is_asked(base: str) -> None:
    with serving() as canary:
        with pytest.raises(Refused):
            Line(base.replace("{port}", str(canary.server_address[1])), resolve=lambda *_: ["127.0.0.1"])
        assert not canary.got


@pytest.mark.parametrize("name", ["https://127.1/", "https://0x7f000001/", "https://2130706433/"])
def test_f33_other_spellings_of_loopback_are_resolved_and_refused(name: str) -> None:
    with pytest.raises(Refused):
        Line(name).post("/x", b"", {}, SOON)


@pytest.mark.parametrize("address", INSIDE)
def test_f33_public_name_of_a_private_host_is_refused(address: str) -> None:
    for found in ([address], ["93.184.215.14", address], [address, "93.184.215.14"]):
        line = Line("https://models.example.com/v1", resolve=lambda *_, found=found: found)
        with pytest.raises(Refused):
            line.post("/x", b"", {}, SOON)


@pytest.mark.parametrize("address", INSIDE)
def test_f33_private_literal_is_refused(address: str) -> None:
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(Refused):
        Line(f"https://{host}/v1").post("/x", b"", {}, SOON)


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "fe80::1", "::ffff:169.254.169.254", "0.0.0.0", "224.0.0.1"]
)
def test_f33_listed_name_does_not_open_link_local_addresses(address: str) -> None:
    line = Line("http://llm.corp/v1", ("llm.corp",), resolve=lambda *_: [address])
    with pytest.raises(Refused):
        line.post("/x", b"", {}, SOON)


def test_f33_listed_host_is_reached_under_its_name_and_no_other_is() -> None:
    with serving() as server:
        port = server.server_address[1]
        base = f"http://llm.corp:{port}/v1"
        line = Line(base, (f"llm.corp:{port}",), resolve=lambda *_: ["127.0.0.1"])
        assert line.post("/chat/completions", b'{"messages": []}', {}, SOON).status == 200
        assert f"host: llm.corp:{port}".encode() in server.got[0].lower()
        for listed in ((), ("llm.corp:1",), ("corp",), ("other.corp",), ("*",), ("llm.corp:x",)):
            with pytest.raises(Refused):
                Line(base, listed)
        assert len(server.got) == 1


def test_f33_name_is_resolved_once_and_the_checked_address_is_called() -> None:
    asked = []
    with serving() as server, serving(host="127.0.0.2") as canary:
        base = f"http://llm.corp:{server.server_address[1]}/v1"

        def resolve(host: str, port: int) -> list[str]:
            asked.append(host)
            return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

        line = Line(base, ("llm.corp",), resolve=resolve)
        line.post("/chat/completions", b'{"messages": []}', {}, SOON)
        assert asked == ["llm.corp"] and len(server.got) == 1 and not canary.got


def test_f33_redirect_is_not_followed() -> None:
    with serving() as canary, serving(manner="redirect") as server:
        for location in (canary.url, f"{server.url}/other", "file:///etc/passwd"):
            server.location = location
            with pytest.raises(Refused):
                Line(server.url, ("127.0.0.1",)).post("/chat/completions", b"{}", {}, SOON)
        assert len(server.got) == 3 and not canary.got


def test_f33_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving() as canary, serving() as server:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, canary.url)
        line = Line(server.url, ("127.0.0.1",))
        assert line.post("/chat/completions", b'{"messages": []}', {}, SOON).status == 200
        assert len(server.got) == 1 and not canary.got
