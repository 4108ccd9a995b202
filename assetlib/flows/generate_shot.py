"""Make takes of a shot: load → ask → record → frame passes → permit → generate → store → sign → record.

Nothing is rendered for a refused shot. A take is made of licensed versions only, by digest, and carries the decision
it was made under; what a person refused in the meantime is set aside (*quarantined*), never quietly kept.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assetlib.flows.add_production import parse_size
from assetlib.flows.ask import Recorded, decide, question_for
from assetlib.flows.ask_again import ask_again
from assetlib.flows.block_shot import lay_out_shot
from assetlib.flows.develop_take import develop_take
from assetlib.flows.frame_passes import FramedFrame, FramingOrder, frame_passes, hold_render_processes
from assetlib.flows.generation_order import Order
from assetlib.flows.hold_caps import holding
from assetlib.flows.job_folder import job_folder
from assetlib.flows.model_request import depth_controls, manifest_digest, pinned_model, reference_pictures
from assetlib.flows.permit_work import fresh, permit_for, run_under
from assetlib.flows.read_decision import Explained
from assetlib.flows.record_take import NumberTaken, record_take, recorded_earlier
from assetlib.flows.stand_in import STAND_IN_LABEL, replace_by_mannequin, stand_in_offer, with_stand_ins
from assetlib.flows.time_stamps import stamp_take, time_authority
from assetlib.model.production import Production
from assetlib.model.refusals import BadInput, Conflict, Denied
from assetlib.model.shot import Shot, Take
from generators.api import Canceled
from generators.registry import load
from generators.request import ClearedReference, Controls, GenerationRequest, Modality
from generators.result import GenerationResult
from provenance.decision import Permit
from provenance.digest import canonical_json, digest_bytes, hex_of

if TYPE_CHECKING:
    from assetlib.library import Library
    from generators.api import Generator

Progress = Callable[[int], None]
_TRIES = 4


def generate_shot(
    library: Library,
    shot: str,
    *,
    takes: int = 1,
    generator: str = "render",
    model: str | None = None,
    seed: int = 0,
    size: str | None = None,
    stand_ins: Sequence[str] = (),
    handles: bool = False,
    progress: Progress = lambda _: None,
    dry_run: bool = False,
) -> dict[str, Any]:
    """Raises Denied with the recorded decision, NotFound, Conflict, BadInput, and what the generator says."""
    from assetlib.flows.work_jobs import submit_and_work

    if takes < 1:
        raise BadInput(f"expected at least one take, found {takes}")
    with library.catalog.reader() as queries:
        found = queries.shot(shot)
        production = queries.production(found.production)
    width, height = (production.width, production.height) if size is None else parse_size(size)
    order = Order(
        shot=shot,
        generator=generator,
        seed=seed,
        width=width,
        height=height,
        handles=handles,
        stand_ins=tuple(dict.fromkeys(stand_ins)),
        model=model,
        person=library.actor,
    )
    if dry_run:
        return _would_do(library, _pinned(library, order), found, production)
    made = []
    for number in range(takes):
        one = replace(order, seed=seed + number)
        made.append(submit_and_work(library, one.to_json(), _share(progress, number, takes)))
    last = made[-1]
    return {
        "shot": shot,
        "takes": [take["take"] for take in made],
        "decision": last["decision"],
        "obligations": last["obligations"],
        "notes": [f"{generator} is {last['word']}", *last["notes"]],
    }


def _share(progress: Progress, number: int, takes: int) -> Progress:
    """Progress of one of several takes as progress of all of them, in thousandths."""
    return lambda done: progress((number * 1000 + done) // takes)


def work_order(
    library: Library,
    job: str,
    document: dict[str, Any],
    *,
    progress: Progress,
    canceled: Callable[[], bool] = lambda: False,
) -> dict[str, Any]:
    """Do one job's work from its order; what an earlier attempt left whole is not made again. Raises Denied."""
    order = _pinned(library, Order.from_json(document))
    with library.catalog.reader() as queries:
        owner = queries.job(job).owner or ""
        asked = queries.shot(order.shot)
        production = queries.production(asked.production)
    if not asked.pins or asked.layers is None:
        raise Conflict(f"{asked.code} has nothing in it; block it first: assetlib shot block {asked.code} --subject …")
    generator = load(order.generator)
    time_authority(library)  # a half configuration is told before anything is made
    if (earlier := recorded_earlier(library, job)) is not None:
        return _answer(library, *earlier, generator, (f"{job} had recorded it before it was interrupted",))
    recorded, shot = _ask(library, order, asked, production, generator, reserve=True)
    with holding(library, recorded):
        return _make(library, job, order, owner, recorded, asked, shot, generator, progress, canceled)


