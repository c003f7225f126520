"""Encoders cross the border to Python both ways: a victim made there, TorchScript or weights of
torch.save(), answers through cs-query as it does at home, answers that were recorded there enter as
they are, and a surrogate trained here gives the same embeddings in torchvision's ResNet-18. Images
reach a victim as PIL and NumPy prepare them. Usage: in_python.py BINDIR [MODELS [ARCHIVE]], a folder
with trained encoders of others, which are asked too, and an archive of photographs for them, where
they are there."""

import json
import os
import struct
import subprocess
import sys
import tempfile
import warnings

warnings.filterwarnings("ignore")
try:
    import numpy as np
    import torch
    import torchvision
    from PIL import Image
except ImportError as missing:
    print("skipped:", missing)
    sys.exit(77)

BIN = os.path.abspath(sys.argv[1])
MODELS = os.path.abspath(sys.argv[2]) if len(sys.argv) > 2 else ""
ARCHIVE = os.path.abspath(sys.argv[3]) if len(sys.argv) > 3 else ""
COUNT, SIZE = 40, 32


def tool(*words):
    subprocess.run([os.path.join(BIN, words[0]), *words[1:]], check=True)


def export(shard, column):
    tool("cs-show", shard, "--export", shard + ".d")
    return np.load(os.path.join(shard + ".d", column + ".npy"))


def images():
    """The images, float NCHW in 0..1, as cs-query's pixels victim sees them (NHWC, flattened)."""
    tool("cs-sample", f"synth:shapes?count={COUNT}&size={SIZE}", "-o", "images.lmdb")
    tool("cs-query", "images.lmdb", "--victim", "pixels", "-o", "pixels.lmdb")
    flat = export("pixels.lmdb", "embedding").reshape(COUNT, SIZE, SIZE, 3)
    return torch.from_numpy(flat).permute(0, 3, 1, 2).contiguous()


def read_encoder(path):
    """Weights and configuration, from the page of the format alone."""
    data = open(path, "rb").read()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    about = json.loads(header.pop("__metadata__")["cs"])
    types = {"F32": np.float32, "I64": np.int64}
    weights = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        array = np.frombuffer(data[8 + length + begin : 8 + length + end], types[entry["dtype"]])
        weights[name] = torch.from_numpy(array.reshape(entry["shape"]).copy())
    return weights, about


def compare(what, ours, theirs):
    worst = float(np.abs(ours - theirs).max())
    print(f"{what}: largest difference {worst:.1e}")
    assert ours.shape == theirs.shape and worst < 1e-4, what


def torchscript_victim(x):
    torch.manual_seed(1)
    model = torchvision.models.resnet18()
    model.fc = torch.nn.Identity()
    model.eval()
    torch.jit.script(model).save("victim.pt")
    mean, std = [0.48, 0.46, 0.41], [0.2, 0.21, 0.22]
    tool("cs-query", "images.lmdb", "--victim", "victim.pt", "--allow-code", "-o", "plain.lmdb")
    tool("cs-query", "images.lmdb", "--victim", "victim.pt", "--allow-code", "-o", "norm.lmdb",
         "--mean", ",".join(map(str, mean)), "--std", ",".join(map(str, std)))
    with torch.no_grad():
        compare("torchscript", export("plain.lmdb", "embedding"), model(x).numpy())
        normal = (x - torch.tensor(mean).view(3, 1, 1)) / torch.tensor(std).view(3, 1, 1)
        compare("torchscript, normalized", export("norm.lmdb", "embedding"), model(normal).numpy())


def area(length, result):
    """The matrix that averages `length` numbers to fewer, by how much of each a result covers."""
    edges = np.arange(result + 1) * length / result
    covered = [np.clip(np.minimum(right, k + 1) - np.maximum(left, k), 0, 1)
               for left, right in zip(edges, edges[1:]) for k in range(length)]
    return np.array(covered).reshape(result, length) * result / length


def prepared(image, side, how, fit):
    """An image as a victim's input of 0 to 255, in floating point throughout."""
    height, width = image.shape[:2]
    if fit == "crop":
        height, width = (int(side * extent / min(height, width)) for extent in (height, width))
    else:
        height = width = side
    channels = image.astype(np.float32).transpose(2, 0, 1)
    if how == "area":
        scaled = area(image.shape[0], height) @ channels @ area(image.shape[1], width).T
    else:
        scaled = np.stack([np.asarray(Image.fromarray(channel, mode="F").resize(
            (width, height), getattr(Image, how.upper()))) for channel in channels])
    top, left = (round((extent - side) / 2) for extent in (height, width))
    return scaled[:, top:top + side, left:left + side].transpose(1, 2, 0)


