"""Which names of libraries make a model, by the documentation of each."""

import pytest

from flake8_gradsafe.engine import check
from flake8_gradsafe.knowledge.model_libraries import makes_a_model

MODELS = {
    "import torchvision": "torchvision.models.resnet18(weights=None)",
    "from torchvision import models": "models.detection.fasterrcnn_resnet50_fpn(weights=None)",
    "from torchvision.models import resnet50, ResNet50_Weights": "resnet50(weights=ResNet50_Weights.DEFAULT)",
    "from torchvision.models import segmentation": "segmentation.deeplabv3_resnet50(num_classes=2)",
    "import timm": "timm.create_model('vit_small_patch16_224', pretrained=True)",
    "from transformers import AutoModelForCausalLM": "AutoModelForCausalLM.from_pretrained('gpt2')",
    "from transformers import BertModel, BertConfig": "BertModel(BertConfig())",
    "from transformers import GPT2LMHeadModel": "GPT2LMHeadModel.from_pretrained('gpt2').to('cpu')",
    "from diffusers import UNet2DModel": "UNet2DModel(sample_size=8)",
    "import segmentation_models_pytorch as smp": "smp.Unet('resnet18', classes=1)",
    "from efficientnet_pytorch import EfficientNet": "EfficientNet.from_name('efficientnet-b0')",
    "from monai.networks.nets import UNet": "UNet(2, 1, 2, (4, 8), (2,))",
    "import torch.hub": "torch.hub.load('pytorch/vision', 'resnet18')",
}

TRAINING = """
import torch
{imported}

def train(batches):
    network = {made}
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    for batch in batches:
        loss = network(batch).sum()
        loss.backward()
        optimizer.zero_grad()
        optimizer.step()
"""


@pytest.mark.parametrize(("imported", "made"), MODELS.items())
def test_a_model_of_a_library_has_parameters_that_are_trained(imported: str, made: str) -> None:
    findings = check(TRAINING.format(imported=imported, made=made))
    assert [(finding.line, finding.code) for finding in findings] == [(12, "GRD126")]


@pytest.mark.parametrize(
    "path",
    [
        "torchvision.models.list_models",
        "torchvision.models.get_weight",
        "torchvision.models.resnet.ResNet18_Weights",
        "torchvision.transforms.Resize",
        "timm.list_models",
        "transformers.AutoTokenizer.from_pretrained",
        "transformers.AutoConfig.from_pretrained",
        "transformers.TFBertModel.from_pretrained",
        "transformers.get_linear_schedule_with_warmup",
        "transformers.Trainer",
        "diffusers.DDPMScheduler",
        "diffusers.StableDiffusionPipeline.from_pretrained",
        "segmentation_models_pytorch.losses.DiceLoss",
        "segmentation_models_pytorch.encoders.get_preprocessing_fn",
        "monai.losses.DiceLoss",
        "models.resnet18",
    ],
)
def test_other_names_of_a_library_make_none(path: str) -> None:
    assert not makes_a_model(path)


def test_what_a_hub_gives_is_told_by_the_name() -> None:
    assert makes_a_model("torch.hub.load", "facebookresearch/dino:main dino_vits8")
    assert not makes_a_model("torch.hub.load", "intel-isl/MiDaS transforms")
    assert not makes_a_model("torch.hub.load", "snakers4/silero-vad silero_vad")
    assert not makes_a_model("torch.hub.load")