def _make(
    library: Library,
    job: str,
    order: Order,
    owner: str,
    recorded: Recorded,
    asked: Shot,
    shot: Shot,
    generator: Generator,
    progress: Progress,
    canceled: Callable[[], bool],
) -> dict[str, Any]:
    work = job_folder(library, job)
    tree, root = _stage(library, shot, work)
    for name in order.stand_ins:
        replace_by_mannequin(library, asked, name, tree)
    library.keep_running("render processes", hold_render_processes)
    framed = frame_passes(
        _framing_order(order, shot, root, tree, work, generator),
        progress=lambda done: progress(round(850 * done / _count(order, shot))),
    )
    _stop_if(canceled, job, "after its passes were framed")
    request = _request(library, order, shot, framed, generator)
    recorded = ask_again(library, recorded)  # framing takes long, and a permit is minted from a fresh answer only
    recorded.demand()
    permit = permit_for(library, order, shot, recorded, generator, request)
    result = run_under(library, generator, request, permit, framed, work, canceled)
    progress(900)
    taken = _keep(
        library, job, owner, order, shot, recorded, permit, generator, request, result, framed, work, canceled
    )
    progress(1000)
    notes = (
        *(f"not used: {w}" for w in result.ignored),
        *_warnings(framed),
        *stamp_take(library, order.shot, taken.code),
    )
    return _answer(library, taken, recorded, generator, notes)


def _pinned(library: Library, order: Order) -> Order:
    """The order with its model named by digest."""
    return order if order.model is None else replace(order, model=pinned_model(library, order.model))


def _answer(
    library: Library, taken: Take, recorded: Recorded | Explained, generator: Generator, notes: tuple[str, ...]
) -> dict[str, Any]:
    with library.catalog.reader() as queries:
        files = queries.take_files(taken.shot, taken.number)
    return {
        "take": {
            "take": taken.code,
            "digest": taken.digest,
            "status": taken.status.value,
            "files": [file.path for file in files],
        },
        "decision": recorded.to_json(),
        "obligations": [{"kind": kind, "what": what} for kind, what in recorded.decision.obligations],
        "word": "previs" if not generator.capabilities.uses_model else "AI generation",
        "notes": list(notes),
    }


def _keep(
    library: Library,
    job: str,
    owner: str,
    order: Order,
    shot: Shot,
    recorded: Recorded,
    permit: Permit,
    generator: Generator,
    request: GenerationRequest,
    result: GenerationResult,
    framed: tuple[FramedFrame, ...],
    work: Path,
    canceled: Callable[[], bool],
) -> Take:
    """Develop the frames and record the take; its number is signed into it, so a number taken means signing anew."""
    for _ in range(_TRIES):
        developed = develop_take(library, job, order.seed, shot, request, result, framed, recorded, work, generator)
        _stop_if(canceled, job, "before its take was recorded")
        with suppress(NumberTaken):
            return record_take(library, order, shot, recorded, permit, result, developed, job, owner)
    raise Conflict(f"takes of {shot.code} are recorded faster than this one can be signed; ask for it again")


def _stop_if(canceled: Callable[[], bool], job: str, when: str) -> None:
    if canceled():
        raise Canceled(f"{job} was stopped {when}")


def _would_do(library: Library, order: Order, shot: Shot, production: Production) -> dict[str, Any]:
    """The decision alone, recorded like any answer; nothing is rendered."""
    recorded, _ = _ask(library, order, shot, production, load(order.generator))
    return {
        "shot": shot.code,
        "takes": [],
        "decision": recorded.to_json(),
        "obligations": [],
        "notes": [f"{recorded.id} allows it; {_count(order, shot)} frames would be made"],
    }


