"""`orderstamp migrate`."""

from __future__ import annotations

from rich.markup import escape

from orderstamp import migrate as installer
from orderstamp.cli.output import Json, err, explained, out, print_json, working
from orderstamp.database import find_database
from orderstamp.install.roles import GROUP_ROLES, administrator_sql


@explained(owner_only=True)
def migrate(as_json: Json = False) -> None:
    """Install or upgrade the schema in DATABASE_URL, or else in the embedded server. Safe to repeat."""
    with working("starting the database"):
        database = find_database()
    with working(f"migrating {database.label()}") as step:
        done = installer.migrate(database.conninfo, progress=step)
    loaded = done.loaded
    missing = loaded.missing_roles
    if as_json:
        print_json(
            {
                "version": loaded.version,
                "digest": loaded.digest,
                "applied": done.applied,
                "objects": loaded.objects,
                "dropped": loaded.dropped,
                "epoch": loaded.epoch,
                "missing_roles": missing,
                "administrator_sql": administrator_sql(missing),
            }
        )
        return
    out.print(
        f"orderstamp {loaded.version} is installed in {escape(database.label())}: "
        f"{len(done.applied)} migrations applied, {loaded.objects} objects loaded",
        soft_wrap=True,
    )
    if loaded.epoch is not None:
        out.print(f"this database was restored: the log's epoch is now {loaded.epoch}")
    if missing:
        err.print(
            "[bold yellow]note:[/] you may not create roles, so "
            + ("nobody but the owner has access yet" if set(missing) == set(GROUP_ROLES) else "some are missing")
            + ".\nAn administrator runs this once, then you run orderstamp migrate again:",
            soft_wrap=True,
        )
        out.print(administrator_sql(missing), soft_wrap=True)
