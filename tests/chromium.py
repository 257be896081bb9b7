"""Where is a Chromium to test with?  `python -m tests.chromium` prints its path or fails."""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

# Chromium makes two pages for the list below the address bar in each window: half the cost of its start, and nobody types there.
NOT_WANTED = ["WebUIOmniboxPopup", "WebUIOmniboxAimPopup"]
# Only the last such list counts: these are those that Playwright turns off itself and that matter here.
NOT_WANTED += [
    "AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades", "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay", "MediaRouter", "PaintHolding", "ThirdPartyStoragePartitioning", "AvoidCorsURLLoaderRestartOnRedirect",
    "OptimizationHints", "NetworkTimeServiceQuerying", "AimEnabled", "PreconnectToSearch",
]  # fmt: skip
# Quiet and repeatable: nothing looked up at home, no first-run pages, and no sandbox, which root cannot use.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--host-resolver-rules=MAP phone.test 127.0.0.1",  # a name that is not secure by itself, as an address in an office is not
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    f"--disable-features={','.join(NOT_WANTED)}",
]


@cache
def find_chromium() -> str | None:
    asked_for = os.environ.get("SBT_CHROMIUM")
    candidates = [asked_for] if asked_for else [shutil.which(name) for name in NAMES] + downloaded()
    return next((path for path in candidates if path and answers(path)), None)


def downloaded() -> list[str]:
    """What `playwright install chromium` leaves behind."""
    home = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache/ms-playwright")
    return sorted(str(path) for path in home.glob("chromium-*/chrome-linux*/chrome"))


def answers(path: str) -> bool:
    # Ubuntu's chromium-browser may be a stub that only tells people to install a snap.
    try:
        told = subprocess.run([path, "--version"], capture_output=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return told.returncode == 0 and b"Chrom" in told.stdout


if __name__ == "__main__":
    found = find_chromium()
    if not found:
        raise SystemExit(1)
    print(found)
