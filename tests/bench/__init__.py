"""What the product costs: `python -m tests.bench`. Ratios of interleaved runs on a server of its own."""
