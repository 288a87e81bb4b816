"""The language of an answer: the best match for `Accept-Language`, else DEFAULT_LANGUAGE."""

from flask import request

from backend.core import settings
from backend.core.texts import languages


def chosen() -> str:
    """The language of the answer to this request; `zh-CN` and `zh-TW` are `zh` here."""
    known = languages()
    liked = (tag.partition("-")[0].lower() for tag, quality in request.accept_languages if quality)
    return next((language for language in liked if language in known), settings.current().default_language)
