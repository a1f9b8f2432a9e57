"""Signing in: connection, credentials, known servers, certificates."""
