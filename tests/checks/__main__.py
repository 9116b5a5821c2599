"""`python -m checks`: exit status 0 if nothing is found in sql/."""

from __future__ import annotations

import sys

from support.sqltext import ALL

from .pgspot_files import check

if __name__ == "__main__":
    sys.exit(min(check((str(source), source.text) for source in ALL), 1))
