"""The house rules: budgets, arrows between rooms, doors, mirrors, catalogues."""

from __future__ import annotations

import ast
import re
import string
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "pilothouse"
MODULES = sorted(SOURCE.rglob("*.py"))
VAGUE = {"utils", "util", "common", "helpers", "core", "misc", "base"}

# From the top down; a room may import rooms of lower or equal height only where listed.
HEIGHT = {
    "cli": 10,
    "service": 9,
    "studio": 9,
    "checks": 8,
    "pipeline": 8,
    "experiment": 8,
    "insight": 8,
    "demo": 7,
    "doctor": 7,
    "product": 6,
    "report": 6,
    "runs": 6,
    "registry": 6,
    "scenarios": 5,
    "scenario": 4,
    "steps": 3,
    "models": 3,
    "store": 2,
    "guards": 2,
    "types": 1,
    "messages": 0,
    "errors": 1,
    "lazy": 1,
    "catalogues": 0,
}

DOORS = {
    "guards/modelfile": {"pickle", "joblib", "yaml", "dill", "cloudpickle", "skops"},
    "guards/egress": {
        *("httpcore", "httpx", "requests", "urllib3", "aiohttp", "openai", "websockets"),
        *("urllib.request", "http.client", "ftplib", "smtplib"),
    },
    "guards/llm/local": {"xllamacpp", "llama_cpp"},
}


def name_of(path: Path) -> str:
    return str(path.relative_to(SOURCE)).removesuffix(".py")


def room_of(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def code_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    body = node.body
    if isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant) and len(body) > 1:
        body = body[1:]
    return (node.end_lineno or 0) - body[0].lineno + 1


def imports(tree: ast.AST) -> Iterator[tuple[str, bool]]:
    """Imported modules of the package, and whether only type checkers see the import."""
    checking = {
        id(child)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        for child in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, id(node) in checking
            if node.module in ("urllib", "http"):
                yield from ((f"{node.module}.{alias.name}", id(node) in checking) for alias in node.names)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, id(node) in checking


BY_NAME = ("require", "import_module", "__import__")


def required(tree: ast.AST) -> Iterator[str]:
    """Modules that are imported by name: ``require("x", extra=...)``, ``import_module("x")``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = ast.unparse(node.func).split(".")[-1]
            yield from [str(node.args[0].value)] if called in BY_NAME else []


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_module_stays_within_its_budget(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    assert text.count("\n") <= 400
    assert path.stem not in VAGUE
    for function in functions(tree):
        assert code_lines(function) <= 50, function.name
        arguments = function.args
        given = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        named = [a.arg for a in given if a.arg not in ("self", "cls")]
        is_command = name_of(path).startswith("cli/")
        assert len(named) <= 6 or is_command, function.name
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            methods = [n for n in node.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
            assert len(methods) <= 15 or name_of(path) == "scenario", node.name


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_arrows_between_rooms_point_down(path: Path) -> None:
    here = name_of(path).split("/")[0]
    if here in ("__init__", "__main__"):
        return
    for module, _ in imports(ast.parse(path.read_text(encoding="utf-8"))):
        if not module.startswith("pilothouse."):
            continue
        there = room_of(module)
        assert HEIGHT[there] <= HEIGHT[here], f"{here} imports {there}"
        if HEIGHT[here] >= 9:
            starts = here == "cli" and there == "service"  # a command starts the server
            assert there == here or HEIGHT[there] < 9 or starts, "a face imports a face"
        if here == there == "scenarios":
            mine, other = path.relative_to(SOURCE).parts[1].removesuffix(".py"), module.split(".")[2]
            assert mine == other, "scenarios never import each other"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_only_the_doors_open_dangerous_libraries(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for module in {*(module for module, _ in imports(tree)), *required(tree)}:
        for door, behind in DOORS.items():
            if not name_of(path).startswith(door):
                named = {".".join(module.split(".")[:size]) for size in (1, 2)}
                assert not named & behind, f"{module} belongs behind {door}"
    banned = {"eval", "exec"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in banned
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            called = ast.unparse(node.func)
            assert called not in {"torch.load", "pickle.load", "pickle.loads", "yaml.load", "joblib.load"}
            if called == "np.load":
                allow = [k for k in node.keywords if k.arg == "allow_pickle"]
                assert all(isinstance(k.value, ast.Constant) and k.value.value is False for k in allow)


CALLS_OUT = (
    "import httpx",
    "from urllib.request import urlopen",
    "import urllib.request",
    "from urllib import request",
    "import http.client as c",
    'require("httpcore", extra="llm")',
    'lazy.require("xllamacpp", extra="llm")',
    'importlib.import_module("requests.sessions")',
)


@pytest.mark.parametrize("line", CALLS_OUT)
def test_call_out_of_the_doors_is_seen(line: str) -> None:
    path = SOURCE / "steps" / "planted.py"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "read_text", lambda *_, **__: line)
        with pytest.raises(AssertionError, match="belongs behind"):
            test_only_the_doors_open_dangerous_libraries(path)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_module_says_what_it_does(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)


def test_tests_mirror_the_source() -> None:
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        inside = path.relative_to(ROOT / "tests")
        if inside.parts[0] in ("faults", "product", "docs", "cookbook") or len(inside.parts) == 1:
            continue
        mirrored = SOURCE / inside.parent / inside.name.removeprefix("test_")
        package = mirrored.with_suffix("")
        assert mirrored.is_file() or package.is_dir(), inside


def places(template: str) -> set[str]:
    return {name.split(".")[0] for _, name, _, _ in string.Formatter().parse(template) if name}


@pytest.mark.parametrize("path", sorted((SOURCE / "catalogues").glob("*.toml")), ids=lambda p: p.stem)
def test_catalogue_speaks_both_languages(path: Path) -> None:
    for name, entry in tomllib.loads(path.read_text(encoding="utf-8")).items():
        assert set(entry) == {"en", "zh"}, name
        assert entry["en"].strip() and entry["zh"].strip(), name
        assert places(entry["en"]) == places(entry["zh"]), name
        assert not re.search(r"[\u4e00-\u9fff]", entry["en"]), name


KEY = re.compile(r"""["']([a-z_]+\.[a-z0-9_]+)["']""")


def test_every_message_key_that_is_said_stands_in_a_catalogue() -> None:
    known = {
        f"{path.stem}.{name}"
        for path in (SOURCE / "catalogues").glob("*.toml")
        for name in tomllib.loads(path.read_text(encoding="utf-8"))
    }
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "say":
                key = node.args[0]
                if isinstance(key, ast.Constant):
                    assert key.value in known, f"{name_of(path)}: {key.value}"


HEAVY = ("numpy", "duckdb", "sklearn", "lightgbm", "scipy", "optuna", "torch", "fastapi", "ray", "jinja2")


def test_help_loads_no_heavy_library() -> None:
    code = (
        "import sys; sys.argv = ['pilothouse', '--help']\n"
        "from pilothouse.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        f"print('LOADED', [m for m in {HEAVY!r} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "LOADED []" in done.stdout, done.stdout[-300:]
    assert "run" in done.stdout
