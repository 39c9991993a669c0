"""The packages and repositories that are linted, pinned; and how their sources come here, with nothing of them run."""

from __future__ import annotations

import html
import os
import re
import subprocess
import sys
import tarfile
import urllib.parse
import urllib.request
import zipfile
from pathlib import Path

#: Where sources are kept once they are here.
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "flake8_gradsafe" / "ecosystem"

#: Models, reinforcement learning, probabilistic code, attacks, speech, graphs, spikes, optimisers, meta-learning, trainers.
PACKAGES = (
    "advertorch==0.2.3",
    "allennlp==2.10.1",
    "botorch==0.18.1",
    "foolbox==3.3.4",
    "gpytorch==1.15.2",
    "higher==0.2.1",
    "kornia==0.9.0",
    "learn2learn==0.2.0",
    "pyro-ppl==1.9.2",
    "pytorch-lightning==2.6.6",
    "pytorch-metric-learning==2.9.0",
    "pytorch-pretrained-bert==0.6.2",
    "speechbrain==1.1.2",
    "spikingjelly==2.0.0",
    "stable-baselines3==2.9.2",
    "tianshou==2.0.1",
    "timm==1.0.31",
    "torch-geometric==2.8.1",
    "torchattacks==3.5.1",
    "torchdiffeq==0.2.5",
    "torchmeta==1.8.0",
    "transformers==4.30.2",
)

