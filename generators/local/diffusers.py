"""diffusers pipelines as a generator: a registered model, control passes, reference images, one seed.

The model folder is the one that `run` put into the job by digest; nothing is ever fetched. Controls come
as 8-bit PNG or ``.npy`` arrays: depth in meters ('metric', nearer is smaller) or already inverse, normals
in view or world space. Depth is turned into the inverse, normalized picture that depth ControlNets were
trained on; no other meaning is guessed. Frames are handed back as uint8 sRGB ``.npy`` (height, width, 3).
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from generators.api import Canceled, Capabilities, GeneratorError, Job, Plan, Unsupported
from generators.local.bindings import BINDINGS, Binding
from generators.local.model_folder import ADAPTER
from generators.model_manifest import ModelManifest, model_of
from generators.request import ClearedReference, ControlPass, GenerationRequest, MediaRef, Modality, PassKind
from generators.result import Output, Produced

if TYPE_CHECKING:
    from diffusers import DiffusionPipeline

Image.MAX_IMAGE_PIXELS = 64 << 20
_DEFAULT_STEPS = 30
_READABLE = frozenset({"image/png", "application/x-npy"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Loaded:
    pipeline: DiffusionPipeline
    binding: Binding
    manifest: ModelManifest
    takes_references: bool


class DiffusersGenerator:
    """Runs a pipeline of the binding table from a registered model; one still for every frame asked."""

    capabilities = Capabilities(
        name="diffusers",
        version="1.0",
        modalities=frozenset(row.modality for row in BINDINGS.values()),
        controls=frozenset(kind for row in BINDINGS.values() for kind in row.control_kinds),
        digital_source_type="http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
        max_references=8,
        deterministic=True,
        cancellable=True,
        uses_model=True,
    )

    def prepare(self, request: GenerationRequest) -> Plan:
        """Raises Unsupported for another modality, odd sizes, unreadable media, or a request without a model."""
        _refuse_unsupported(request, self.capabilities)
        used = _controls(request)
        sends = {c.media.digest for c in used} | {r.media.digest for r in request.references}
        ignored = [f"control {c.kind.value}" for c in request.controls.passes if c not in used]
        words = request.controls
        ignored += [n for n in ("composition", "motion", "lighting", "pacing") if getattr(words, n)]
        ignored += ["strength"] if request.strength is not None else []
        text = tuple(t for t in (request.prompt, request.negative) if t)
        return Plan(recipient="local", sends=tuple(sorted(sends)), text=text, ignored=tuple(ignored))

    def generate(self, request: GenerationRequest, job: Job) -> Produced:
        """One still a frame; every frame starts from seed + (frame - first). Raises Canceled between steps."""
        self.prepare(request)
        loaded = _load(job)
        if model_of(request) != loaded.manifest.digest:
            raise GeneratorError("the model in the job is not the one that the request names")
        references = _references(request, job, loaded)
        steps = request.steps or _DEFAULT_STEPS
        first, last = request.frame_range
        frames = range(first, last + 1)
        outputs = []
        for number, frame in enumerate(frames):
            watch = _watch(job, number * steps, len(frames) * steps)
            controls = _control_arguments(request, frame, job, loaded.binding)
            pixels = _make(loaded, request, {**references, **controls}, request.seed + number, steps, watch)
            outputs.append(_hand_back(job, frame, pixels))
        return Produced(
            outputs=tuple(outputs),
            parameters=_parameters(request, loaded, steps),
            used_references=tuple(r.media.digest for r in request.references),
            model_digests=loaded.manifest.digests,
        )


def _refuse_unsupported(request: GenerationRequest, capabilities: Capabilities) -> None:
    if request.modality not in capabilities.modalities:
        raise Unsupported(f"diffusers makes stills here, asked was {request.modality.value}")
    if model_of(request) is None:
        raise Unsupported("diffusers needs a registered model; name one (--model)")
    if request.width % 8 or request.height % 8 or not min(request.width, request.height) >= 8:
        raise Unsupported(f"expected width and height in multiples of 8, found {request.width}×{request.height}")
    if len(request.references) > capabilities.max_references:
        raise Unsupported(f"at most {capabilities.max_references} references, found {len(request.references)}")
    for media in (*(r.media for r in request.references), *(c.media for c in _controls(request))):
        if media.media_type not in _READABLE:
            raise Unsupported(f"expected PNG or npy, found {media.media_type} for {media.digest}")


def _controls(request: GenerationRequest) -> tuple[ControlPass, ...]:
    """The passes of the one kind that the bound class takes, the first by the table's preference; the rest is ignored.

    A pass that names frames serves those; without frames it serves all, and of several such the first is taken.
    """
    kinds = [kind for row in BINDINGS.values() for kind in row.control_kinds]
    asked = [control for control in request.controls.passes if control.kind in kinds]
    if not asked:
        return ()
    chosen = min((control.kind for control in asked), key=kinds.index)
    of_kind = [control for control in asked if control.kind is chosen]
    first, last = request.frame_range
    used = (_control_at(of_kind, frame) for frame in range(first, last + 1))
    return tuple(dict.fromkeys(control for control in used if control is not None))


def _control_at(controls: Sequence[ControlPass], frame: int) -> ControlPass | None:
    for control in controls:
        first, last = control.media.frames or (frame, frame)
        if first <= frame <= last:
            return control
    return None


def _load(job: Job) -> _Loaded:
    folder = getattr(job, "model_folder", lambda: None)()
    if folder is None:
        raise GeneratorError("no model came with the job")
    manifest = ModelManifest.from_bytes((folder / "manifest.json").read_bytes())
    binding = BINDINGS.get(manifest.pipeline)
    if binding is None:
        raise GeneratorError(f"the pipeline {manifest.pipeline!r} is not in the binding table")
    pipeline = _pipeline(folder / "files", binding)
    takes = bool(binding.adapter) and (folder / "files" / ADAPTER).is_file()
    if takes:
        _attach_adapter(pipeline, folder / "files" / ADAPTER)
    return _Loaded(pipeline=pipeline, binding=binding, manifest=manifest, takes_references=takes)


def _pipeline(files: Path, binding: Binding) -> DiffusionPipeline:
    import diffusers
    import torch

    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)  # sums in another order are other bits
    kind = getattr(diffusers, binding.pipeline)
    pipeline = kind.from_pretrained(
        str(files), local_files_only=True, use_safetensors=True, trust_remote_code=False, safety_checker=None
    )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def _attach_adapter(pipeline: Any, weights: Path) -> None:
    from safetensors.torch import load_file

    state: dict[str, dict[str, Any]] = {"image_proj": {}, "ip_adapter": {}}
    for name, tensor in load_file(str(weights)).items():
        part, _, rest = name.partition(".")
        if part not in state:
            raise GeneratorError(f"{ADAPTER}: unexpected tensor {name!r}")
        state[part][rest] = tensor
    pipeline.load_ip_adapter(state, subfolder="", weight_name="", image_encoder_folder=None)


def _references(request: GenerationRequest, job: Job, loaded: _Loaded) -> dict[str, Any]:
    if not loaded.takes_references:
        if request.references:
            raise Unsupported("this model has no IP-Adapter and cannot take references; register one with it")
        return {}
    if not request.references:
        raise Unsupported("this model's IP-Adapter needs at least one reference")
    loaded.pipeline.set_ip_adapter_scale(sum(r.weight for r in request.references) / len(request.references))
    # One adapter, several pictures: a list inside the list of adapters.
    return {loaded.binding.reference_arg: [[_picture(job, r) for r in request.references]]}


def _picture(job: Job, source: ClearedReference) -> Image.Image:
    return Image.fromarray(_as_bytes(_read(job, source.media), source.media)).convert("RGB")


def _read(job: Job, media: MediaRef) -> NDArray[Any]:
    with job.open(media.digest) as stream:
        data = stream.read()
    try:
        if media.media_type == "application/x-npy":
            return np.asarray(np.load(io.BytesIO(data), allow_pickle=False))
        with Image.open(io.BytesIO(data), formats=("PNG",)) as picture:
            return np.asarray(picture if picture.mode in ("L", "RGB", "I;16") else picture.convert("RGB"))
    except (ValueError, OSError, EOFError, Image.DecompressionBombError) as error:
        raise GeneratorError(f"the input {media.digest} is not readable as {media.media_type}: {error}") from error


def _as_bytes(pixels: NDArray[Any], media: MediaRef) -> NDArray[np.uint8]:
    """uint8 RGB of a display-referred picture; floats are 0…1."""
    if pixels.dtype == np.uint16:
        pixels = (pixels >> 8).astype(np.uint8)
    if pixels.dtype != np.uint8:
        pixels = (np.clip(np.nan_to_num(pixels.astype(np.float32)), 0, 1) * 255 + 0.5).astype(np.uint8)
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[..., None], 3, axis=2)
    if pixels.ndim != 3 or pixels.shape[2] < 3:
        raise GeneratorError(f"expected an array (height, width, 3), found {pixels.shape} for {media.digest}")
    return np.ascontiguousarray(pixels[..., :3])


def _control_arguments(request: GenerationRequest, frame: int, job: Job, binding: Binding) -> dict[str, Any]:
    control = _control_at(_controls(request), frame)
    if control is None:
        raise Unsupported(
            f"{binding.pipeline} needs a control pass for frame {frame}: "
            f"{', '.join(k.value for k in binding.control_kinds)}"
        )
    picture = Image.fromarray(control_picture(_read(job, control.media), control))
    return {
        binding.control_arg: picture.resize((request.width, request.height), Image.Resampling.BILINEAR),
        binding.control_scale_arg: control.scale,
        binding.control_start_arg: control.start,
        binding.control_end_arg: control.end,
    }


def control_picture(values: NDArray[Any], control: ControlPass) -> NDArray[np.uint8]:
    """The RGB picture a ControlNet expects of a pass: depth inverse and normalized, normals as (n + 1) / 2."""
    floating = np.issubdtype(values.dtype, np.floating)
    if control.kind is PassKind.DEPTH and floating:
        return _as_bytes(_inverse_depth(values, control.space), control.media)
    if control.kind is PassKind.NORMAL and floating:
        if control.space != "view":
            raise Unsupported("a normal ControlNet expects normals in view space; the pass says 'world'")
        return _as_bytes((values + 1) / 2, control.media)
    return _as_bytes(values, control.media)


def _inverse_depth(depth: NDArray[Any], space: str) -> NDArray[np.float32]:
    values = np.asarray(depth, np.float32)
    if values.ndim == 3:
        values = values[..., 0]
    if space == "metric":
        with np.errstate(divide="ignore", invalid="ignore"):
            values = np.where(np.isfinite(values) & (values > 0), 1 / values, 0).astype(np.float32)
    elif space != "inverse":
        raise Unsupported(f"expected depth to say 'metric' or 'inverse', found {space!r}")
    known = values[values > 0]
    if known.size == 0:
        return np.zeros_like(values)
    low, high = float(known.min()), float(known.max())
    scaled = (values - low) / (high - low) if high > low else (values > 0).astype(np.float32)
    return np.where(values > 0, scaled, 0).astype(np.float32)


def _watch(job: Job, before: int, total: int) -> Callable[[Any, int, Any, dict[str, Any]], dict[str, Any]]:
    def step(_pipeline: Any, index: int, _timestep: Any, kept: dict[str, Any]) -> dict[str, Any]:
        if job.canceled():
            raise Canceled(f"canceled after step {before + index + 1} of {total}")
        job.progress(before + index + 1, total)
        return kept

    return step


def _make(
    loaded: _Loaded,
    request: GenerationRequest,
    inputs: dict[str, Any],
    seed: int,
    steps: int,
    watch: Callable[..., dict[str, Any]],
) -> NDArray[np.uint8]:
    import torch

    settings = dict(request.settings)
    answer = loaded.pipeline(
        prompt=request.prompt,
        negative_prompt=request.negative or None,
        width=request.width,
        height=request.height,
        num_inference_steps=steps,
        generator=torch.Generator("cpu").manual_seed(seed % 2**63),
        output_type="np",
        **{loaded.binding.guidance_arg: _number(settings.get("guidance", "7.5"), "guidance")},
        **{loaded.binding.callback: watch},
        **inputs,
    )
    return np.asarray(np.clip(answer.images[0], 0, 1) * 255 + 0.5).astype(np.uint8)


def _number(text: str, name: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise Unsupported(f"expected a number for {name}, found {text!r}") from None


def _hand_back(job: Job, frame: int, pixels: NDArray[np.uint8]) -> Output:
    buffer = io.BytesIO()
    np.save(buffer, pixels, allow_pickle=False)
    buffer.seek(0)
    name = f"frame.{frame:04d}.npy"
    media = MediaRef(
        digest=job.put(name, buffer),
        media_type="application/x-npy",
        width=pixels.shape[1],
        height=pixels.shape[0],
        colorspace="srgb_rec709_display",
        frames=(frame, frame),
    )
    return Output(media=media, role="frame", name=name, frame=frame)


def _parameters(request: GenerationRequest, loaded: _Loaded, steps: int) -> tuple[tuple[str, str], ...]:
    import diffusers
    import torch

    control = _controls(request)[0]
    return (
        ("pipeline", loaded.binding.pipeline),
        ("steps", str(steps)),
        ("seed", str(request.seed)),
        ("guidance", dict(request.settings).get("guidance", "7.5")),
        ("control", f"{control.kind.value} {control.space} scale {control.scale}".replace("  ", " ")),
        ("diffusers", diffusers.__version__),
        ("torch", torch.__version__),
        ("modality", Modality.IMAGE.value),
    )
