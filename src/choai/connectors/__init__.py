"""Ring 3: one folder per service. contract.py says what a connector is."""
