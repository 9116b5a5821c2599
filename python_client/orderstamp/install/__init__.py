"""What `orderstamp migrate` is made of: locks, bookkeeping, roles, the loader and its checks."""