def inputs():
    random = np.random.default_rng(1)
    for height, width, side in ((40, 40, 40), (45, 31, 16), (33, 70, 29), (20, 31, 48)):
        images = random.integers(0, 256, (5, height, width, 3), dtype=np.uint8)
        np.save("odd.npy", images)
        tool("cs-sample", "-f", "odd.npy", "-o", "odd.lmdb")
        for how in ("bilinear", "bicubic", "area"):
            if how == "area" and side > min(height, width):
                continue  # what INTER_AREA makes larger is not an average
            for fit in ("squash", "crop"):
                tool("cs-query", "-f", "odd.lmdb", "--victim", "pixels", "--input-size", str(side),
                     "--resize", how, "--fit", fit, "--scale", "255", "--channels", "bgr", "--mean",
                     "104,117,123", "--std", "1,2,3", "-o", "odd-pixels.lmdb")
                subprocess.run(["rm", "-rf", "odd-pixels.lmdb.d"], check=True)
                seen = export("odd-pixels.lmdb", "embedding").reshape(5, side, side, 3)
                theirs = np.stack([prepared(image, side, how, fit) for image in images])[..., ::-1]
                theirs = (theirs - np.array([104, 117, 123])) / np.array([1, 2, 3])
                compare(f"{height} x {width} to {side}, {how}, {fit}", seen / 255, theirs / 255)


def channels_last(x):
    """A program that takes N x height x width x 3."""
    torch.manual_seed(3)
    model = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.Flatten()).eval()

    class Last(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, images):
            return self.model(images.permute(0, 3, 1, 2))

    torch.jit.trace(Last(), torch.zeros(1, SIZE, SIZE, 3)).save("last.pt")
    tool("cs-query", "images.lmdb", "--victim", "last.pt", "--allow-code", "--layout", "nhwc", "-o",
         "last.lmdb")
    with torch.no_grad():
        compare("channels last", export("last.lmdb", "embedding"), model(x).numpy())


def ask_weights(path, arch, stem, mean, std, *more):
    tool("cs-query", "-f", "images.lmdb", "--victim", path, "--arch", arch, "--stem", stem, "--mean",
         ",".join(map(str, mean)), "--std", ",".join(map(str, std)), "-o", "weights.lmdb", *more)
    subprocess.run(["rm", "-rf", "weights.lmdb.d"], check=True)
    return export("weights.lmdb", "embedding")


def weights_victims(x):
    """The forms in which people save a ResNet."""
    torch.manual_seed(2)
    model = torchvision.models.resnet18(num_classes=7).eval()
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.2)
            module.running_var.uniform_(0.5, 1.5)
    state = model.state_dict()
    with torch.no_grad():
        logits = model(x).numpy()
        model.fc = torch.nn.Identity()
        features = model(x).numpy()

    def prefixed(prefix):
        return {prefix + name: tensor for name, tensor in state.items()}

    forms = {
        "state dict": state,
        "checkpoint": {"epoch": 3, "state_dict": prefixed("module."), "optimizer": {"lr": 0.1}},
        "Lightning": {"state_dict": prefixed("model.backbone."), "pytorch-lightning_version": "1.9"},
        "MoCo": {"state_dict": {**prefixed("module.encoder_q."), "module.queue": torch.randn(7, 9)}},
        "Sequential": torch.nn.Sequential(*list(model.children())[:-1]).state_dict(),
    }
    for name, content in forms.items():
        for zipped in (True, False):
            torch.save(content, "weights.pt", _use_new_zipfile_serialization=zipped)
            compare(f"{name}, zip {zipped}",
                    ask_weights("weights.pt", "resnet18", "imagenet", [0] * 3, [1] * 3), features)
    torch.save(state, "weights.pt")
    compare("logits", ask_weights("weights.pt", "resnet18", "imagenet", [0] * 3, [1] * 3,
                                  "--victim-output", "fc"), logits)
    half = {name: tensor.half().float() if tensor.is_floating_point() else tensor
            for name, tensor in state.items()}
    torch.save({name: tensor.half() if tensor.is_floating_point() else tensor
                for name, tensor in state.items()}, "weights.pt")
    model.load_state_dict({name: tensor for name, tensor in half.items() if "fc." not in name})
    with torch.no_grad():
        compare("f16", ask_weights("weights.pt", "resnet18", "imagenet", [0] * 3, [1] * 3),
                model(x).numpy())


