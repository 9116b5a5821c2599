"""The types that users get, checked by mypy --strict as they would check their own code."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).with_name("typing_examples.py")


def check(path: Path, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    # An empty configuration: the users have not ours. --warn-unused-ignores finds a mistake that went unnoticed.
    config = tmp_path / "mypy.ini"
    config.write_text("[mypy]\n")
    arguments = ["--strict", "--config-file", str(config), "--cache-dir", str(tmp_path / "cache"), str(path)]
    return subprocess.run(
        [sys.executable, "-m", "mypy", *arguments], capture_output=True, text=True, timeout=240, check=False
    )


def test_the_examples_are_typed_as_they_say(tmp_path: Path) -> None:
    done = check(EXAMPLES, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    # The check can fail: the same mistakes without their marks are found, every one.
    marked = EXAMPLES.read_text()
    bare = tmp_path / "bare.py"
    bare.write_text("\n".join(line.partition("  # type: ignore")[0] for line in marked.splitlines()) + "\n")
    done = check(bare, tmp_path)
    assert done.returncode == 1
    assert done.stdout.count(": error:") == marked.count("# type: ignore"), done.stdout
