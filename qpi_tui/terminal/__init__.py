"""The terminal: frames, keys, clipboard, slow lines."""
