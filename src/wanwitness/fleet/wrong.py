"""What a user asked of a fleet and cannot have, as sentences."""

from __future__ import annotations

from functools import partial

from wanwitness.language import Catalogue
from wanwitness.wrong_use import wrong_in

WRONG = Catalogue(
    "cli",
    {
        # A Dask scheduler and its workers.
        "scheduler-silent": (
            "--scheduler {address}: no scheduler answers there ({why}); start one with dask scheduler, and see that "
            "address and certificates are its own"
        ),
        "scheduler-workers-silent": "--scheduler {address}: its workers do not answer ({why})",
        "scheduler-no-workers": ("--scheduler {address}: it has no workers; start some with dask worker {address}"),
        "scheduler-form": "--scheduler {address}: write tls://HOST:PORT",
        "scheduler-certificates": "--scheduler {address}: tls:// needs --tls-ca, --tls-cert and --tls-key",
        "scheduler-unsafe": (
            "--scheduler {address}: whoever reaches a tcp:// scheduler runs any code on its workers; beyond this "
            "machine use tls:// with certificates"
        ),
        "tls-without-scheduler": "--tls-ca, --tls-cert and --tls-key go with --scheduler",
        "tls-all-three": "--tls-ca, --tls-cert and --tls-key are needed all three",
        "scheduler-or-workers": ("--workers and --memory are of this machine; a scheduler's workers have their own"),
        "tls-no-file": "--tls-{option} {file}: there is no such file",
        "needs-dask": "a scheduler's workers need Dask: {command}; those of this machine do not",
        "worker-without": "worker {worker} has no wanwitness that knows of fleets; install {version} there",
        "worker-other-version": ("worker {worker} has wanwitness {found}, and here is {version}; install one version"),
        "worker-blind": (
            "worker {worker} does not see {folder}; the captures and --out must lie on storage that all workers have "
            "under the same name"
        ),
        "worker-blind-more": (
            "worker {worker} does not see {folder} and {more:d} other folders; the captures and --out must lie on "
            "storage that all workers have under the same name"
        ),
        "task-other-version": "this worker has wanwitness {found}, and the fleet {version}: install one version",
        "scheduler-gone": "the scheduler {address} is gone",
        "scheduler-gone-unnamed": "the scheduler is gone",
        "fleet-stopped": (
            "{lost}; {done:d} of {of:d} sites are done, and lie in {folder}: run this again, and it goes on from there"
        ),
        # Workers of this machine.
        "memory-form": "--memory {text}: write a number and a unit, such as 2GiB",
        "memory-least": "--memory {text}: a worker needs {least:d} MiB for itself",
        "memory-untold": "--memory: this system does not tell what a process takes; leave it out",
        "workers-not-begun": "the workers did not start: {why}; try --workers 1",
        # The sites.
        "fleet-no-site-file": (
            "{where}: no folder in it has a {file}; write one for each site (wanwitness site FOLDER --write)"
        ),
        "fleet-file-empty": "{file}: names no [[site]]",
        "fleet-not-there": "{where}: there is no such folder or fleet file",
        "fleet-unseen": "{where}: cannot be looked through ({why})",
        "fleet-file-no-folder": "{file}: site.folder: {folder} is no folder",
        "fleet-file-one-name": "{file}: site.name: {folder} is {number:d} folders, and one name",
        "fleet-file-folder-lacks": "{file}: {folder}: there is no {lacks} in it",
        "fleet-file-long": "{file}: is longer than {most:d} MiB, which no fleet file is",
        "fleet-file-special": "{file}: is no plain file",
        "fleet-namesake": "{other} is called so, too: give one another name ([site] name in its {file})",
        "fleet-file-unread": "{file}: cannot be read: {why}",
        "fleet-file-no-toml": "{file}: is not TOML: {why}",
        "fleet-file-unknown-key": "{file}: {key}: unknown key; a fleet file has [[site]] tables",
        "fleet-file-no-tables": "{file}: site: must be written [[site]]",
        "fleet-file-site-key": "{file}: site.{key}: unknown key; the keys here are folder, name",
        "fleet-file-no-line": "{file}: site.{key}: must be a string of one line",
        "fleet-file-lacks-folder": "{file}: site.folder: is missing",
    },
)

wrong = partial(wrong_in, WRONG)
"""Make the error that tells a user so."""
