"""A real Chromium for pages: shows them on phone and desktop, light and dark, and asks them questions.

python tests/reporting/browser.py PAGE.html OUT_DIR    writes a PNG for {1280, 390} x {light, dark}, and print

Speaks to Debian's chromium through chromedriver's HTTP interface (W3C WebDriver and Chrome DevTools commands); nothing
but the standard library is needed. Pages are opened as files, with the network cut off.
"""

from __future__ import annotations

import base64
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
DRIVER = shutil.which("chromedriver") or "/usr/bin/chromedriver"

SCREENS = {"1280": (1280, 900, False), "390": (390, 844, True), "820": (820, 1180, True), "320": (320, 640, True)}
"""Width, height and whether it is held in the hand, by name."""

PICTURED = ("1280", "390")
"""Screens of which `main` takes pictures."""

_SWITCHES = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    "--proxy-server=127.0.0.1:9",
)  # fmt: skip


def missing() -> str:
    """Say which program is missing for a browser test, or nothing."""
    return ", ".join(name for name in (CHROMIUM, DRIVER) if not Path(name).is_file())


class Browser:
    """One Chromium with a profile of its own, closed at the end of the block."""

    def __enter__(self) -> Browser:
        self._profile = tempfile.TemporaryDirectory(prefix="saleslab-browser-", ignore_cleanup_errors=True)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self._address = f"http://127.0.0.1:{port}"
        self._driver = subprocess.Popen(
            [DRIVER, f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            self._await_driver()
            self._session = self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if hasattr(self, "_session"):
            self._ask("DELETE", f"/session/{self._session}")
        self._driver.terminate()
        self._driver.wait(timeout=30)
        self._profile.cleanup()

    def open(self, page: Path, screen: str = "1280", *, dark: bool = False) -> None:
        """Open a page on a screen of `SCREENS`, with the reader's wish for light or dark."""
        width, height, phone = SCREENS[screen]
        self._devtools(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=2 if phone else 1,
            mobile=phone,
        )
        wish = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._devtools("Emulation.setEmulatedMedia", media="", features=[wish])
        self._devtools("Emulation.setFocusEmulationEnabled", enabled=True)
        self._ask("POST", f"/session/{self._session}/url", {"url": page.resolve().as_uri()})
        self.settle()

    def run(self, script: str) -> Any:
        """Return what a script gives that is run from outside the page, so that the page's policy does not apply."""
        return self._ask("POST", f"/session/{self._session}/execute/sync", {"script": script, "args": []})

    def settle(self) -> None:
        """Wait until the page has been painted as it now stands."""
        self.run("return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))")

    def press(self, key: str) -> None:
        """Press a key, such as ``Tab`` or ``Enter``."""
        text = {"text": "\r"} if key == "Enter" else {}
        code = {"Tab": 9, "Enter": 13}[key]
        for kind in ("keyDown", "keyUp"):
            self._devtools("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, **text)

    def complaints(self) -> list[str]:
        """Return what the browser logged since the last question: errors, refused requests, breaches of the policy."""
        logged = self._ask("POST", f"/session/{self._session}/se/log", {"type": "browser"})
        return [entry["message"] for entry in logged]

    def picture(self, file: Path) -> None:
        """Write a PNG of the whole page."""
        size = self._devtools("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        shot = self._devtools("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)
        file.write_bytes(base64.b64decode(shot["data"]))

    def print(self, file: Path) -> None:
        """Write the page as a PDF on A4."""
        paper = {"page": {"width": 21.0, "height": 29.7}, "background": True}
        pdf = self._ask("POST", f"/session/{self._session}/print", paper)
        file.write_bytes(base64.b64decode(pdf))

    def _start(self) -> str:
        options = {"binary": CHROMIUM, "args": [*_SWITCHES, f"--user-data-dir={self._profile.name}"]}
        wanted = {"browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
        return self._ask("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})["sessionId"]

    def _await_driver(self) -> None:
        for _ in range(200):
            try:
                if self._ask("GET", "/status")["ready"]:
                    return
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.05)
        raise RuntimeError("chromedriver does not answer.")

    def _devtools(self, command: str, **parameters: Any) -> Any:
        body = {"cmd": command, "params": parameters}
        return self._ask("POST", f"/session/{self._session}/goog/cdp/execute", body)

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self._address + path, data, {"Content-Type": "application/json"}, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as problem:
            raise RuntimeError(f"{path}: {problem.read().decode()[:400]}") from None


def main(page: Path, folder: Path) -> None:
    """Write the pictures of one page."""
    folder.mkdir(parents=True, exist_ok=True)
    with Browser() as browser:
        for screen in PICTURED:
            for dark in (False, True):
                browser.open(page, screen, dark=dark)
                browser.picture(folder / f"{page.stem}-{screen}-{'dark' if dark else 'light'}.png")
        browser.open(page)
        browser.print(folder / f"{page.stem}-print.pdf")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
