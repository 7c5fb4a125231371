"""Measurements, run side by side by ``python -m benchmarks NAME``. A module is a benchmark; those with ``_`` help."""
