"""The side-by-side benchmark: `make bench`."""
