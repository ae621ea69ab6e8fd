from sandbox.conftest import freee_admin, freee_box

__all__ = ["freee_admin", "freee_box"]
