"""The order state matrices of FIX, played against the product: `python -m tests.fix [FILE]`."""
