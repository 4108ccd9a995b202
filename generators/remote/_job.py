"""One loop for every provider: submit, poll, download, cancel. An adapter only says what to send and how to read.

Nothing here opens what comes back: results are handed on as opaque bytes, and only `assetlib.intake` looks
inside. Clock and sleep are arguments, so that tests need not wait.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from generators.api import Canceled, GeneratorError, Job, Plan
from generators.egress import DoorJob, RemoteRequest
from generators.request import GenerationRequest, MediaRef
from generators.result import Cost, Output, Produced
from provenance.transport import Answer, AnswerRefused, DestinationRefused, ProviderUnavailable


class ProviderRefused(GeneratorError):
    """The provider declined or failed the task; the message is the provider's."""


class ProviderSilent(GeneratorError):
    """The provider cannot be reached, or did not finish in time."""


class Phase(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELED = "canceled"


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteState:
    """Where a task stands. `urls` when done; `message` when failed; `progress` is 0…1."""

    phase: Phase
    progress: float = 0.0
    urls: tuple[str, ...] = ()
    message: str = ""
    cost: Cost | None = None


class RemoteAdapter(Protocol):
    """What a provider needs: about fifty lines. All pure; nothing here sends."""

    def submit(self, request: GenerationRequest, plan: Plan) -> RemoteRequest: ...

    def submitted(self, answer: Answer) -> str:
        """The task's id; raises GeneratorError for an answer that names none."""

    def poll(self, task: str) -> RemoteRequest: ...

    def state(self, answer: Answer) -> RemoteState: ...

    def cancel(self, task: str) -> RemoteRequest | None:
        """None where the provider offers no cancel."""

    def output(self, url: str, number: int, request: GenerationRequest) -> tuple[str, str]:
        """File name and media type of a result."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait, in seconds: between polls, and in all. Sleep and clock can be replaced."""

    step: float = 5.0
    longest: float = 3600.0
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic


def work_remotely(
    adapter: RemoteAdapter, request: GenerationRequest, plan: Plan, job: Job, patience: Patience
) -> Produced:
    """Run one task to its end. Raises Canceled, ProviderRefused, ProviderSilent, GeneratorError."""
    if not isinstance(job, DoorJob):
        raise GeneratorError("a remote generator runs behind the provider's door only")
    try:
        task = adapter.submitted(_ask(job, adapter.submit(request, plan)))
        state = _wait(adapter, task, job, patience)
        outputs = tuple(_fetch(adapter, job, request, url, n) for n, url in enumerate(state.urls, 1))
    except ProviderUnavailable as error:
        raise ProviderSilent(f"the provider cannot be reached: {error}") from error
    except (DestinationRefused, AnswerRefused) as error:
        raise GeneratorError(f"refused on the way: {error}") from error
    if not outputs:
        raise ProviderRefused("the provider says the task is done and names no result")
    return Produced(
        outputs=outputs,
        parameters=(("task", task),),
        used_references=tuple(r.media.digest for r in request.references if r.media.digest in plan.sends),
        cost=state.cost,
    )


def _wait(adapter: RemoteAdapter, task: str, job: DoorJob, patience: Patience) -> RemoteState:
    deadline = patience.clock() + patience.longest
    while True:
        if job.canceled():
            _cancel(adapter, task, job)
            raise Canceled(f"canceled; the provider's task {task} was told to stop")
        state = adapter.state(_ask(job, adapter.poll(task)))
        match state.phase:
            case Phase.DONE:
                return state
            case Phase.FAILED:
                raise ProviderRefused(f"the provider failed task {task}: {state.message or 'no reason given'}")
            case Phase.CANCELED:
                raise Canceled(f"the provider's task {task} was canceled there")
            case Phase.WAITING | Phase.RUNNING:
                job.progress(round(100 * min(max(state.progress, 0.0), 1.0)), 100)
        if patience.clock() > deadline:
            _cancel(adapter, task, job)
            raise ProviderSilent(f"task {task} did not end within {patience.longest:g} s and was canceled")
        patience.sleep(patience.step)


def _cancel(adapter: RemoteAdapter, task: str, job: DoorJob) -> None:
    request = adapter.cancel(task)
    if request is not None:
        _ask(job, request)


def _ask(job: DoorJob, request: RemoteRequest) -> Answer:
    answer = job.send(request)
    if answer.status >= 500 or answer.status == 429:
        raise ProviderUnavailable(f"{request.host} answered with status {answer.status}; try again later")
    if answer.status >= 400:
        raise ProviderRefused(f"{request.host} refused with status {answer.status}")
    return answer


def _fetch(adapter: RemoteAdapter, job: DoorJob, request: GenerationRequest, url: str, number: int) -> Output:
    name, media_type = adapter.output(url, number, request)
    media = MediaRef(
        digest=job.fetch(url, name),
        media_type=media_type,
        width=request.width,
        height=request.height,
        colorspace="unknown",  # nobody has looked inside yet
    )
    return Output(media=media, role="video" if media_type.startswith("video/") else "frame", name=name)