def _ask(
    library: Library,
    order: Order,
    shot: Shot,
    production: Production,
    generator: Generator,
    *,
    reserve: bool = False,
) -> tuple[Recorded, Shot]:
    """The recorded decision and the shot as it may be made; with stand-ins, the shot without the refused assets."""
    used = with_stand_ins(library, shot, order.stand_ins)
    recorded = decide(library, _question(library, order, used, production, generator), reserve=reserve)
    if not recorded.allowed:
        offer = stand_in_offer(library, shot, recorded.decision, order.stand_ins)
        raise Denied(recorded.decision, recorded.id, recorded.text() + offer)
    return recorded, used


def _question(library: Library, order: Order, shot: Shot, production: Production, generator: Generator) -> Any:
    references = [f"{pin.entity}?version={pin.digest}" for pin in shot.pins]
    if order.model is not None:
        with library.catalog.reader() as queries:
            references.append(queries.version(order.model).pinned)
    if generator.capabilities.uses_model and order.stand_ins:
        raise BadInput(f"{order.generator} burns no words in, and every frame of a stand-in says so; use render")
    if generator.capabilities.uses_model and order.model is None:
        raise BadInput(f"{order.generator} runs a model; name a registered one with --model")
    return question_for(
        production,
        references,
        requester=order.person,
        now=library.clock(),
        purpose="previs",
        scenes=shot.scenes,
        content=shot.content,
        shot=shot.code,
        seconds=math.ceil(_count(order, shot) / shot.rate),
        prompt=digest_bytes(shot.prompt.encode()) if order.model is not None and shot.prompt else None,
    )


def _stage(library: Library, shot: Shot, work: Path) -> tuple[Path, Path]:
    tree = fresh(work / "tree")
    return tree, lay_out_shot(library, shot, tree)


def _frames(order: Order, shot: Shot) -> range:
    return shot.frames_with_handles if order.handles else shot.frames


def _count(order: Order, shot: Shot) -> int:
    return len(_frames(order, shot))


def _framing_order(order: Order, shot: Shot, root: Path, tree: Path, work: Path, generator: Generator) -> FramingOrder:
    return FramingOrder(
        root=root,
        search=tree,
        out=work / f"passes-{_recipe(order, shot, generator)}",
        frames=tuple(_frames(order, shot)),
        width=order.width,
        height=order.height,
        rate=shot.rate,
        quality="previs",
        controls=generator.capabilities.uses_model,
    )


def _recipe(order: Order, shot: Shot, generator: Generator) -> str:
    """Names the passes by what they show, so that a job resumed over edited layers does not mix old and new frames."""
    shown = {
        "layers": shot.layers,
        "pins": [pin.digest for pin in shot.pins],
        "size": [order.width, order.height],
        "stand_ins": list(order.stand_ins),
        "controls": generator.capabilities.uses_model,
    }
    return hex_of(digest_bytes(canonical_json(shown)))[:16]


def _request(
    library: Library, order: Order, shot: Shot, framed: tuple[FramedFrame, ...], generator: Generator
) -> GenerationRequest:
    from assetlib.passes.archive import controls_for_render

    frames = _frames(order, shot)
    settings: list[tuple[str, str]] = []
    references: tuple[ClearedReference, ...] = ()
    if order.stand_ins:
        settings.append(("burn_in", STAND_IN_LABEL))
    passes = controls_for_render(((f.frame, f.digest) for f in framed), width=order.width, height=order.height)
    if order.model is not None:
        passes = tuple(depth_controls(framed, order.width, order.height))
        references = reference_pictures(library, shot)
        settings.append(("model", manifest_digest(library, order.model)))
    return GenerationRequest(
        shot=shot.code,
        modality=Modality.VIDEO if Modality.VIDEO in generator.capabilities.modalities else Modality.IMAGE,
        width=order.width,
        height=order.height,
        frame_range=(frames[0], frames[-1]),
        fps=shot.rate,
        seed=order.seed,
        prompt=shot.prompt if order.model is not None else "",
        references=references,
        controls=Controls(passes=passes),
        settings=tuple(sorted(settings)),
    )


def _warnings(framed: tuple[FramedFrame, ...]) -> list[str]:
    return list(dict.fromkeys(warning for frame in framed for warning in frame.warnings))
