"""A trading day in ten events, told by three hands, on a real database."""
