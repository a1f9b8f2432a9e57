"""A whole QPI orchestrator on one machine."""
