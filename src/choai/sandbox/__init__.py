"""Ring 3: imitation services on loopback that enforce their vendors' rules. core.py is what they share."""

from pkgutil import iter_modules

_PARTS = ("freee_invoice", "zoho")  # of others: freee's imitation is that of freee_invoice too, with one set of books
SERVICES = tuple(sorted(m.name for m in iter_modules(__path__) if m.ispkg and m.name not in _PARTS))
