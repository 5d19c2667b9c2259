"""``/console/bulk``: the runs, and one of them: preview, progress, buttons."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, abort, request, url_for

from sms_service.console import access
from sms_service.console.site import Site, by_htmx, go
from sms_service.console.tones import tone_of
from sms_service.domain.roles import Ability
from sms_service.service.auditing import Actor
from sms_service.service.bulk_resending import Answer
from sms_service.service.bulk_terms import Run, RunState

_RUNS_A_PAGE = 25
_ITEMS_A_PAGE = 50
_SAMPLE = 10
_LIVELY = timedelta(hours=1)
"""So long after its end a run's answers may still arrive."""
_TONES = {
    RunState.PREVIEWED: "quiet",
    RunState.RUNNING: "moving",
    RunState.PAUSED: "warn",
    RunState.STOPPED: "bad",
    RunState.DONE: "good",
}


def add_runs(desk: Blueprint, site: Site) -> None:
    """The list, a run's page, and its buttons."""
    runs = site.parts.bulk_resending

    @desk.get("/bulk")
    @access.needs(Ability.BULK)
    def bulk_runs() -> str:
        """The newest runs."""
        before = request.args.get("before", type=int)
        listed = site.parts.bulk_view.runs(before, _RUNS_A_PAGE + 1)
        older = listed[_RUNS_A_PAGE - 1].run.id if len(listed) > _RUNS_A_PAGE else None
        return site.show(
            "bulk/list.html",
            listed=listed[:_RUNS_A_PAGE],
            older=older and url_for("console.bulk_runs", before=older),
            newer=before and url_for("console.bulk_runs"),
            run_tones=_TONES,
        )

    @desk.get("/bulk/<int:number>")
    @access.needs(Ability.BULK)
    def bulk_run(number: int) -> str:
        """A preview to be confirmed, or how far the run is."""
        run = _found(site, number)
        if run.state is RunState.PREVIEWED:
            return _preview(site, run)
        return _progress(site, run)

    @desk.post("/bulk/<int:number>/confirm")
    @access.needs(Ability.BULK)
    def bulk_confirm(number: int) -> Any:
        """Begin to send."""
        run = _found(site, number)
        reason = request.form.get("reason", "")
        answer = runs.confirm(number, access.actor(), reason, _counted(run))
        if answer in (Answer.NO_REASON, Answer.NOT_COUNTED):
            return _preview(site, run, answer), 400
        return _told(site, number, answer, "confirmed")

    def add_button(name: str, press: Callable[[int, Actor], Answer]) -> None:
        @desk.post(f"/bulk/<int:number>/{name}", endpoint=f"bulk_{name}")
        @access.needs(Ability.BULK)
        def button(number: int) -> Any:
            _found(site, number)
            return _told(site, number, press(number, access.actor()), f"{name}_done")

    add_button("pause", runs.pause)
    add_button("resume", runs.resume)
    add_button("stop", runs.stop)


def _found(site: Site, number: int) -> Run:
    run = site.parts.bulk_runs.run(number) if number < 1 << 62 else None
    if run is None:
        abort(404)
    return run


def _counted(run: Run) -> int | None:
    """How many texts whoever confirms has read off the page; None where it isn't so many."""
    said = request.form.get("count", "").strip()
    count = int(said) if said.isdecimal() and len(said) <= 9 else None
    return count if count == run.total else None


def _told(site: Site, number: int, answer: Answer, done: str) -> Any:
    if answer is Answer.DONE:
        site.tell(f"bulk.{done}")
    else:
        site.tell("bulk.too_late", "warning")
    return go(url_for("console.bulk_run", number=number))


def _preview(site: Site, run: Run, wrong: Answer | None = None) -> str:
    return site.show(
        "bulk/preview.html",
        run=run,
        sample=site.parts.bulk_view.items(run.id, None, _SAMPLE),
        wrong=wrong and wrong.name.lower(),
        said=request.form,
        minutes=run.total / run.texts_per_minute,
    )


def _progress(site: Site, run: Run) -> str:
    view = site.parts.bulk_view
    after = request.args.get("after", type=int)
    ended = run.ended_at or datetime.now(UTC)
    facts = {
        "run": run,
        "progress": view.progress(run.id),
        "waits_for": view.waits_for() if run.state is RunState.RUNNING else None,
        "is_lively": run.ended_at is None or datetime.now(UTC) - ended < _LIVELY,
        "run_tones": _TONES,
    }
    if by_htmx():
        return site.show("bulk/progress.html", **facts)
    items = view.items(run.id, after, _ITEMS_A_PAGE + 1)
    more = items[_ITEMS_A_PAGE - 1].position if len(items) > _ITEMS_A_PAGE else None
    return site.show(
        "bulk/run.html",
        items=items[:_ITEMS_A_PAGE],
        older=more is not None and url_for("console.bulk_run", number=run.id, after=more),
        newer=after is not None and url_for("console.bulk_run", number=run.id),
        tone_of=tone_of,
        **facts,
    )
