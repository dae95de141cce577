"""``python -m benchmarks``: every measured claim, one after the other; exits 1 when a bar is missed."""

from __future__ import annotations

import subprocess
import sys

PARTS = (
    "serve",
    "resume",
    "scale",
    "scale_recommend",
    "serve_recommend",
    "predict",
    "recommend",
    "images",
    "imagine",
    "compress",
    "behaviour",
    "classify",
    "needs",
    "retrieve",
    "answer",
    "answer.following",
    "write",
    "honesty",
)


def main() -> int:
    """Run each part in a process of its own, whatever came of the one before."""
    codes = {part: subprocess.run([sys.executable, "-m", f"benchmarks.{part}"]).returncode for part in PARTS}
    for part, code in codes.items():
        print(f"benchmarks/{part}: {'held' if code == 0 else 'MISSED'}")
    return max(codes.values())


if __name__ == "__main__":
    sys.exit(main())
