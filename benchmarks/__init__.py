"""What each claim of speed is measured with."""
