"""What is given to install with (deploy/): checked as far as a machine without Docker or systemd can."""

import configparser
import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from casework import config
from casework.importers.source import MAX_BYTES
from casework.telemetry.metrics import figures

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
OPERATIONS = (ROOT / "docs" / "operations.md").read_text("utf-8")


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions and what they say, continued lines joined."""
    text = re.sub(r"\\\n\s*", " ", (DEPLOY / "Dockerfile").read_text("utf-8"))
    lines = (line for line in text.splitlines() if line.strip() and not line.startswith("#"))
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in lines]


def said(name: str) -> list[str]:
    return [what for each, what in instructions() if each == name]


def test_the_image_is_made_of_instructions_docker_knows():
    known = "FROM WORKDIR COPY RUN ENV USER VOLUME EXPOSE HEALTHCHECK ENTRYPOINT CMD".split()
    assert {name for name, _ in instructions()} <= set(known)
    assert len(said("FROM")) == 2
    for what in (*said("ENTRYPOINT"), *said("CMD")):
        assert isinstance(json.loads(what), list)  # no shell between the signal and the server


def test_everything_the_image_copies_is_there_and_is_let_into_the_build():
    allowed = (DEPLOY / "Dockerfile.dockerignore").read_text("utf-8").splitlines()
    for copied in said("COPY"):
        if copied.startswith("--from=build"):
            continue
        for source in shlex.split(copied)[:-1]:
            assert (ROOT / source).exists(), source
            assert f"!{source}" in allowed, source
    assert "*" in allowed
    needed = {"casework", "migrations", "requirements/runtime.txt", "pyproject.toml"}
    assert needed <= {source for copied in said("COPY") for source in shlex.split(copied)[:-1]}


def test_the_image_installs_as_the_run_script_does_by_digest_and_from_wheels():
    (build, *_), run = said("RUN"), (ROOT / "run").read_text("utf-8")
    for option in ("--require-hashes", "--only-binary :all:", "requirements/runtime.txt"):
        assert option in build
    assert "--require-hashes --only-binary :all:" in run
    editable = "--no-index --no-deps --no-build-isolation --editable ."
    assert editable in said("RUN")[1] and editable in run


def test_the_image_runs_as_nobody_special_and_keeps_no_tools():
    (user,) = said("USER")
    assert int(user.split(":")[0]) >= 10_000
    last = [name for name, _ in instructions()]
    assert last.index("USER") > max(i for i, name in enumerate(last) if name == "RUN")
    assert "uninstall --yes flit_core pip" in said("RUN")[1] and "uninstall --yes pip" in said("RUN")[2]
    assert not re.search(r"gcc|build-essential|\bgit\b|curl|wget", " ".join(said("RUN")))
    assert "SECRET" not in " ".join(said("ENV")) and "KEY" not in " ".join(said("ENV"))


@pytest.mark.soak
def test_the_commands_that_build_the_image_make_a_program_that_starts(tmp_path: Path):
    """The build stage's own commands, in a folder with only what it copies; needs the package index."""
    place = tmp_path / "casework"
    place.mkdir()
    for name, what in instructions():
        if name == "FROM" and "AS build" not in what:
            break
        if name == "COPY":
            *sources, target = shlex.split(what)
            for source in sources:
                into = place / target if target != "./" else place / source
                into.parent.mkdir(parents=True, exist_ok=True)
                copy = shutil.copytree if (ROOT / source).is_dir() else shutil.copy
                copy(ROOT / source, into)
        if name == "RUN":
            subprocess.run(what, shell=True, cwd=place, check=True)
    environ = {"PATH": "/usr/bin:/bin", "CASEWORK_DATA_DIR": str(tmp_path / "data")}
    program = place / ".venv" / "bin" / "casework"
    subprocess.run([program, "init"], check=True, env=environ)
    subprocess.run([program, "reconcile"], check=True, env=environ)
    tools = subprocess.run([place / ".venv/bin/python", "-c", "import pip"], check=False, capture_output=True)
    assert tools.returncode


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_units_start_commands_that_exist_as_nobody_special_with_little_in_reach(unit: Path):
    parsed = configparser.ConfigParser(strict=False, interpolation=None)
    parsed.optionxform = str  # type: ignore[assignment, method-assign]
    parsed.read_string(unit.read_text("utf-8"))
    service = parsed["Service"]
    program, command = service["ExecStart"].split()[:2]
    assert program == "/opt/casework/.venv/bin/casework"
    assert command in ("serve", "worker")
    assert service["User"] == "casework" and service["UMask"] == "0077"
    for kept in (
        "NoNewPrivileges",
        "PrivateTmp",
        "ProtectHome",
        "MemoryDenyWriteExecute",
        "RestrictNamespaces",
    ):
        assert service[kept] == "yes"
    assert service["ProtectSystem"] == "strict" and service["CapabilityBoundingSet"] == ""
    assert service["StateDirectoryMode"] == "0700"


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_systemd_finds_nothing_wrong_with_the_units(unit: Path, tmp_path: Path):
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd is not installed here")
    here = tmp_path / unit.name  # the program need not be installed to read its unit
    here.write_text(unit.read_text("utf-8").replace("/opt/casework/.venv/bin/casework", "/bin/true"))
    found = subprocess.run([analyze, "verify", "--man=no", here], capture_output=True, text=True, check=False)
    assert (found.returncode, found.stderr) == (0, "")


