"""Client library of the QPI orchestrator."""
