"""Load sql/ after a bare `yoyo apply`, as `orderstamp migrate` does.

yoyo runs this hook only when it applied something and never repeats one that failed; `orderstamp migrate` always loads.
"""

from pathlib import Path
from typing import Any

from yoyo import step

from orderstamp.install.loader import load_within
from orderstamp.resources import release_beside


def load(conn: Any) -> None:
    load_within(conn, release_beside(Path(__file__).resolve().parent))


step(load)
