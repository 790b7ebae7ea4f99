"""Many sites: one task a site, and what they have in common.

sites ─► tasks ─► engine ─► results ─► traits ─► statements ─► fleet.json, fleet.csv, fleet.html

A task writes its site's case itself, and beside it what the fleet needs of it (`Result`): a run that was stopped goes
on where it ended. Engines are `concurrent.futures` executors: this process, workers on this machine, or Dask's on a
cluster.
"""

from .fleet import Fleet, analyse_fleet
from .result import Result, Try
from .sites import SiteFolder, find_sites

__all__ = ["Fleet", "Result", "SiteFolder", "Try", "analyse_fleet", "find_sites"]
