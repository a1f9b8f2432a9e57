"""Files that people read and write: exports, calendars, CSV imports."""
