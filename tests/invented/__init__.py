"""A resource that the console does not have: `calibrations`, in five files that nothing else knows of."""