NGINX = (DEPLOY / "nginx.conf").read_text("utf-8")
PROXY = (DEPLOY / "nginx-proxy.conf").read_text("utf-8")


def test_the_proxy_lets_in_what_the_program_takes_and_keeps_nothing_of_it():
    (largest,) = re.findall(r"client_max_body_size (\d+)m;", NGINX)
    assert int(largest) << 20 > MAX_BYTES
    assert "proxy_request_buffering off;" in NGINX and "proxy_max_temp_file_size 0;" in PROXY
    logged = re.findall(r"log_format .*?;", NGINX, re.DOTALL)[0]
    assert not re.search(r"\$(request|request_uri|uri|args|query_string|http_referer)\b", logged)
    for hidden in ("/metrics", "/readyz"):
        assert f"location = {hidden} {{ return 404; }}" in NGINX
    # Overwritten, not added to: what a browser says of its own address is not believed.
    assert "X-Forwarded-For $remote_addr;" in PROXY and "proxy_add_x_forwarded_for" not in PROXY
    assert "ssl_protocols TLSv1.2 TLSv1.3;" in NGINX


def test_nginx_accepts_the_example(tmp_path: Path):
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/bin:/sbin:/bin")
    openssl = shutil.which("openssl")
    if nginx is None or openssl is None:
        pytest.skip("nginx is not installed here")
    key, certificate = tmp_path / "privkey.pem", tmp_path / "fullchain.pem"
    made = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=casework.example.cn"]
    subprocess.run([*made, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    (tmp_path / "proxy.conf").write_text(PROXY)
    text = NGINX.replace("/etc/casework/tls", str(tmp_path)).replace("/var/log/nginx", str(tmp_path))
    text = text.replace("/etc/nginx/casework-proxy.conf", str(tmp_path / "proxy.conf"))
    (tmp_path / "site.conf").write_text(text)
    whole = "pid PLACE/pid; error_log PLACE/e.log; events {} http { include PLACE/site.conf; }"
    (tmp_path / "nginx.conf").write_text(whole.replace("PLACE", str(tmp_path)))
    found = subprocess.run(
        [nginx, "-t", "-c", tmp_path / "nginx.conf"], capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stderr


def test_the_manual_names_every_setting_metric_and_file():
    settings = re.findall(r"^    (CASEWORK_\w+)", config.__doc__ or "", re.MULTILINE)
    assert len(settings) > 8
    metrics = re.findall(r'"(casework_\w+)"', (ROOT / "casework/web/probes/figures.py").read_text("utf-8"))
    files = [
        f"deploy/{file.relative_to(DEPLOY)}"
        for file in (*UNITS, DEPLOY / "nginx.conf", DEPLOY / "Dockerfile")
    ]
    missing = [name for name in (*settings, *metrics, *_counted(), *files) if name not in OPERATIONS]
    assert not missing


def _counted() -> list[str]:
    families = figures().registry.collect()
    return [f"{each.name}_total" if each.type == "counter" else each.name for each in families]
