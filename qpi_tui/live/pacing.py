"""How much of a server's time a search through its history may take."""

REST = 9.0
"""After a page the server is left alone so many times as long as the page took: a tenth of its time at most."""
