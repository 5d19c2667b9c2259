"""Where the templates are: inside the wheel, or at the top of an editable checkout."""

from pathlib import Path

_PACKAGE = Path(__file__).parent


def templates_dir() -> Path:
    """The folder that holds ``sms/``, ``ussd/``, ``console/`` and ``simulator/``.

    Raises FileNotFoundError when the package was installed without its templates.
    """
    for folder in (_PACKAGE / "templates", _PACKAGE.parent / "templates"):
        if (folder / "sms").is_dir():
            return folder
    raise FileNotFoundError(
        f"no templates in {_PACKAGE} nor beside it: the installation is incomplete"
    )
