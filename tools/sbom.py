"""`./run sbom`: the bill of materials (物料清单) as CycloneDX JSON, and the list of licences.

Of what a county is given, not of what builds and tests it. Made from the lock, so it says what pip
accepts, digest by digest; refused when a part has no licence that was read, or one not allowed.
"""

import sys
import tomllib
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

from tools.licences import CONTAINED, is_allowed
from tools.parts import LOCK, ROOT, Part, locked, vendored

TARGET = ROOT / "dist"
_SCHEMA = SchemaVersion.V1_6


def bill(parts: list[Part]) -> Bom:
    """The bill of the parts."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    root = Component(
        name=project["name"],
        version=project["version"],
        type=ComponentType.APPLICATION,
        bom_ref=project["name"],
        description=project["description"],
    )
    components = {part.name: _component(part) for part in parts}
    bom = Bom(components=components.values(), serial_number=uuid5(NAMESPACE_URL, LOCK.read_text("utf-8")))
    bom.metadata.component = root
    needed = {name for part in parts for name in part.needs}
    bom.register_dependency(root, [each for name, each in components.items() if name not in needed])
    for part in parts:
        wanted = [components[name] for name in sorted(part.needs) if name in components]
        bom.register_dependency(components[part.name], wanted)
    return bom


def _component(part: Part) -> Component:
    contained = CONTAINED.get(part.name)
    licences = [LicenseFactory().make_from_string(part.licence)] if part.licence else []
    return Component(
        name=part.name,
        version=part.version,
        type=ComponentType.LIBRARY if part.source == "pypi" else ComponentType.FILE,
        bom_ref=f"{part.name}@{part.version}",
        description=part.summary or None,
        scope=ComponentScope.REQUIRED if part.here else ComponentScope.EXCLUDED,
        licenses=licences,
        purl=_address(part),
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=each) for each in part.hashes[:1]]
        if len(part.hashes) == 1
        else [],
        properties=[
            *(Property(name="casework:accepted-sha256", value=each) for each in part.hashes),
            *([Property(name="casework:contains", value=contained)] if contained else []),
        ],
    )


def _address(part: Part) -> PackageURL:
    if part.source == "pypi":
        return PackageURL("pypi", None, part.name, part.version)
    *group, name = part.source.removeprefix("npm ").split("/")
    return PackageURL("npm", "/".join(group) or None, name, part.version, subpath=part.name)


def as_json(bom: Bom) -> str:
    """The bill as text. Raises ValueError when it does not keep to CycloneDX."""
    text = make_outputter(bom, OutputFormat.JSON, _SCHEMA).output_as_string(indent=1)
    fault = JsonStrictValidator(_SCHEMA).validate_str(text)
    if fault is not None:
        raise ValueError(f"not CycloneDX {_SCHEMA.to_version()}: {fault}")
    return text + "\n"


def list_of_licences(parts: list[Part]) -> str:
    """A table for people."""
    rows = [
        f"| {part.name} | {part.version} | {part.licence} | {part.source} | {CONTAINED.get(part.name, '')} |"
        for part in parts
        if part.here
    ]
    head = "| 组成 | 版本 | 许可证 | 来源 | 其中还有 |\n|---|---|---|---|---|\n"
    return "# 第三方组成与许可证\n\n" + head + "\n".join(rows) + "\n"


def faults_of(parts: list[Part]) -> list[str]:
    """Parts whose licence nobody has read, or that may not be given on."""
    return [
        f"{part.name} {part.version}：许可证" + (f"不在允许之列：{part.licence}" if part.licence else "不明")
        for part in parts
        if part.here and not is_allowed(part.licence)
    ]


def main(target: Path = TARGET) -> int:
    """Writes both files, or says which part stands in the way."""
    parts = [*locked(), *vendored()]
    faults = faults_of(parts)
    for fault in faults:
        print(fault, file=sys.stderr)
    if faults:
        return 1
    target.mkdir(exist_ok=True)
    bom, licences = target / "casework.cdx.json", target / "licences.md"
    bom.write_text(as_json(bill(parts)), encoding="utf-8")
    licences.write_text(list_of_licences(parts), encoding="utf-8")
    print(f"{bom}：{len(parts)} 个组成，CycloneDX {_SCHEMA.to_version()}，已按其格式核对\n{licences}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
