"""The wheel alone, in an empty environment far from the checkout, installs the product and shows it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import orderstamp
from orderstamp.install.manifest import read_manifest
from orderstamp.resources import checkout, this_release

ROOT = checkout()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from the sdist, as a release is, so that nothing is missing in either."""
    assert ROOT is not None
    out = tmp_path_factory.mktemp("dist")
    # No isolation: the build back end is among the development requirements, nothing is fetched.
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(ROOT)],
        check=True,
        capture_output=True,
        timeout=180,
    )
    assert len(list(out.glob("*.tar.gz"))) == 1
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture
def elsewhere() -> Iterator[tuple[Path, dict[str, str]]]:
    """An empty folder, and an environment in which neither the checkout nor a database is in reach."""
    folder = Path(tempfile.mkdtemp(prefix="om-", dir="/tmp"))
    hidden = ("DATABASE_URL", "ORDERSTAMP_HOME", "PYTHONPATH", "VIRTUAL_ENV")
    yield folder, {name: value for name, value in os.environ.items() if name not in hidden}
    shutil.rmtree(folder, ignore_errors=True)


def test_it_carries_every_file_of_sql_and_migrations(wheel: Path) -> None:
    release = this_release()
    expected = {f"orderstamp/_sql/{file.path}" for file in read_manifest(release.sql).files}
    expected |= {f"orderstamp/_migrations/{path.name}" for path in release.migrations.iterdir() if path.is_file()}
    expected |= {"orderstamp/_sql/manifest.txt", "orderstamp/py.typed"}
    with zipfile.ZipFile(wheel) as archive:
        assert expected - set(archive.namelist()) == set()


def test_it_migrates_and_demonstrates_far_from_the_checkout(
    wheel: Path, elsewhere: tuple[Path, dict[str, str]]
) -> None:
    folder, environment = elsewhere
    venv.create(folder / "venv", with_pip=True, symlinks=True)
    python = folder / "venv" / "bin" / "python"

    def run(*arguments: str) -> str:
        done = subprocess.run(
            arguments, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=300
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run(str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", str(wheel))
    command = str(folder / "venv" / "bin" / "orderstamp")
    try:
        where = run(str(python), "-c", "import orderstamp; print(orderstamp.__file__)").strip()
        assert Path(where).is_relative_to(folder), "it is the wheel's code that runs"
        done = json.loads(run(command, "migrate", "--json"))
        assert done["version"] == orderstamp.__version__
        assert done["digest"] == read_manifest(this_release().sql).digest
        assert (folder / ".orderstamp").is_dir(), "outside a checkout the server lives in the current folder"
        assert json.loads(run(command, "migrate", "--json"))["applied"] == []
        assert "0 gaps" in run(command, "demo")
    finally:
        subprocess.run([command, "stop", "--remove"], cwd=folder, env=environment, check=True, capture_output=True)
    assert not (folder / ".orderstamp").exists()
