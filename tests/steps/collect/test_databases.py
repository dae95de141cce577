import doctest
import os
import shutil
import socket
import sqlite3
import subprocess
import tempfile
import time
from contextlib import closing
from pathlib import Path

import pytest

from pilothouse.errors import BadTable, NotFound
from pilothouse.steps.collect import Source, databases, read
from pilothouse.steps.collect.databases import public_url
from pilothouse.types import Kind


@pytest.fixture
def shop(tmp_path):
    path = tmp_path / "shop.db"
    with closing(sqlite3.connect(path)) as held:
        held.execute("CREATE TABLE customers (id TEXT, name TEXT, spend REAL, big INTEGER)")
        held.execute("INSERT INTO customers VALUES ('00123', 'NA', 1.5, 9007199254740993)")
        held.execute("INSERT INTO customers VALUES ('00124', '张伟', NULL, 1)")
        held.execute("INSERT INTO customers VALUES ('00125', CAST(x'ff41' AS TEXT), 2, 1)")
        held.commit()
    return path


def test_sqlite_table_keeps_ids_and_rejects_broken_text(shop):
    found = read(Source(f"sqlite:///{shop}"))
    assert list(found.table["id"]) == ["00123", "00124"]
    assert list(found.table["name"]) == ["NA", "张伟"]
    assert list(found.table["big"]) == ["9007199254740993", "1"]
    assert found.table.column("spend").kind is Kind.NUMBER
    assert [(r.line, r.reason.key) for r in found.rejects] == [(3, "collect.nul")]


def test_sqlite_query_is_run(shop):
    found = read(Source(f"sqlite:///{shop}", query="SELECT name, spend * 2 AS twice FROM customers LIMIT 1"))
    assert found.table.names == ("name", "twice")
    assert found.table["twice"].tolist() == [3.0]


@pytest.mark.parametrize(
    "query",
    ["DELETE FROM customers", "DROP TABLE customers", "ATTACH 'other.db' AS o", "PRAGMA writable_schema = 1",
     "SELECT 1; DELETE FROM customers", "INSERT INTO customers DEFAULT VALUES",
     "SELECT nothing FROM customers",
     "SELECT load_extension('x')"],
)  # fmt: skip
def test_sqlite_runs_one_select_only(shop, query):
    before = shop.read_bytes()
    with pytest.raises(BadTable):
        read(Source(f"sqlite:///{shop}", query=query))
    assert shop.read_bytes() == before


def test_sqlite_of_several_tables_asks_which(shop):
    with closing(sqlite3.connect(shop)) as held:
        held.execute('CREATE TABLE "or""ders" (a)')
        held.execute('INSERT INTO "or""ders" VALUES (1)')
        held.commit()
    with pytest.raises(BadTable, match="customers"):
        read(Source(f"sqlite:///{shop}"))
    with closing(sqlite3.connect(shop)) as held:
        held.execute("DROP TABLE customers")
    assert read(Source(f"sqlite:///{shop}")).table.names == ("a",)


def test_sqlite_that_is_none_is_said(tmp_path):
    with pytest.raises(NotFound):
        read(Source(f"sqlite:///{tmp_path}/none.db"))
    (tmp_path / "text.db").write_text("hello " * 1000)
    with pytest.raises(BadTable):
        read(Source(f"sqlite:///{tmp_path}/text.db"))


def test_url_is_shown_without_its_secrets():
    assert doctest.testmod(databases).failed == 0
    assert public_url("postgresql://u:secret@[::1/d") == "postgresql://"
    assert public_url("postgresql://u:p%40ss@[::1]:5432/d?password=x#p") == "postgresql://[::1]:5432/d"


def test_postgres_that_does_not_answer_keeps_the_password(tmp_path):
    pytest.importorskip("psycopg", reason="needs the extra postgres")
    with pytest.raises(BadTable) as caught:
        read(Source("postgresql://ann:hunter2@127.0.0.1:1/shop?connect_timeout=1"))
    assert "hunter2" not in str(caught.value)


@pytest.fixture(scope="module")
def postgres():
    """A Postgres of our own for the length of the module."""
    pytest.importorskip("psycopg", reason="needs the extra postgres")
    tools = shutil.which("initdb")
    if tools is None or os.geteuid() == 0 and shutil.which("runuser") is None:
        pytest.skip("needs the Debian package postgresql")
    folder = Path(tempfile.mkdtemp(prefix="pilothouse-pg-"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    as_user = []
    if os.geteuid() == 0:  # Postgres refuses to run as root
        shutil.chown(folder, "nobody")
        as_user = ["runuser", "-u", "nobody", "--"]
    command = [
        *as_user,
        tools,
        "-D",
        f"{folder}/data",
        "-U",
        "ann",
        "--auth=trust",
        "-E",
        "UTF8",
        "--locale=C",
    ]
    if subprocess.run(command, capture_output=True, check=False, cwd=folder).returncode:
        shutil.rmtree(folder)
        pytest.skip("initdb does not run here")
    options = ["-p", str(port), "-k", str(folder), "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]
    server = subprocess.Popen(
        [*as_user, shutil.which("postgres"), "-D", f"{folder}/data", *options],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder,
    )  # fmt: skip
    url = f"postgresql://ann:hunter2@127.0.0.1:{port}/postgres"
    try:
        yield _wait(url, server)
    finally:
        server.terminate()
        server.wait(30)
        shutil.rmtree(folder)


def _wait(url, server):
    import psycopg

    for _ in range(600):
        assert server.poll() is None, "Postgres ended"
        try:
            with psycopg.connect(url) as held:
                held.execute(
                    "CREATE TABLE customers (id text, spend numeric(10,2), at timestamptz, ok boolean)"
                )
                held.execute("INSERT INTO customers VALUES ('00123', 1.50, '2025-03-04 08:00+08', true)")
                held.execute("INSERT INTO customers VALUES ('NA', NULL, NULL, false)")
            return url
        except psycopg.OperationalError:
            time.sleep(0.1)
    raise TimeoutError("Postgres did not start")


def test_postgres_table_is_read_and_its_url_kept_secret(postgres):
    found = read(Source(postgres))
    assert list(found.table["id"]) == ["00123", "NA"]
    assert found.table["spend"][0] == 1.5
    assert str(found.table["at"][0]) == "2025-03-04T00:00:00.000000"
    assert list(found.table["ok"]) == ["true", "false"]
    assert "hunter2" not in found.provenance.source and "ann" not in found.provenance.source


def test_postgres_runs_reading_queries_only(postgres):
    found = read(Source(postgres, query="SELECT id FROM customers WHERE spend > 1"))
    assert list(found.table["id"]) == ["00123"]
    for query in ("DELETE FROM customers", "SELECT nothing", "SELECT 1; DROP TABLE customers"):
        with pytest.raises(BadTable):
            read(Source(postgres, query=query))
    assert read(Source(postgres)).table.rows == 2
