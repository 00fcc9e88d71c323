"""Under which licences the parts come (许可证), and which of them a county may be given."""

import re
from importlib.metadata import Distribution

ALLOWED = frozenset(
    {
        "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "MIT", "MIT-0",
        "MPL-2.0",  # by file; certifi's list of authorities is used unchanged
        "LGPL-2.1-or-later", "LGPL-3.0-only",  # python-stdnum, psycopg: libraries used unchanged, replaceable
        "OFL-1.1", "PSF-2.0", "PostgreSQL", "Unicode-3.0", "Unlicense", "Zlib",
    }
)  # fmt: skip
"""SPDX names. Nothing that would bind the county's own text or its colleagues' additions."""

_READ = {
    # The text of each was read: metadata say "BSD", "Dual License", or hold the whole text.
    "flask-wtf": "BSD-3-Clause",
    "itsdangerous": "BSD-3-Clause",
    "jinja2": "BSD-3-Clause",
    "pylopdf-fonts-zh-cn": "OFL-1.1",
    "python-dateutil": "Apache-2.0 OR BSD-3-Clause",
    "python-stdnum": "LGPL-2.1-or-later",
    "segno": "BSD-3-Clause",
    "wtforms": "BSD-3-Clause",
}
_CLASSIFIED = {"MIT License": "MIT", "Apache Software License": "Apache-2.0"}
_SPDX = re.compile(r"[A-Za-z0-9.+-]+( (OR|AND) [A-Za-z0-9.+-]+)*")

CONTAINED = {
    "cryptography": "OpenSSL (Apache-2.0)",
    "psycopg-binary": "libpq (PostgreSQL), OpenSSL (Apache-2.0)",
    "typst": "Rust crates under Apache-2.0, MIT and the like; fonts under OFL-1.1",
    "granian": "Rust crates under MIT, Apache-2.0 and the like",
    "pydantic-core": "Rust crates under MIT, Apache-2.0 and the like",
    "python-calamine": "Rust crates under MIT, Apache-2.0 and the like",
}
"""What wheels carry inside besides their own code."""


def licence_of(name: str, found: Distribution) -> str:
    """The SPDX expression of an installed distribution, "" when nobody has read it yet."""
    told = found.metadata.json
    stated = str(told.get("license_expression") or told.get("license") or "")
    if name in _READ:
        return _READ[name]
    if _SPDX.fullmatch(stated) and stated not in ("BSD", "LGPL"):
        return stated
    for line in found.metadata.get_all("Classifier") or []:
        if line.startswith("License :: ") and line.split(" :: ")[-1] in _CLASSIFIED:
            return _CLASSIFIED[line.split(" :: ")[-1]]
    return ""


def is_allowed(expression: str) -> bool:
    """Whether one of the alternatives is allowed in all its parts."""
    return any(
        all(part.strip() in ALLOWED for part in alternative.split(" AND "))
        for alternative in expression.split(" OR ")
    )
