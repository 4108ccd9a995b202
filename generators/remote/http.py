"""A provider described by a small TOML file: off by default, and labeled unverified.

For providers whose interface nobody here has tried with a live account. The description says where tasks
are posted, what the body looks like and where the answers carry id, state and results; it cannot say
anything about credentials, which belong to the agreement. See `example` below for every field.

A body is a JSON template. ``"{prompt}"`` as a whole value is replaced by the value (numbers stay numbers);
``"{reference}"`` by the first reference as a data URI, ``"{references}"`` in a list by all of them,
``"{control.depth}"`` by that pass.
"""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass, fields
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote, urlsplit

from generators.api import Capabilities, GeneratorError, Job, Plan, Unsupported
from generators.egress import File, RemoteRequest, json_body
from generators.remote._job import Patience, Phase, RemoteState, work_remotely
from generators.request import GenerationRequest, MediaRef, Modality, PassKind
from generators.result import Cost, Produced
from provenance.digest import Digest
from provenance.transport import Answer

LABEL = "unverified"
_HOST = re.compile(r"[a-z0-9.-]{1,253}")
_TASK = re.compile(r"[A-Za-z0-9_.:\-]{1,200}")
_SLOT = re.compile(r"\{([a-z_.]+)\}")
_TYPES = {"mp4": "video/mp4", "mov": "video/quicktime", "webm": "video/webm", "png": "image/png", "jpg": "image/jpeg",
          "jpeg": "image/jpeg", "webp": "image/webp", "exr": "image/x-exr"}  # fmt: skip