#: Research code, of 2017 to 2020 above all: where `.data` lives. Each at the commit that its table of verdicts is about.
REPOSITORIES = (
    "1Konny/Beta-VAE@977a1ece88e190dd8a556b4e2efb665f759d0772",
    "1Konny/FGSM@d5e730b935b6a02f6045ccacc18e4a16676a584e",
    "666DZY666/micronet@c31cdd28ed72376e861704addf718ac485919621",
    "ajbrock/BigGAN-PyTorch@98459431a5d618d644d54cd1e9fceb1e5045648d",
    "akanimax/pro_gan_pytorch@62066139ec8b467ffe26ce18a76dad43a0c2058e",
    "amdegroot/ssd.pytorch@5b0b77faa955c1917b0c710d770739ba8fbff9b7",
    "ayooshkathuria/pytorch-yolo-v3@fbb4ef98d5a598f4c8eded6d618a599b7d289e2f",
    "Cadene/pretrained-models.pytorch@8aae3d8f1135b6b13fed79c1d431e3449fdbf6e0",
    "caogang/wgan-gp@ae47a185ed2e938c39cf3eb2f06b32dc1b6a2064",
    "carpedm20/ENAS-pytorch@0468b8c4ddcf540c9ed6f80c27289792ff9118c9",
    "christiancosgrove/pytorch-spectral-normalization-gan@12dcf945a6359301d63d1e0da3708cd0f0590b19",
    "ClementPinard/SfmLearner-Pytorch@59689e6045dbd8199bb8b7665cd61596e52108bc",
    "clovaai/AdamP@7f6f0383ff6ad3839d5c7f79f1db0a44c5a12fdb",
    "CSAILVision/semantic-segmentation-pytorch@8f27c9b97d2ca7c6e05333d5766d144bf7d8c31b",
    "davidtvs/pytorch-lr-finder@76df3050c5554d698cb618e792957873bc878b30",
    "dbolya/yolact@902073d414728280b496c5f0a59a8e8285b3c13c",
    "dgriff777/rl_a3c_pytorch@4170f7d94852129dc70265648c219e6b412965be",
    "Diego999/pyGAT@3664f2dc90cbf971564c0bf186dc794f12446d0c",
    "dragen1860/MAML-Pytorch@98a00d41724c133bd29619a2fb2cc46dd128a368",
    "eladhoffer/convNet.pytorch@ebec93deeff5d57085ffb784482649b1a9e1db38",
    "Eric-mingjie/rethinking-network-pruning@2ac473d70a09810df888e932bb394f225f9ed2d1",
    "eriklindernoren/PyTorch-GAN@36d3c77e5ff20ebe0aeefd322326a134a279b93e",
    "eriklindernoren/PyTorch-YOLOv3@1d621c8489e22c76ceb93bb2397ac6c8dfb5ceb7",
    "facebookresearch/deepcluster@2d1927e8e3dd272329e879e510fbbdf1b1d02d17",
    "facebookresearch/DeepSDF@48c19b8d49ed5293da4edd7da8c3941444bc5cd7",
    "facebookresearch/DrQA@6d7c1b7087b86cfe9bdf84a279adb58dceada3cd",
    "facebookresearch/fairseq@3d262bb25690e4eb2e7d3c1309b1e9c406ca4b99",
    "facebookresearch/InferSent@31eede6b3543571951276cbbf7040b4f8479985a",
    "facebookresearch/maskrcnn-benchmark@57eec25b75144d9fb1a6857f32553e1574177daf",
    "facebookresearch/MUSE@3159355b93f5c3c4883808ba785ba9d18d7f5e81",
    "facebookresearch/UnsupervisedMT@d5f2fc29246205abd8d62a4377c2bd4c01e086b8",
    "facebookresearch/XLM@cd281d32612d145c6742b4d3f048f80df8669c30",
    "fastai/fastai1@15bc02c61673400178fbdaf3417485755c299561",
    "harvardnlp/compound-pcfg@4af1eb0e055234780d154a52173d79d7845b66ae",
    "he-y/filter-pruning-geometric-median@44fbab47b246e8b11bc8008a7bebfe06c0e391b8",
    "heykeetae/Self-Attention-GAN@8714a54ba5027d680190791ba3a6bb08f9c9a129",
    "huanghoujing/person-reid-triplet-loss-baseline@a1c2bd20180cfaf225782717aeaaab461798abec",
    "HuangYG123/CurricularFace@68c8727fb7cd2243ecbfd7e09c35efc87c6e2de4",
    "ikostrikov/pytorch-a2c-ppo-acktr-gail@41332b78dfb50321c29bade65f9d244387f68a60",
    "ikostrikov/pytorch-ddpg-naf@ec5a46927faf9a1f85d895416ad1d7e02ac0df04",
    "ikostrikov/pytorch-trpo@e200eb8a23b3c7941a0091efb9750dafa4b23cbb",
    "IntelLabs/distiller@d859fc85a3c9c3048442a4ccd9b98ac45f1e0dc4",
    "itayhubara/BinaryNet.pytorch@80f6d4685510314a974889c1ca50a385431bb69f",
    "jacobgil/pytorch-grad-cam@084273b3f30b54ad0c64cf8020a4337d979a66e0",
    "jacobgil/pytorch-pruning@eb1b7a6d4222c7d0a884183983b274f1aa06fc7f",
    "jadore801120/attention-is-all-you-need-pytorch@132907dd272e2cc92e3c10e6c4e783a87ff8893d",
    "jiecaoyu/XNOR-Net-PyTorch@ebccb503b2f9ebc96187a75b6daa63d95b61d110",
    "jnhwkim/ban-vqa@ef4cc36d63f6b31344301ac1bd91afd807d132e5",
    "jwyang/faster-rcnn.pytorch@f9d984d27b48a067b29792932bcb5321a39c1f09",
    "Kaixhin/Rainbow@1745b184c3dfc03d4ffa3ce2342ced9996b39a60",
    "KaiyangZhou/deep-person-reid@f8cd150fdf77e8d9e1ed143b7f308c2c609ded50",
    "karpathy/minGPT@37baab71b9abea1b76ab957409a1cc2fbfba8a26",
    "kevin-ssy/FishNet@b968f0244827e11201471edd8a979bd85027b991",
    "kevinzakka/recurrent-visual-attention@a38ac8958ebf1c61a10c4d5320f1e31d3d0b73dd",
    "kimiyoung/transformer-xl@44781ed21dbaec88b280f74d9ae2877f52b492a5",
    "kuangliu/pytorch-cifar@49b7aa97b0c12fe0d4054e670403a16b6b834ddd",
    "LiyuanLucasLiu/RAdam@d9fd30a337894c4003768561d45e8730dbd41333",
    "locuslab/convex_adversarial@2cd8149249b9e90383af10fc7e9b9fe90166813e",
    "locuslab/fast_adversarial@54f728755e71857b632882ba6d6cef22f56e2172",
    "locuslab/smoothing@78a4d949e4f627d000a78908e001f8ca66c92943",
    "lucidrains/vector-quantize-pytorch@0d7d1aa83334b6f2f8a40306bece75cdaa13d065",
    "MadryLab/robustness@a9541241defd9972e9334bfcdb804f6aefe24dc7",
    "martinarjovsky/WassersteinGAN@f7a01e82007ea408647c451b9e1c8f1932a3db67",
    "meetshah1995/pytorch-semseg@801fb200547caa5b0d91b8dde56b837da029f746",
    "mit-han-lab/once-for-all@f03b2673db313b9167e2a1c2b7a5cad540cc1313",
    "mit-han-lab/proxylessnas@bf58b5c330677afa4bfaf933488b68779f9ec601",
    "nianticlabs/monodepth2@b676244e5a1ca55564eb5d16ab521a48f823af31",
    "NVIDIA/apex@6424da3b4faa6c8f062da4a48c424fff3f02d42d",
    "NVIDIA/pix2pixHD@14b3b3c7fff413086e3b58df52096f16b6891172",
    "NVIDIA/tacotron2@185cd24e046cc1304b4f8e564734d2498c6e2e6f",
    "NVIDIA/vid2vid@2e6d13755fc2e33200e7d4c0c44f2692d6ab0898",
    "NVIDIA/waveglow@8afb643df59265016af6bd255c7516309d675168",
    "NVlabs/MUNIT@a82e222bc359892bd0f522d7a0f1573f3ec4a485",
    "NVlabs/SPADE@fecacc920c1367a038995c45a39c15f6521ca64f",
    "NVlabs/stylegan2-ada-pytorch@d72cc7d041b42ec8e806021a205ed9349f87c6a4",
    "OpenNMT/OpenNMT-py@97111d97551c24857076a4102eabdb468b35cff4",
    "pytorch/ELF@e851e786ced8d26cf470f08a6b9bf7e413fc63f7",
    "pytorch/examples@77f55b912142e11fcfdf5b530231fb9c52f181e8",
    "pytorch/translate@b89dc35abeb7fe516e3b95ccacdedfc1a92e5626",
    "quark0/darts@f276dd346a09ae3160f8e3aca5c7b193fda1da37",
    "r9y9/deepvoice3_pytorch@f90255c96177c344cd18b5a52651b420a4d8062d",
    "r9y9/wavenet_vocoder@a35fff76ea3687b05e1a10023cad3f7f64fa25a3",
    "researchmm/SiamDW@c82b0599920e1fbd67ada9271aa4a63405e2d316",
    "ritheshkumar95/pytorch-vqvae@8d123c0d043bebc8734d37785dd13dd20e7e5e0e",
    "RobustBench/robustbench@78fcc9e48a07a861268f295a777b975f25155964",
    "rosinality/glow-pytorch@97081ff115a694cf04aeedbd58447f33d242c879",
    "rosinality/stylegan2-pytorch@bef283a1c24087da704d16c30abc8e36e63efa0e",
    "rosinality/vq-vae-2-pytorch@ef5f67c46f93624163776caec9e0d95063910eca",
    "rtqichen/ffjord@994864ad0517db3549717c25170f9b71e96788b1",
    "rwightman/gen-efficientnet-pytorch@771ce082b2ce6d033f55b3d47c1f77389ad3c180",
    "salesforce/awd-lstm-lm@1d466ec5875675ca6b6f0caacbb741240a29da9e",
    "SeanNaren/deepspeech.pytorch@b88a631ef6b96553e16bbaa5bd6a621435bed278",
    "sfujim/TD3@34770ccdcb51df6f6c7d85c1ba7e40d71b940d16",
    "sniklaus/pytorch-hed@d36b4506f0c0cb5c628f43db2697d9e0421d50bd",
    "SsnL/dataset-distillation@24e6958cf23bc98de20a7b2714fc76fa7d38b874",
    "szagoruyko/wide-residual-networks@ae6d0d0561484172790c7a63c8ce6ade5a5a2914",
    "tkipf/pygcn@1600b5b748b3976413d1e307540ccc62605b4d6d",
    "TreB1eN/InsightFace_Pytorch@350ff7aa9c9db8d369d1932e14d2a4d11a3e9553",
    "tristandeleu/pytorch-maml-rl@21d4ba1ccd300a403928e6db553c9529bcc3fbdf",
    "uber-research/PPLM@e236b8989322128360182d29a79944627957ad47",
    "vacancy/Synchronized-BatchNorm-PyTorch@7553990fb9a917cddd9342e89b6dc12a70573f5b",
    "yaodongyu/TRADES@6e8e11b7c281371c2f027ffadfbaea80361f09de",
    "yunjey/pytorch-tutorial@0500d3df5a2a8080ccfccbc00aca0eacc21818db",
    "yunjey/stargan@94dd002e93a2863d9b987a937b85925b80f7a19f",
    "zalandoresearch/flair@d5dd0a2818418fb5afac2c01f1e9d1cf5767a51f",
    "zhanghang1989/PyTorch-Encoding@ac748410dfc8d7d70a2ce7f5add08050af2fae20",
    "ZhaoJ9014/face.evoLVe.PyTorch@2dc65536c36880ae85a57694fe7c0c751c71a931",
)


