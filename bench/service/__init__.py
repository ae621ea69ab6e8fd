"""A connector for the mock of bench/peers/mock.py: a plain paged source and a plain upsert sink, behind the contract."""
