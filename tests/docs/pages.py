"""Pages of the documentation, and the files and commands that stand in them."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
_FILE = re.compile(r"^\*\*`([^`]+)`\*\*\n```\w*\n(.*?)^```$", re.M | re.S)
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)


def page(name: str) -> str:
    """Text of one page."""
    return (ROOT / name).read_text(encoding="utf-8")


def files(text: str) -> dict[str, str]:
    """Files that a page writes out: a bold name, then a block."""
    return dict(_FILE.findall(text))


def blocks(text: str) -> list[tuple[str, str]]:
    """Language and content of every block."""
    return _BLOCK.findall(text)


def install(text: str, place: Path) -> None:
    """Lay a page's package out under ``place`` as pip would leave it."""
    import tomllib

    written = files(text)
    project = tomllib.loads(written["pyproject.toml"])["project"]
    for name, content in written.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(content, encoding="utf-8")
    info = place / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    head = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    (info / "METADATA").write_text(head, encoding="utf-8")
    groups = [
        f"[{group}]\n" + "".join(f"{name} = {target}\n" for name, target in points.items())
        for group, points in project["entry-points"].items()
    ]
    (info / "entry_points.txt").write_text("".join(groups), encoding="utf-8")
