"""The suite on every PostgreSQL version that the product supports, and what that needs installed."""
