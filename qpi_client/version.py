"""The version, as a constant: reading it from the installed metadata would slow down every start."""

__version__ = "0.1.0"
USER_AGENT = f"qpi-client/{__version__}"
