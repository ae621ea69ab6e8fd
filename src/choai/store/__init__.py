"""Ring 3: the Django app behind the engine's ports. models.py has the tables, one module per noun has the statements."""
