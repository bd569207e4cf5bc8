"""Citizens' pages, in Swahili; they work without JavaScript, on any phone."""

from hashlib import sha256
from pathlib import Path

from flask import Blueprint, Response, request

from callcentre.portal import pages

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
_STYLE = Path(__file__).parent / "static" / "portal.css"
_STYLE_VERSION = sha256(_STYLE.read_bytes()).hexdigest()[:8]  # a changed style is another address

blueprint = Blueprint(
    "portal", __name__, template_folder="templates", static_folder="static",
    static_url_path="/portal",
)  # fmt: skip
blueprint.add_url_rule("/", view_func=pages.front)
blueprint.add_url_rule("/ahadi", view_func=pages.all_promises, strict_slashes=False)
blueprint.add_url_rule("/ahadi/<institution>", view_func=pages.promises_of, strict_slashes=False)
blueprint.add_url_rule("/matangazo", view_func=pages.notices, strict_slashes=False)
blueprint.add_url_rule("/matangazo/<institution>", view_func=pages.notices, strict_slashes=False)
blueprint.add_url_rule("/matangazo/<institution>/chapa", view_func=pages.printed_notices)
blueprint.add_url_rule("/faragha", view_func=pages.privacy, strict_slashes=False)
blueprint.register_error_handler(404, pages.missing)


@blueprint.context_processor
def shared_values() -> dict[str, str]:
    return {"style_version": _STYLE_VERSION}


@blueprint.after_request
def guard(response: Response) -> Response:
    """Nothing from elsewhere runs on our pages; what does not say so is kept by nobody."""
    response.headers.update(HEADERS)
    if request.endpoint == "portal.static" and response.status_code != 404:
        response.cache_control.public = True
        response.cache_control.no_cache = None
        response.cache_control.max_age = 24 * 60 * 60
    elif "Cache-Control" not in response.headers:
        response.cache_control.no_store = True
    return response