def unpacked(source: str, cache: Path) -> Path:
    """The folder with the files of a package or repository, downloaded and unpacked where that was not done before.

    `source` is `name==version` or `owner/name@commit`. Nothing of it is run: an archive is fetched as it is. Raises
    LookupError if the registry does not have the package.
    """
    folder = cache / source.replace("/", "+")
    if not folder.exists():
        address = archive_of_package(source) if "==" in source else _archive_of_repository(source)
        cache.mkdir(parents=True, exist_ok=True)
        archive = cache / f"{folder.name}{'.whl' if '.whl' in address else '.tar.gz'}"
        urllib.request.urlretrieve(address, archive)
        arriving = folder.with_name(f"{folder.name}.arriving")
        unpack(archive, arriving)
        (arriving if "==" in source else next(arriving.iterdir())).rename(folder)
    return folder


def _archive_of_repository(source: str) -> str:
    """The address of a GitHub repository's files at one commit."""
    repository, _, commit = source.partition("@")
    return f"https://codeload.github.com/{repository}/tar.gz/{commit}"


def archive_of_package(package: str, *, source: bool = False) -> str:
    """The address of a release's wheel, or of its source archive where it has none or where that is asked for.

    Raises LookupError if the registry does not have it.
    """
    name, _, version = package.partition("==")
    page = f"{_index().rstrip('/')}/{name}/"
    with urllib.request.urlopen(page) as answer:
        links = re.findall(r'href="([^"]+)"', answer.read().decode())
    release = rf"{re.escape(name)}-{re.escape(version)}".replace(r"\-", "[-_.]")
    wheel, archive = rf"{release}-[^/]*none-any\.whl", rf"{release}\.tar\.gz"
    for pattern in (archive,) if source else (wheel, archive):
        for link in links:
            if re.search(rf"/{pattern}(#|$)", link, re.IGNORECASE):
                return urllib.parse.urljoin(page, html.unescape(link))
    raise LookupError(f"{page} has no archive of {package}")


def _index() -> str:
    """The registry that pip is configured to use."""
    command = [sys.executable, "-m", "pip", "config", "get", "global.index-url"]
    configured = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    return os.environ.get("PIP_INDEX_URL") or configured or "https://pypi.org/simple"


def unpack(archive: Path, folder: Path) -> None:
    """Unpack a wheel or another archive into a folder, with nothing of it run or written outside of the folder."""
    if archive.suffix in {".whl", ".zip"}:
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(folder)
    else:
        with tarfile.open(archive) as packed:
            packed.extractall(folder, filter="data")
