"""Other people's files that our pages load: htmx, Bootstrap, Vazirmatn. No page needs a CDN.

Which versions they are, from where and under which licence: static/vendor/VENDORED.toml.
"""

from flask import Blueprint

_A_WEEK = 7 * 24 * 3600


class _Files(Blueprint):
    def get_send_file_max_age(self, filename: str | None) -> int:
        return _A_WEEK


def vendored_files() -> Blueprint:
    """Serves the files under ``/vendor/``; ``url_for("vendor.static", filename=…)`` names one."""
    return _Files(
        "vendor",
        "sms_service.vendored",
        url_prefix="/vendor",
        static_folder="static/vendor",
        static_url_path="",
    )
