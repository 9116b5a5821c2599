"""`orderstamp stop`."""

from __future__ import annotations

from typing import Annotated

import typer

from orderstamp import embedded
from orderstamp.cli.output import Json, explained, out, print_json, working


@explained
def stop(
    remove: Annotated[bool, typer.Option("--remove", help="Also delete the server's folder and all its data.")] = False,
    as_json: Json = False,
) -> None:
    """Stop the embedded server. It starts again with the next command that needs it."""
    folder = embedded.home()
    with working("stopping the embedded server"):
        was_running = embedded.stop(folder, remove=remove)
    if as_json:
        print_json({"was_running": was_running, "removed": remove})
        return
    state = "stopped" if was_running else "was not running"
    out.print(f"the embedded server {state}" + (", its folder is removed" if remove else ""))
