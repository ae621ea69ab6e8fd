"""What the imitations of Zoho's finance products share: sign-in of a data centre, the door, lists, records, papers.

Each product is a module of its own beside this one (``zoho_books`` …) that names its resources; ``app.build`` makes the
application.
"""
