"""Binder without Docker: the build of repo2docker is replayed in a new environment."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.binder.dockerfile import Image, base_packages, print_dockerfile, steps

REPOSITORY = Path(__file__).parent.parent.parent
LESSON = "lessons/en/01-learning-rate-per-group.ipynb"
DEFAULTS = REPOSITORY / "fineopt" / "command" / "jupyter" / "labconfig" / "page_config.json"
ASSEMBLED = "ENV CONDA_DEFAULT_ENV"  # the end of the base image


@pytest.fixture(scope="module")
def dockerfile() -> str:
    return print_dockerfile(REPOSITORY)


@pytest.fixture(scope="module")
def image(dockerfile: str, tmp_path_factory: pytest.TempPathFactory) -> Image:
    """The image built by the Dockerfile, with the base packages from PyPI."""
    made = Image(tmp_path_factory.mktemp("binder"))
    made.home.mkdir()
    subprocess.run([sys.executable, "-m", "venv", str(made.prefix)], check=True)
    made.run(f"pip install --quiet {' '.join(base_packages(dockerfile))}")
    ours = dockerfile[dockerfile.index(ASSEMBLED) :]
    for word, rest in steps(ours):
        if word == "COPY" and " src/" in f" {rest}":
            *_, source, target = rest.split()
            made.copy(REPOSITORY, source, target)
        elif word == "RUN":
            made.run(rest.replace('"${REPO_DIR}', f'"{made.home}'))
    return made


def test_the_dockerfile_uses_our_files_in_the_expected_order(dockerfile: str) -> None:
    assert "environment-2epy-2d3-2e12-" in dockerfile  # runtime.txt; without it, Python 3.10
    text = [f"{word} {rest}" for word, rest in steps(dockerfile)]

    def place(part: str) -> int:
        found = [i for i, line in enumerate(text) if part in line]
        assert found, f"no step with {part!r} in\n" + "\n".join(text)
        return found[0]

    wanted = [
        "COPY --chown=0:0 src/binder/requirements.txt",
        'pip install --no-cache-dir -r "binder/requirements.txt"',
        "COPY --chown=0:0 src/ ",
        "RUN ./binder/postBuild",
        'ENV R2D_ENTRYPOINT="${REPO_DIR}/binder/start"',
    ]
    places = [place(part) for part in wanted]
    assert places == sorted(places)


def test_the_requirements_are_those_of_the_package() -> None:
    """postBuild installs with --no-deps, so requirements.txt must list all dependencies.

    The panels need those of the extra `lab`, except what the base image has.
    """
    project = (REPOSITORY / "pyproject.toml").read_text()
    listed = project.split("\ndependencies = [")[1].split("]")[0]
    lab = project.split("\nlab = [")[1].split("]")[0].splitlines()
    listed += "\n".join(line for line in lab if not re.search("jupyterlab|ipykernel", line))
    needed = {line.strip().strip('",') for line in listed.splitlines() if line.strip()}
    lines = (REPOSITORY / "binder" / "requirements.txt").read_text().splitlines()
    assert {line for line in lines if line and not line.startswith("#")} == needed


def test_installed_packages_are_compatible(image: Image) -> None:
    assert "No broken requirements found" in image.run("pip check")
    assert str(image.prefix) in image.run(
        "cd / && python -c 'import fineopt; print(fineopt.__file__)'"
    )


@pytest.fixture(scope="module")
def server(image: Image) -> Iterator[tuple[str, str]]:
    """The server, started through binder/start like the entry point of the image."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = (
        f"exec ./binder/start jupyter lab --no-browser --allow-root --ip 127.0.0.1 --port {port} "
        "--IdentityProvider.token=secret > ../server.log 2>&1"
    )
    process = subprocess.Popen(["bash", "-c", command], cwd=image.home, env=image.environ())
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            assert process.poll() is None, (image.root / "server.log").read_text()[-3000:]
            try:
                fetch(f"{address}/api/status?token=secret")
                break
            except OSError:
                time.sleep(0.1)
        yield address, "secret"
    finally:
        process.terminate()
        process.wait(20)


def fetch(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=20) as answer:
        assert answer.status == 200
        body: bytes = answer.read()
        return body


def test_the_server_sends_small_messages_at_once(image: Image) -> None:
    settings = json.loads(image.run("./binder/start jupyter lab --show-config-json"))
    connection = settings["ServerApp"]["kernel_websocket_connection_class"]
    assert connection == "fineopt.command.websockets.PromptConnection"
    module, name = connection.rsplit(".", 1)
    image.run(f"cd / && python -c 'from {module} import {name}'")


def test_the_url_of_the_lesson_responds(server: tuple[str, str]) -> None:
    address, token = server
    page = fetch(f"{address}/lab/tree/{LESSON}?token={token}").decode()
    (config,) = re.findall(r'id="jupyter-config-data"[^>]*>(.*?)</script>', page, re.DOTALL)
    ours = json.loads(DEFAULTS.read_text())["disabledExtensions"]
    assert ours.keys() <= set(json.loads(config)["disabledExtensions"])
    contents = json.loads(fetch(f"{address}/api/contents/{LESSON}?token={token}"))
    assert contents["type"] == "notebook"


def test_a_lesson_runs_in_the_image(image: Image) -> None:
    printed = image.run(
        "./binder/start python - <<'END'\n"
        "import nbformat, nbclient\n"
        f"notebook = nbformat.read({LESSON!r}, 4)\n"
        "nbclient.NotebookClient(notebook, timeout=200).execute()\n"
        "texts = [o.get('text', '') for c in notebook.cells for o in c.get('outputs', ())]\n"
        "print(''.join(texts))\n"
        "END"
    )
    assert "conv2.weight (16, 6, 5, 5)" in printed
    assert "epoch 4: mean loss" in printed
    assert image.run("./binder/start bash -c 'echo $OPENBLAS_NUM_THREADS'").strip() == "1"
