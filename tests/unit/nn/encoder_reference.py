"""encoder_reference.py EXPORTER: do networks of Python give the embeddings that nn_export wrote?

EXPORTER is run for each case. Reads FOLDER/encoder.safetensors by hand, as someone without this
project would, and compares the answers of torchvision's network (of one written down here, for
CIFAR-10) to FOLDER/pixels.npy with FOLDER/embeddings.npy.
"""
import json
import pathlib
import struct
import subprocess
import sys
import tempfile
import warnings

warnings.filterwarnings("ignore")
SKIP = 77  # ctest's SKIP_RETURN_CODE
TOLERANCE = 1e-4

try:
    import numpy as np
    import torch
    import torchvision
except ImportError as error:
    print(f"skipped: {error}; install python3-torchvision to run this check")
    sys.exit(SKIP)


def read_safetensors(path):
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    metadata = header.pop("__metadata__")
    types = {"F32": "<f4", "I64": "<i8"}
    tensors = {}
    for name, entry in header.items():
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        array = np.frombuffer(data[begin:end], types[entry["dtype"]]).reshape(entry["shape"])
        tensors[name] = torch.from_numpy(array.copy())
    return json.loads(metadata["cs"]), tensors


class Block(torchvision.models.resnet.BasicBlock):
    """torchvision's, with the shortcut of option A: every other row and column, and channels of zeros."""

    def __init__(self, inputs, outputs, stride):
        super().__init__(outputs, outputs, stride)
        self.conv1 = torch.nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        if stride == 2:
            self.downsample = lambda x: torch.nn.functional.pad(
                x[:, :, ::2, ::2], (0, 0, 0, 0, outputs // 4, outputs // 4))


class CifarNet(torchvision.models.ResNet):
    """He et al., section 4.2: three stages of n blocks."""

    def __init__(self, n):
        super().__init__(torchvision.models.resnet.BasicBlock, [1, 1, 1, 1])
        self.bn1 = torch.nn.BatchNorm2d(16)
        for stage, width in enumerate((16, 32, 64), 1):
            blocks = [Block(width if stage == 1 else width // 2, width, 1 if stage == 1 else 2)]
            blocks += [Block(width, width, 1) for _ in range(n - 1)]
            setattr(self, f"layer{stage}", torch.nn.Sequential(*blocks))
        self.layer4 = torch.nn.Identity()
        self.fc = torch.nn.Linear(64, 10)


CIFAR = {"resnet20": 3, "resnet32": 5, "resnet44": 7, "resnet56": 9}


def build(about):
    arch = about["arch"]
    model = CifarNet(CIFAR[arch]) if arch in CIFAR else getattr(torchvision.models, arch)()
    stem, embedding = about["stem"], about["embedding"]
    model.conv1 = torch.nn.Conv2d(3, model.bn1.num_features, stem["kernel"], stem["stride"],
                                  stem["padding"], bias=False)
    model.maxpool = model.maxpool if stem["pool"] else torch.nn.Identity()
    features = model.fc.in_features
    model.fc = (
        torch.nn.Linear(features, embedding["width"])
        if embedding["layer"] == "fc"
        else torch.nn.Identity()
    )
    return model.eval()


def main(folder):
    about, tensors = read_safetensors(folder / "encoder.safetensors")
    model = build(about)
    if list(model.state_dict()) != list(tensors):
        sys.exit("names, or their order, are not torchvision's")
    model.load_state_dict(tensors, strict=True)
    pixels = torch.from_numpy(np.load(folder / "pixels.npy")).permute(0, 3, 1, 2).float()
    mean, std = (torch.tensor(about["input"][key]).view(3, 1, 1) for key in ("mean", "std"))
    with torch.no_grad():
        reference = model((pixels / 255 - mean) / std).numpy()
    ours = np.load(folder / "embeddings.npy")
    if ours.shape != reference.shape or ours.dtype != reference.dtype:
        sys.exit(f"embeddings are {ours.shape} {ours.dtype}, torchvision's {reference.shape}")
    difference = float(np.abs(ours - reference).max())
    print(f"{about['arch']}: {len(tensors)} tensors, scale {np.abs(reference).mean():.3g}, "
          f"largest difference {difference:.2g}")
    if not difference <= TOLERANCE:
        sys.exit(f"over the tolerance of {TOLERANCE}")


for case in (("resnet18", "cifar", "0"), ("resnet18", "imagenet", "128"), ("resnet50", "cifar", "0"),
             ("resnet20", "cifar", "0"), ("resnet56", "imagenet", "10")):
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.argv[1], folder, *case], check=True)
        main(pathlib.Path(folder))
