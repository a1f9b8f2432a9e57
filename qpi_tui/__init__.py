"""The console of the QPI orchestrator."""
