"""One module for each page; each lists its routes."""
