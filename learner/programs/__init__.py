"""Extraction code as data: its language, the examples that it is made of, how it runs, and how it reads as Python."""
