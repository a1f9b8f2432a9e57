"""Results drawn as text: pure functions from numbers to lines of (text, style)."""
