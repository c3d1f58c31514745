"""authflow measured beside its peers: `make bench`, or `python -m bench`."""
