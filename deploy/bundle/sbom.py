"""The bill of materials: CycloneDX JSON with licences and the hash of each wheel."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from packaging.utils import canonicalize_name

from deploy.bundle.sources import Source, run
from sms_service import __version__

SPEC = "1.6"
_LICENCES = {"protobuf": "BSD-3-Clause"}
"""Of packages whose metadata name none, as their LICENSE files say."""


def write(source: Source, tree: Path, python: Path, hashes: Mapping[tuple[str, str], str]) -> bytes:
    """The bill of what this environment holds, valid by CycloneDX's schema. Raises BundleError."""
    told = run(
        [
            *(str(Path(sys.executable).with_name("cyclonedx-py")), "environment"),
            *("--pyproject", str(tree / "pyproject.toml"), "--mc-type", "application"),
            *("--spec-version", SPEC, "--output-format", "JSON", "--output-reproducible"),
            *("--validate", "--output-file", "-", str(python)),
        ],
        tree,
        {"SOURCE_DATE_EPOCH": str(source.epoch)},
    )
    bill = json.loads(told)
    bill["metadata"]["component"]["version"] = __version__
    for component in bill["components"]:
        if component["name"] in _LICENCES and not component.get("licenses"):
            component["licenses"] = [{"license": {"id": _LICENCES[component["name"]]}}]
        known = (canonicalize_name(component["name"]), component["version"])
        if known in hashes:
            component["hashes"] = [{"alg": "SHA-256", "content": hashes[known]}]
    return (json.dumps(bill, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()
