"""The bill of materials: every part of the lock and of the pages, its licence read and allowed."""

import json
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from tools.licences import ALLOWED, is_allowed
from tools.parts import LOCK, Part, locked, vendored
from tools.sbom import as_json, bill, faults_of, list_of_licences, main

PARTS = [*locked(), *vendored()]


def test_every_part_that_a_county_is_given_has_a_licence_that_is_allowed():
    assert faults_of(PARTS) == []


def test_the_lock_is_read_to_its_last_digest():
    text = LOCK.read_text("utf-8")
    assert len(locked()) == text.count("==") - text.count("python_full_version ==") - text.count(
        "sys_platform =="
    )
    assert sum(len(part.hashes) for part in locked()) == text.count("--hash=sha256:")
    names = {part.name for part in locked()}
    assert {"flask", "psycopg-binary", "flit-core", "prometheus-client"} <= names
    assert not {"pytest", "ruff", "playwright"} & names


def test_licences_are_those_of_the_versions_locked():
    assert [part.name for part in locked() if part.here and version(part.name) != part.version] == []


def test_every_file_of_others_in_the_pages_is_a_part():
    folder = Path(__file__).parents[2] / "casework" / "web" / "static" / "vendor"
    given = {file.name for file in folder.iterdir() if file.suffix not in (".md", ".LICENSE")}
    assert {part.name for part in vendored()} == given
    assert all(part.source.startswith("npm ") and part.version[0].isdigit() for part in vendored())


def test_the_bill_keeps_to_cyclonedx_and_says_who_needs_whom():
    told = json.loads(as_json(bill(PARTS)))
    assert (told["bomFormat"], told["specVersion"]) == ("CycloneDX", "1.6")
    by_name = {each["name"]: each for each in told["components"]}
    assert set(by_name) == {part.name for part in PARTS}
    assert by_name["flask"]["purl"] == f"pkg:pypi/flask@{version('flask')}"
    assert by_name["tabler.min.css"]["purl"].startswith("pkg:npm/%40tabler/core@")
    needs = {each["ref"]: each.get("dependsOn", []) for each in told["dependencies"]}
    assert f"jinja2@{version('jinja2')}" in needs[f"flask@{version('flask')}"]
    assert f"flask@{version('flask')}" not in needs["casework"]  # through flask-login


def test_a_part_nobody_has_read_or_may_not_be_given_on_is_named():
    stranger = Part("stranger", "1.0", "pypi", "", ())
    assert "许可证不明" in faults_of([stranger])[0]
    assert "不在允许之列" in faults_of([replace(stranger, licence="AGPL-3.0-only")])[0]
    assert faults_of([replace(stranger, here=False)]) == []


def test_of_alternatives_one_must_be_allowed_of_parts_all():
    assert is_allowed("GPL-2.0-only OR MIT") and is_allowed("Apache-2.0 AND BSD-2-Clause")
    assert not is_allowed("MIT AND GPL-2.0-only") and not is_allowed("")
    assert not [each for each in ALLOWED if each.startswith(("GPL", "AGPL", "SSPL"))]


def test_both_files_are_written(tmp_path: Path):
    assert main(tmp_path) == 0
    assert json.loads((tmp_path / "casework.cdx.json").read_text())["components"]
    assert "| psycopg |" in (tmp_path / "licences.md").read_text()
    assert list_of_licences(PARTS).count("\n|") == sum(part.here for part in PARTS) + 2
