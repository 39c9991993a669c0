"""Libraries of models, and the names by which they make a module: the names are those that their documentation gives."""

from __future__ import annotations

import re

#: By the package that is imported, what the rest of a full name is that makes a module whose parameters require grad.
_FACTORIES = {
    package: re.compile(pattern)
    for package, pattern in {
        "torchvision": r"models\.(?:(?:detection|segmentation|video|optical_flow)\.)?"
        r"(?!list_models|get_(?:weight|model_|model_weights)|.*_Weights$)\w+",
        "torchaudio": r"models\.(?!decoder)\w+",
        "timm": r"(?:models\.)?create_model",
        "transformers": r"(?!TF|Flax)(?:\w+(?:Model|ModelFor\w+|For[A-Z]\w+|ModelWith\w+|LMHeadModel)|AutoModel)"
        r"(?:\.from_pretrained|\.from_config|\._from_config)?",
        "diffusers": r"(?:\w+Model|AutoencoderKL|AutoencoderTiny|VQModel)(?:\.from_pretrained|\.from_config)?",
        "segmentation_models_pytorch": r"(?:create_model|[A-Z]\w*)",
        "efficientnet_pytorch": r"EfficientNet\.(?:from_name|from_pretrained)",
        "monai": r"networks\.nets\.[A-Z]\w*",
        "torch": r"hub\.load",
    }.items()
}

#: What makes no module of PyTorch's in the shape of one that does.
_NO_MODULE = re.compile(r"Config|Tokenizer|Processor|Extractor|Output$|Loss$|Pipeline")
#: What `torch.hub.load` gives by such names are functions, or several things at once.
_NO_MODEL_OF_A_HUB = re.compile(r"transform|util|process|token|config|vad|tts|stt|\bte\b", re.IGNORECASE)


def makes_a_model(path: str, named: str = "") -> bool:
    """Whether calling something by its full name makes a module with parameters that require grad.

    `named`: the text that says which, of a function that makes many.
    """
    package, _, rest = path.partition(".")
    pattern = _FACTORIES.get(package)
    if pattern is None or pattern.fullmatch(rest) is None or _NO_MODULE.search(rest):
        return False
    return package != "torch" or (bool(named) and _NO_MODEL_OF_A_HUB.search(named) is None)