def public_victims(models):
    """Trained encoders, whose answers to ten images come with them; see their README."""
    reference = os.path.join(models, "reference.npz")
    if not os.path.exists(reference):
        print("not there:", reference)
        return
    known = np.load(reference)
    np.save("ten.npy", known["pixels"])
    tool("cs-sample", "-f", "ten.npy", "-o", "images.lmdb")
    mean, std = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
    for arch in ("resnet20", "resnet56"):
        name = f"{arch}_cifar10"
        theirs = known[name] if name in known else known[name + ".onnx"]
        for batch in ("1", "7", "128"):
            ours = ask_weights(os.path.join(models, name + ".th"), arch, "cifar", mean, std,
                               "--batch", batch)
            compare(f"{name}, batch {batch}", ours / np.abs(theirs).max(),
                    theirs / np.abs(theirs).max())
        tool("cs-train", "-f", "--method", "simclr", "--epochs", "0", "--batch", "10", "--images",
             "images.lmdb", "--init", os.path.join(models, name + ".th"), "--arch", arch, "--stem",
             "cifar", "--mean", ",".join(map(str, mean)), "--std", ",".join(map(str, std)), "-o",
             "start.safetensors")
        tool("cs-query", "-f", "images.lmdb", "--victim", "start.safetensors", "-o", "start.lmdb")
        subprocess.run(["rm", "-rf", "start.lmdb.d"], check=True)
        compare(f"{name}, as a start", export("start.lmdb", "embedding"), ours)


def names_of(shard):
    listing = subprocess.run([os.path.join(BIN, "cs-show"), "--list", shard], check=True,
                             stdout=subprocess.PIPE, text=True).stdout
    return [line.split("\t")[3] for line in listing.splitlines()[1:]]


def recorded_answers(x):
    """Embeddings made here, in every form in which people keep them, enter to the bit."""
    torch.manual_seed(3)
    with torch.no_grad():
        ours = torch.nn.Linear(3 * SIZE * SIZE, 33)(x.flatten(1)).numpy()
    names = np.array(names_of("images.lmdb"))
    order = np.random.RandomState(4).permutation(COUNT)
    np.save("rows.npy", ours)
    np.save("columns.npy", np.asfortranarray(ours))
    np.save("wide.npy", ours.astype(">f8"))
    np.savez("names.npz", labels=order, vectors=ours[order], names=names[order])
    np.savez_compressed("packed.npz", a=-ours, b=ours[order], names=names[order].astype("S"))
    with open("names.jsonl", "w") as lines:
        for i in order:
            print(json.dumps({"name": names[i], "embedding": ours[i].tolist()}), file=lines)
    with open("openai.jsonl", "w") as lines:
        for i in order:
            print(json.dumps({"object": "embedding", "index": int(i), "embedding": ours[i].tolist()}),
                  file=lines)
    for name in ("rows.npy", "columns.npy", "wide.npy", "names.npz", "packed.npz", "names.jsonl",
                 "openai.jsonl"):
        tool("cs-query", "-f", "images.lmdb", "--victim", "recorded:" + name, "-o", "recorded.lmdb",
             *(["--victim-output", "b"] if name == "packed.npz" else []))
        subprocess.run(["rm", "-rf", "recorded.lmdb.d"], check=True)
        assert np.array_equal(export("recorded.lmdb", "embedding"), ours), name
    np.save("half.npy", ours.astype("f2"))
    tool("cs-query", "-f", "images.lmdb", "--victim", "recorded:half.npy", "-o", "recorded.lmdb")
    subprocess.run(["rm", "-rf", "recorded.lmdb.d"], check=True)
    assert np.array_equal(export("recorded.lmdb", "embedding"), ours.astype("f2").astype("f4"))
    print("recorded answers: equal")


def ask(path, *words):
    """The answers to images.lmdb."""
    tool("cs-query", "-f", "images.lmdb", "--victim", path, "-o", "onnx.lmdb", *words)
    subprocess.run(["rm", "-rf", "onnx.lmdb.d"], check=True)
    return export("onnx.lmdb", "embedding")


