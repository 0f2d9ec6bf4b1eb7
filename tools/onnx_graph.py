"""Writes the few messages of ONNX (onnx.proto) that the converters need. The same calls give the same bytes."""

import struct


def varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out + bytes([value]))


def field(number, value):
    """A field of a protobuf message: a whole number, text or bytes."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def attribute(name, value):
    """AttributeProto: a list of whole numbers, or one."""
    if isinstance(value, int):
        return field(1, name) + field(3, value) + field(20, 2)
    return field(1, name) + b"".join(field(8, v) for v in value) + field(20, 7)


def shaped(name, shape):
    """ValueInfoProto of a tensor of floats."""
    sizes = b"".join(field(1, field(1, size)) for size in shape)
    return field(1, name) + field(2, field(1, field(1, 1) + field(2, sizes)))


class Graph:
    """An ONNX graph (operator set 12) that grows at its end. producer: the program that makes it."""

    def __init__(self, name, producer):
        self.name, self.producer = name, producer
        self.nodes, self.constants, self.count = [], [], 0

    def constant(self, shape, values):
        return self.tensor(shape, 1, struct.pack(f"<{len(values)}f", *values))

    def whole_numbers(self, values):
        return self.tensor([len(values)], 7, struct.pack(f"<{len(values)}q", *values))

    def tensor(self, shape, kind, raw):
        self.count += 1
        name = f"c{self.count}"
        self.constants.append(b"".join(field(1, s) for s in shape) + field(2, kind) + field(8, name) + field(9, raw))
        return name

    def node(self, kind, inputs, output=None, **attributes):
        self.count += 1
        output = output or f"t{self.count}"
        self.nodes.append(b"".join(field(1, name) for name in inputs) + field(2, output) + field(4, kind) +
                          b"".join(field(5, attribute(*item)) for item in attributes.items()))
        return output

    def model(self, inputs, outputs):
        graph = (b"".join(field(1, node) for node in self.nodes) + field(2, self.name) +
                 b"".join(field(5, constant) for constant in self.constants) +
                 field(11, shaped(*inputs)) + field(12, shaped(*outputs)))
        return field(1, 7) + field(2, self.producer) + field(7, graph) + field(8, field(1, "") + field(2, 12))
