"""How each diffusers class takes references and structure: one row a class, anything else is refused.

The names differ from class to class (``image`` is the control here and the source there), so they are
data. A test holds every row against the installed class with `inspect.signature`. Components list what a
save of that pipeline really writes, by library.
"""

from __future__ import annotations

from dataclasses import dataclass

from generators.request import Modality, PassKind

_CLIP_PARTS = (
    ("transformers", "CLIPTextModel"),
    ("transformers", "CLIPTokenizer"),
    ("transformers", "CLIPTokenizerFast"),
    ("transformers", "CLIPImageProcessor"),
    ("transformers", "CLIPImageProcessorFast"),
    ("transformers", "CLIPImageProcessorPil"),
    ("transformers", "CLIPVisionModelWithProjection"),
)
_SD15_SCHEDULERS = tuple(
    ("diffusers", name)
    for name in (
        "DDIMScheduler",
        "DPMSolverMultistepScheduler",
        "EulerAncestralDiscreteScheduler",
        "EulerDiscreteScheduler",
        "LCMScheduler",
        "PNDMScheduler",
        "UniPCMultistepScheduler",
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """One pipeline class. `control_kinds` are the passes its control argument can take, in order of preference.

    `components` are the (library, class) pairs that a folder of it may name; `adapter` is the class of
    weights that carry references (IP-Adapter), or ''.
    """

    pipeline: str
    modality: Modality
    components: frozenset[tuple[str, str]]
    reference_arg: str = ""
    reference_is_list: bool = False
    control_arg: str = ""
    control_scale_arg: str = ""
    control_start_arg: str = ""
    control_end_arg: str = ""
    control_kinds: tuple[PassKind, ...] = ()
    frames_arg: str = ""
    guidance_arg: str = "guidance_scale"
    adapter: str = ""
    callback: str = "callback_on_step_end"

    @property
    def arguments(self) -> tuple[str, ...]:
        """Every keyword that this row passes."""
        named = (
            *("prompt", "negative_prompt", "width", "height", "num_inference_steps", "generator", "output_type"),
            *(self.reference_arg, self.control_arg, self.control_scale_arg, self.control_start_arg),
            *(self.control_end_arg, self.frames_arg, self.guidance_arg, self.callback),
        )
        return tuple(name for name in named if name)


_ROWS = (
    Binding(
        pipeline="StableDiffusionControlNetPipeline",
        modality=Modality.IMAGE,
        components=frozenset(
            {
                ("diffusers", "AutoencoderKL"),
                ("diffusers", "UNet2DConditionModel"),
                ("diffusers", "ControlNetModel"),
                *_CLIP_PARTS,
                *_SD15_SCHEDULERS,
            }
        ),
        reference_arg="ip_adapter_image",
        reference_is_list=True,
        control_arg="image",
        control_scale_arg="controlnet_conditioning_scale",
        control_start_arg="control_guidance_start",
        control_end_arg="control_guidance_end",
        control_kinds=(
            PassKind.DEPTH,
            PassKind.NORMAL,
            PassKind.EDGE,
            PassKind.SEGMENTATION,
            PassKind.POSE,
            PassKind.CLAY,
        ),
        adapter="ip-adapter",
    ),
)

BINDINGS = {row.pipeline: row for row in _ROWS}
