"""Starts the built simulator over HTTPS and lets Microsoft's client libraries trust its authority.

Nothing of the libraries is patched: the authority comes in through the environment variables that they document.
"""

import json
import os
import select
import subprocess
from pathlib import Path

import pytest
import requests

REPOSITORY = Path(__file__).resolve().parents[2]
START_SECONDS = 60


def simulator_command():
    """The simulator's program: SIMULATOR, or the newest that cargo built."""
    if "SIMULATOR" in os.environ:
        return [os.environ["SIMULATOR"]]
    target = Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target"))
    built = [path for path in target.glob("*/tenantry-simulator") if path.is_file()]
    if not built:
        pytest.exit(f"no tenantry-simulator below {target}: build it with `cargo build --bins`", returncode=2)
    return [str(max(built, key=lambda path: path.stat().st_mtime))]


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    """The announcement of a running simulator whose world stands still."""
    folder = tmp_path_factory.mktemp("tls")
    command = simulator_command() + [
        "--login-addr=127.0.0.1:0",
        "--graph-addr=127.0.0.1:0",
        "--users-per-tenant=140",
        f"--tls-dir={folder}",
        "--throttle=off",
        "--freeze",
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        ready, _, _ = select.select([process.stdout], [], [], START_SECONDS)
        line = process.stdout.readline() if ready else ""
        assert line, f"{command[0]} announced nothing (exit code {process.poll()})"
        announcement = json.loads(line)
        with pytest.MonkeyPatch.context() as environment:
            # The variables by which requests, httpx and OpenSSL document a private authority.
            for variable in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
                environment.setenv(variable, announcement["ca_path"])
            environment.delenv("SSL_CERT_DIR", raising=False)
            for variable in ("NO_PROXY", "no_proxy"):
                environment.setenv(variable, "127.0.0.1,localhost")
            yield announcement
    finally:
        process.terminate()
        assert process.wait(timeout=20) == 0, "the simulator did not stop well"


@pytest.fixture
def browser():
    """An HTTP session that keeps cookies, as a browser does."""
    with requests.Session() as session:
        yield session


@pytest.fixture
def partner(world):
    return next(tenant for tenant in world["tenants"] if tenant["id"] == world["partner_tenant_id"])


@pytest.fixture
def person(world):
    """Finds the first person of a demo role."""
    return lambda role: next(one for one in world["people"] if one["demo_role"] == role)
