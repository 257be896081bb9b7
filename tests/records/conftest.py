from tests.sync.conftest import other_phone, phone

__all__ = ["other_phone", "phone"]
