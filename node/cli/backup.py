"""``yizhan backup`` and ``yizhan restore``: the store in one file, and back (DESIGN section 3)."""

from pathlib import Path

from node.cli.session import HERE, Session


def backup(file: Path, *, session: Session = HERE) -> None:
    """Write the signed logs and the private tables to one file; the node may go on running.

    Keys are not in it: keep a copy of the node's key file apart.

    Args:
        file: where to; nothing may be there.
    """
    from node.backup import create_backup
    from node.config import load_config

    config = load_config(session.dir)
    rows = create_backup(config.database_url, config.folder, file)
    session.show({"file": str(file), "rows": rows})


def restore(file: Path, *, session: Session = HERE) -> None:
    """Fill the empty store of a node that does not run from a backup.

    The node then opens new epochs of its logs and fetches from its peers what came after.

    Args:
        file: what yizhan backup wrote.
    """
    from node.backup import restore_backup
    from node.clock import SystemClock
    from node.config import load_config

    config = load_config(session.dir)
    rows = restore_backup(config.database_url, config.folder, file, SystemClock())
    session.show({"file": str(file), "rows": rows})
