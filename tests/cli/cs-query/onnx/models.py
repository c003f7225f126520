"""Writes small ONNX models, in the wire format of protocol buffers, and what they answer about the
images of images.npy: FORM.onnx, features.npy, logits.npy."""

import numpy as np


def varint(value):
    text = b""
    while value >= 0x80:
        text += bytes([value & 0x7F | 0x80])
        value >>= 7
    return text + bytes([value])


def number(field, value):
    return varint(field << 3) + varint(value)


def message(field, content):
    content = content.encode() if isinstance(content, str) else content
    return varint(field << 3 | 2) + varint(len(content)) + content


def tensor(name, array):
    dims = b"".join(number(1, extent) for extent in array.shape)
    return dims + number(2, 1) + message(8, name) + message(9, array.astype("<f4").tobytes())


def value(name, kind, shape):
    dims = b"".join(message(1, number(1, n) if isinstance(n, int) else message(2, n)) for n in shape)
    return message(1, name) + message(2, message(1, number(1, kind) + message(2, dims)))


def node(op, inputs, output, *attributes, **ints):
    attributes = b"".join(message(5, a) for a in attributes) + b"".join(
        message(5, message(1, name) + b"".join(number(8, i) for i in values) + number(20, 7))
        for name, values in ints.items())
    return (b"".join(message(1, name) for name in inputs) + message(2, output) + message(4, op)
            + attributes)


rng = np.random.default_rng(5)
W, FC, B = rng.normal(size=(4, 3, 3, 3)), rng.normal(size=(2, 4)), rng.normal(size=2)


def model(shape, kind=1, outputs=("features",), op="Relu"):
    moved = shape[3] == 3
    nodes = [node("Transpose", ["image"], "moved", perm=[0, 3, 1, 2])] if moved else []
    nodes += [node("Conv", ["moved" if moved else "image", "w"], "sums", kernel_shape=[3, 3],
                   pads=[1, 1, 1, 1]),
              node(op, ["sums"], "active"), node("GlobalAveragePool", ["active"], "means"),
              node("Flatten", ["means"], "features"), node("Gemm", ["features", "fc", "b"], "logits",
                   message(1, "transB") + number(3, 1) + number(20, 2))]
    graph = b"".join(message(1, n) for n in nodes) + message(2, "tiny")
    graph += b"".join(message(5, tensor(*t)) for t in (("w", W), ("fc", FC), ("b", B)))
    graph += message(11, value("image", kind, shape))
    graph += b"".join(message(12, value(o, 1, [shape[0], 2 if o == "logits" else 4])) for o in outputs)
    return number(1, 7) + message(2, "test") + message(7, graph) + message(8, number(2, 13))


def save(name, content):
    with open(name + ".onnx", "wb") as file:
        file.write(content)


def main():
    save("one", model([1, 3, 16, 16]))
    save("four", model([4, 3, 16, 16]))
    save("free", model(["n", 3, "h", "w"]))
    save("nhwc", model(["n", 16, 16, 3]))
    save("two", model([1, 3, 16, 16], outputs=("features", "logits")))
    save("half", model([1, 3, 16, 16], kind=10))
    save("strange", model([1, 3, 16, 16], op="Rely"))
    save("wide", model([1, 3, 16, 24]))
    save("gray", model([1, 1, 16, 16]))
    whole = model([1, 3, 16, 16])
    save("cut", whole[:-30])
    save("torn", whole.replace(b"active", b"actove", 1))

    images = np.load("images.npy").transpose(0, 3, 1, 2) / 255.0
    padded = np.pad(images, ((0, 0), (0, 0), (1, 1), (1, 1)))
    sums = sum(np.einsum("ncij,oc->noij", padded[:, :, i:i + 16, j:j + 16], W[:, :, i, j])
               for i in range(3) for j in range(3))
    features = np.maximum(sums, 0).mean((2, 3))
    np.save("features.npy", features)
    np.save("logits.npy", features @ FC.T + B)


main()
