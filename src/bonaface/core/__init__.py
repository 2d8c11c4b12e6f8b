"""Pictures, cases, results, catalogs and errors: no files, no networks, no models."""
