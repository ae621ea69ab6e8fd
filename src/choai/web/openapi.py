"""``python -m choai.web.openapi`` prints the API's OpenAPI document, which the screens are generated from."""

from __future__ import annotations

import json
import os
import sys


def document() -> dict[str, object]:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "choai.web.settings")
    import django

    django.setup()
    from choai.web.api import api

    plain: dict[str, object] = json.loads(json.dumps(api.get_openapi_schema(path_prefix="/api/"), default=str))
    return plain


if __name__ == "__main__":
    json.dump(document(), sys.stdout, ensure_ascii=False, indent=1)
    sys.stdout.write("\n")