EXAMPLE = """
enabled = true                       # without it the adapter refuses to work
name = "acme-video"
version = "2026-11"
recipient = "acme/video/business/studio-7"
subprocessors = []
modality = "video"
host = "api.acme.example"
submit = "/v1/tasks"
poll = "/v1/tasks/{task}"
cancel = "/v1/tasks/{task}"          # DELETE; leave out where there is none
task = "id"                          # where the answer to submit carries the task
state = "status"
message = "failure"
progress = "progress"
results = "output"                   # a URL or a list of URLs
cost = "credits"

[states]                             # the provider's words for ours
waiting = ["PENDING", "THROTTLED"]
running = ["RUNNING"]
done = ["SUCCEEDED"]
failed = ["FAILED"]
canceled = ["CANCELLED"]

[headers]
X-Api-Version = "2026-11"

[body]
model = "acme-1"
prompt = "{prompt}"
seed = "{seed}"
images = ["{references}"]
depth = "{control.depth}"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """The parsed file. Paths contain ``{task}`` where the task goes; places are dotted (``data.0.url``)."""

    name: str
    version: str
    recipient: str
    modality: Modality
    host: str
    submit: str
    poll: str
    task: str
    state: str
    results: str
    states: dict[str, list[str]]
    body: dict[str, Any]
    enabled: bool = False
    cancel: str = ""
    message: str = ""
    progress: str = ""
    cost: str = ""
    subprocessors: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, text: str) -> Description:
        """Raises GeneratorError naming what is missing, unknown or wrong; nothing is guessed."""
        try:
            found = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise GeneratorError(f"the provider's description is not TOML: {error}") from error
        known = {field.name for field in fields(cls)}
        if unknown := sorted(found.keys() - known):
            raise GeneratorError(f"the provider's description has unknown fields: {', '.join(unknown)}")
        try:
            found["modality"] = Modality(str(found.get("modality")))
            found["headers"] = tuple(found.get("headers", {}).items())
            found["subprocessors"] = tuple(found.get("subprocessors", ()))
            made = cls(**found)
        except (TypeError, ValueError, AttributeError) as error:
            raise GeneratorError(f"the provider's description is incomplete: {error}") from error
        _check(made)
        return made


def _check(described: Description) -> None:
    if not _HOST.fullmatch(described.host) or not all(
        path.startswith("/") for path in (described.submit, described.poll, described.cancel or "/")
    ):
        raise GeneratorError("expected a host name and paths that start with '/'")
    if "{task}" not in described.poll or (described.cancel and "{task}" not in described.cancel):
        raise GeneratorError("expected {task} in the paths of poll and cancel")
    if unknown := sorted(described.states.keys() - set(Phase)):
        raise GeneratorError(f"expected states among {', '.join(Phase)}, found {', '.join(unknown)}")
    if not described.states.get("done") or not described.states.get("failed"):
        raise GeneratorError("expected the provider's words for 'done' and 'failed'")
    if described.recipient in ("", "local"):
        raise GeneratorError(
            f"expected a recipient such as provider/product/plan/account, found {described.recipient!r}"
        )
    for slot in sorted(_slots(described.body)):
        if slot not in _PLAIN and slot not in ("reference", "references") and not _is_control(slot):
            raise GeneratorError(f"the body asks for {{{slot}}}, which is not known")


_PLAIN = ("prompt", "negative", "seed", "width", "height", "steps", "strength", "seconds")


def _is_control(slot: str) -> bool:
    return slot.startswith("control.") and slot.removeprefix("control.") in set(PassKind)


def _slots(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set().union(*map(_slots, value.values())) if value else set()
    if isinstance(value, list):
        return set().union(*map(_slots, value)) if value else set()
    found = _SLOT.fullmatch(value) if isinstance(value, str) else None
    return {found.group(1)} if found else set()


class HttpGenerator:
    """A remote generator from a `Description`; sends through the door that `run` opens, and nowhere else."""

    def __init__(self, description: Description, patience: Patience | None = None) -> None:
        self._described = description
        self._patience = patience or Patience()
        self._slots = _slots(description.body)

    @property
    def capabilities(self) -> Capabilities:
        many = "references" in self._slots
        return Capabilities(
            name=self._described.name,
            version=self._described.version,
            modalities=frozenset({self._described.modality}),
            controls=frozenset(PassKind(s.removeprefix("control.")) for s in self._slots if s.startswith("control.")),
            digital_source_type="http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
            max_references=16 if many else int("reference" in self._slots),
            cancellable=bool(self._described.cancel),
            remote=True,
            subprocessors=self._described.subprocessors,
            limits=(("adapter", LABEL),),
        )

    def prepare(self, request: GenerationRequest) -> Plan:
        if not self._described.enabled:
            raise Unsupported(
                f"{self._described.name} is off: its adapter is {LABEL}; set enabled = true after trying it"
            )
        if request.modality is not self._described.modality:
            raise Unsupported(f"{self._described.name} makes {self._described.modality.value}")
        sent = self._files(request)
        return Plan(
            recipient=self._described.recipient,
            sends=tuple(sorted({media.digest for media in sent})),
            text=tuple(
                text for slot in ("prompt", "negative") if slot in self._slots and (text := getattr(request, slot))
            ),
            ignored=self._ignored(request, {media.digest for media in sent}),
            subprocessors=self._described.subprocessors,
        )

    def generate(self, request: GenerationRequest, job: Job) -> Produced:
        return work_remotely(self, request, self.prepare(request), job, self._patience)

    def _files(self, request: GenerationRequest) -> list[MediaRef]:
        references = [r.media for r in request.references]
        taken = references if "references" in self._slots else references[: int("reference" in self._slots)]
        return taken + [c.media for c in request.controls.passes if f"control.{c.kind.value}" in self._slots]

    def _ignored(self, request: GenerationRequest, sent: set[Digest]) -> tuple[str, ...]:
        named = [f"reference {r.name}" for r in request.references if r.media.digest not in sent]
        named += [f"control {c.kind.value}" for c in request.controls.passes if c.media.digest not in sent]
        named += [name for name in ("prompt", "negative", "steps", "strength")
                  if getattr(request, name) and name not in self._slots]  # fmt: skip
        words = request.controls
        return (*named, *(n for n in ("composition", "motion", "lighting", "pacing") if getattr(words, n)))

    # The adapter: pure functions from values to values.

    def submit(self, request: GenerationRequest, plan: Plan) -> RemoteRequest:
        return RemoteRequest(
            method="POST",
            host=self._described.host,
            path=self._described.submit,
            headers=(("Content-Type", "application/json"), *self._described.headers),
            body=json_body(self._filled(self._described.body, request)),
        )

    def submitted(self, answer: Answer) -> str:
        task = _at(_document(answer), self._described.task)
        if not isinstance(task, str | int) or not _TASK.fullmatch(str(task)):
            raise GeneratorError(f"the provider's answer names no task at {self._described.task!r}")
        return str(task)

    def poll(self, task: str) -> RemoteRequest:
        return self._call("GET", self._described.poll, task)

    def cancel(self, task: str) -> RemoteRequest | None:
        return self._call("DELETE", self._described.cancel, task) if self._described.cancel else None

    def _call(self, method: str, path: str, task: str) -> RemoteRequest:
        return RemoteRequest(
            method=method,
            host=self._described.host,
            path=path.replace("{task}", quote(task, safe="")),
            headers=self._described.headers,
        )

    def state(self, answer: Answer) -> RemoteState:
        document = _document(answer)
        word = _at(document, self._described.state)
        phase = next((Phase(ours) for ours, theirs in self._described.states.items() if word in theirs), None)
        if phase is None:
            raise GeneratorError(f"the provider's state {word!r} is not among those described")
        results = _at(document, self._described.results) if phase is Phase.DONE else ()
        urls = [results] if isinstance(results, str) else results
        if not isinstance(urls, list | tuple) or not all(isinstance(url, str) for url in urls):
            raise GeneratorError(f"expected URLs at {self._described.results!r}")
        progress = _at(document, self._described.progress)
        cost = _at(document, self._described.cost)
        return RemoteState(
            phase=phase,
            progress=float(progress) if isinstance(progress, int | float) else 0.0,
            urls=tuple(urls),
            message=str(_at(document, self._described.message) or "")[:500],
            cost=Cost(amount=str(cost), unit="credits", reported_by="provider") if cost is not None else None,
        )

    def output(self, url: str, number: int, request: GenerationRequest) -> tuple[str, str]:
        suffix = PurePosixPath(urlsplit(url).path).suffix.lower().removeprefix(".")
        kind = suffix if suffix in _TYPES else ("mp4" if request.modality is Modality.VIDEO else "png")
        return f"result.{number:03d}.{kind}", _TYPES[kind]

    def _filled(self, template: Any, request: GenerationRequest) -> Any:
        if isinstance(template, dict):
            filled = {name: self._filled(value, request) for name, value in template.items()}
            return {name: value for name, value in filled.items() if value is not None}
        if isinstance(template, list):
            if template == ["{references}"]:
                return [_data_uri(r.media) for r in request.references]
            return [self._filled(value, request) for value in template]
        found = _SLOT.fullmatch(template) if isinstance(template, str) else None
        return template if found is None else _value(found.group(1), request)


def _value(slot: str, request: GenerationRequest) -> Any:
    if slot == "reference":
        return _data_uri(request.references[0].media) if request.references else None
    if slot.startswith("control."):
        kind = slot.removeprefix("control.")
        return next((_data_uri(c.media) for c in request.controls.passes if c.kind.value == kind), None)
    if slot == "seconds":
        first, last = request.frame_range
        return round(float((last - first + 1) / request.fps), 3)
    return getattr(request, slot)


def _data_uri(media: MediaRef) -> tuple[str, File]:
    return f"data:{media.media_type};base64,", File(digest=media.digest, base64=True)


def _document(answer: Answer) -> Any:
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise GeneratorError(f"the provider's answer is not JSON: {error}") from error


def _at(document: Any, place: str) -> Any:
    """The value at a dotted place, None where there is none."""
    for step in place.split(".") if place else ["\0"]:
        if isinstance(document, list) and step.isdigit() and int(step) < len(document):
            document = document[int(step)]
        elif isinstance(document, dict):
            document = document.get(step)
        else:
            return None
    return document
