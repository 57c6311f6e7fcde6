"""One scoring application and its hosts."""
