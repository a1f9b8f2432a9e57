"""The typed rows: one record of each resource, one module per resource.

They are separate from the columns and descriptors of `qpi_tui.resources` because they need msgspec, whose import takes
9 ms that the first frame need not wait for (`Resource.decode` imports a row when the first record is decoded).
"""
