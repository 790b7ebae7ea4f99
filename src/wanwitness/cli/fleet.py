"""`wanwitness fleet`."""

from __future__ import annotations

import os
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from . import arguments
from .output import complain, deliver, on_terminal, say
from .stopped import stoppable

if TYPE_CHECKING:
    from wanwitness.fleet import Result
    from wanwitness.fleet.cluster import Certificates
    from wanwitness.fleet.engine import FleetEngine
    from wanwitness.fleet.fleet import Tell
    from wanwitness.language import Language

INCOMPLETE = 3


@click.command(short_help="Many sites: a case for each, and what they have in common.")
@click.argument("where", metavar="DIR|FLEET.TOML", shell_complete=arguments.files)
@click.option("--out", metavar="DIR", shell_complete=arguments.folders, help="[default: reports/NAME of the input]")
@click.option(
    "--workers", type=click.IntRange(min=1), help="How many sites at once.  [default: the processors there are]"
)
@click.option("--memory", metavar="SIZE", help="What each worker may take, such as 2GiB.  [default: an equal share]")
@click.option("--scheduler", metavar="ADDRESS", help="A Dask scheduler, tls://HOST:PORT, whose workers are to be used.")
@click.option("--tls-ca", metavar="FILE", shell_complete=arguments.files, help="The authority's certificate.")
@click.option("--tls-cert", metavar="FILE", shell_complete=arguments.files, help="This side's own certificate.")
@click.option("--tls-key", metavar="FILE", shell_complete=arguments.files, help="And its key.")
@click.option("--rows-only", is_flag=True, help="Write each case.json and tables alone: no reports and evidence.")
@click.option("--lang", type=click.Choice(["en", "fr"]), help="Language of page and terminal.  [default: the locale's]")
@click.option("--json", "as_json", is_flag=True, help="Print fleet.json, and nothing else, on standard output.")
def fleet(
    where: str,
    out: str | None,
    workers: int | None,
    memory: str | None,
    scheduler: str | None,
    tls_ca: str | None,
    tls_cert: str | None,
    tls_key: str | None,
    rows_only: bool,
    lang: str | None,
    as_json: bool,
) -> int:
    """Analyse every folder in DIR that has a site.toml, or those that FLEET.TOML names, and compare the sites.

    A site that was analysed already is not analysed again where its captures, site file and options are the same.

    Exit status: 0 all analysed; 3 a site failed, or something in its input was damaged or left out; 2 could not be
    done.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # of every worker as well
    with stoppable():
        from wanwitness.fleet import analyse_fleet, find_sites
        from wanwitness.fleet.write import write
        from wanwitness.language import Language
        from wanwitness.wrong_use import wrong

        language = Language.of(lang)
        sites = find_sites(Path(where))
        place = Path(out) if out is not None else Path("reports") / (Path(where).resolve().stem + "-fleet")
        try:
            (place / "sites").mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise wrong("out-unwritten", folder=place, why=error.strerror) from None
        folders = [str(site.folder.resolve()) for site in sites if site.wrong is None] + [str(place.resolve())]
        with (
            _engine(workers, memory, scheduler, (tls_ca, tls_cert, tls_key), folders, len(sites)) as engine,
            _progress(language, len(sites)) as tell,
        ):
            done = analyse_fleet(sites, place, engine, rows_only=rows_only, tell=tell)
        made = write(done, place, language)
    if as_json:
        deliver((place / "fleet.json").read_text(encoding="utf-8") + "\n")
    else:
        from wanwitness.fleet.catalogue import SAY

        lines = [language.say(sentence) for sentence in made["answer"]]
        say("\n\n".join([*lines, language.say(SAY("fleet-where", folder=str(place)))]) + "\n")
    for result in done.results:
        if result.status != "analysed":
            complain(f"{result.site}: {language.say(result.why) if result.why else result.status}")
    return 0 if done.whole else INCOMPLETE


def _engine(
    workers: int | None,
    memory: str | None,
    scheduler: str | None,
    tls: tuple[str | None, str | None, str | None],
    folders: list[str],
    sites: int,
) -> AbstractContextManager[FleetEngine]:
    from wanwitness.fleet.cluster import Certificates, cluster
    from wanwitness.fleet.memory import bytes_of
    from wanwitness.fleet.workers import local
    from wanwitness.fleet.wrong import wrong
    from wanwitness.reading import cores

    if scheduler is None:
        if any(tls):
            raise wrong("tls-without-scheduler")
        return local(min(workers or cores(), sites), bytes_of(memory) if memory is not None else None)
    if workers is not None or memory is not None:
        raise wrong("scheduler-or-workers")
    certificates: Certificates | None = None
    authority, own, key = tls
    if authority is not None and own is not None and key is not None:
        certificates = Certificates(authority, own, key)
    elif any(tls):
        raise wrong("tls-all-three")
    return cluster(scheduler, certificates, folders)


def _progress(language: Language, sites: int) -> AbstractContextManager[Tell | None]:
    """Tell of each site: a bar on a terminal, lines elsewhere."""
    from wanwitness.fleet.catalogue import SAY
    from wanwitness.model import printable

    def line(result: Result, done: int, of: int) -> str:
        if result.status == "failed":
            state = SAY("fleet-state-failed", why=result.why)
        elif result.kept:
            state = SAY("fleet-line-kept")
        else:
            counts = {"sessions": result.sessions, "flagged": result.flagged, "refused": result.refused}
            state = SAY("fleet-line-analysed", **counts)
        return language.say(SAY("fleet-progress", done=done, of=of, site=printable(result.site), state=state))

    if not on_terminal(sys.stderr):
        return nullcontext(lambda result, done, of: say(f"{line(result, done, of)}\n", err=True))
    try:
        from .fleet_bar import bar
    except ImportError:  # rich comes with the extra that a single process does without
        return nullcontext(lambda result, done, of: say(f"{line(result, done, of)}\n", err=True))
    return bar(sites, line)
