"""What is kept from run to run: pages, examples, versions of code, and what was decided."""
