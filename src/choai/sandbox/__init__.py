"""Ring 3: imitation services on loopback that enforce their vendors' rules. core.py is what they share."""
