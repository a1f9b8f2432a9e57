"""Changes on the server: verification, audit log, undo."""