def numbers(values):
    return ",".join(repr(float(value)) for value in np.broadcast_to(values, 3))


CIFAR = ["--mean", numbers([0.485, 0.456, 0.406]), "--std", numbers([0.229, 0.224, 0.225])]
HALVES = ["--mean", "0.5", "--std", "0.5"]
CAFFE = ["--scale", "255", "--channels", "bgr", "--mean", "104,117,123", "--std", "1"]
PUBLIC_ONNX = {  # name: how often a pixel is repeated, and how it is normalized
    "resnet20_cifar10": (1, CIFAR), "resnet56_cifar10": (1, CIFAR),
    "mobilenet_v1_050_160": (5, HALVES), "mobilenet_v2_224": (7, HALVES),
    "mobilenet_v2_224_ptq": (7, HALVES), "mobilenet_v2_224_birds": (7, HALVES),
    "squeezenet1_0_224": (7, CAFFE),
}


def public_onnx_victims(models):
    """The same encoders and larger ones as ONNX models."""
    reference = os.path.join(models, "reference.npz")
    if not os.path.exists(reference):
        return
    known = np.load(reference)
    for name, (times, normalization) in PUBLIC_ONNX.items():
        pixels = known["pixels"].repeat(times, 1).repeat(times, 2)
        np.save("ten.npy", pixels)
        tool("cs-sample", "-f", "ten.npy", "-o", "images.lmdb")
        largest = np.abs(known[name]).max()
        for batch, threads in (("1", "1"), ("7", "2"), ("128", "1")):
            ours = ask(os.path.join(models, name + ".onnx"), "--victim-output", "embedding",
                       *normalization, "--batch", batch, "--threads", threads)
            compare(f"{name}.onnx, batch {batch}", ours / largest, known[name] / largest)


def onnx_in_opencv(models, archive):
    """Answers to 200 photographs, against a loop over OpenCV's own Python."""
    if not os.path.exists(archive) or not os.path.exists(models):
        print("not there:", archive)
        return
    try:
        import cv2
    except ImportError as missing:
        print("not compared with OpenCV's Python:", missing)
        return
    tool("cs-sample", "-f", archive, "-n", "200", "-o", "images.lmdb")
    for name, side, normalization in (("resnet20_cifar10", 32, CIFAR),
                                      ("mobilenet_v1_050_160", 160, HALVES),
                                      ("mobilenet_v2_224", 96, HALVES)):
        path = os.path.join(models, name + ".onnx")
        words = [*normalization, "--input-size", str(side)]
        seen = ask("pixels", *words).reshape(200, side, side, 3).transpose(0, 3, 1, 2)
        net = cv2.dnn.readNetFromONNX(path)
        theirs = []
        for image in seen:
            net.setInput(np.ascontiguousarray(image[None]))
            theirs.append(net.forward("embedding").ravel())
        theirs = np.stack(theirs)
        ours = ask(path, "--victim-output", "embedding", *words)
        largest = np.abs(theirs).max()
        compare(f"{name}.onnx in OpenCV", ours / largest, theirs / largest)


def surrogate(x, stem):
    tool("cs-train", "--method", "mse", "--images", "images.lmdb", "--answers", "plain.lmdb",
         "--arch", "resnet18", "--stem", stem, "--epochs", "2", "--batch", "20", "--precision",
         "f32", "-o", stem + ".safetensors")
    tool("cs-query", "images.lmdb", "--victim", stem + ".safetensors", "-o", stem + ".lmdb")
    weights, about = read_encoder(stem + ".safetensors")
    model = torchvision.models.resnet18()
    conv = about["stem"]
    model.conv1 = torch.nn.Conv2d(3, 64, conv["kernel"], conv["stride"], conv["padding"], bias=False)
    model.maxpool = model.maxpool if conv["pool"] else torch.nn.Identity()
    model.fc = torch.nn.Identity()
    model.load_state_dict(weights)
    model.eval()
    with torch.no_grad():
        compare(f"surrogate, {stem} stem", export(stem + ".lmdb", "embedding"), model(x).numpy())


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        x = images()
        recorded_answers(x)
        inputs()
        torchscript_victim(x)
        channels_last(x)
        surrogate(x, "imagenet")
        surrogate(x, "cifar")
        weights_victims(x)
        public_victims(MODELS)
        public_onnx_victims(MODELS)
        onnx_in_opencv(MODELS, ARCHIVE)


main()
