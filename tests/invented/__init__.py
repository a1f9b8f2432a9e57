"""A resource that the console does not have: `calibrations`, in five files that no other file refers to."""
