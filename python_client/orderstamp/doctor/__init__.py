"""What `orderstamp doctor` examines: is the installation what this release installs, and is it used as it should be?

What is expected has three sources, none of them written twice: `sql/` for functions, views and grants, `migrations/`
for which were applied, and `catalog.txt` for what they leave behind (tables, columns, constraints, indexes, triggers,
policies, types, legal moves), which `make catalog` writes and a test holds to the migrations.
"""
