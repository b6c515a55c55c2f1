"""A policy as an ONNX model, written without a library: it is one small protobuf.

Field numbers and types are those of onnx.proto3 (onnx/onnx, IR version 8, opset 17);
the wire format is protobuf's: a tag is field number times 8 plus wire type, 0 for a
number (varint) and 2 for bytes with their length.
"""

import numpy as np

from designer.rewards.sources import Array
from designer.training.policy import Policy

IR_VERSION, OPSET = 8, 17
FLOAT32 = 1  # TensorProto.DataType
FREE_DIMENSION = "rows"  # name of the dimension whose size is free


def policy_onnx(policy: Policy) -> bytes:
    """The model: obs (rows, obs_dim) to action (rows, action_dim), both float32."""
    constants = {
        name: np.asarray(getattr(policy, name), dtype=np.float32)
        for name in ("mean", "scale", "w1", "b1", "w2", "b2", "w3", "b3", "low", "high")
    }
    constants |= {
        "clip": np.array(policy.clip, dtype=np.float32),
        "minus_clip": np.array(-policy.clip, dtype=np.float32),
    }
    activation = "Relu" if policy.relu else "Tanh"
    steps = [
        ("Sub", "mean"),
        ("Mul", "scale"),
        ("Max", "minus_clip"),
        ("Min", "clip"),
        *[("MatMul", "w1"), ("Add", "b1"), (activation, "")],
        *[("MatMul", "w2"), ("Add", "b2"), (activation, "")],
        *[("MatMul", "w3"), ("Add", "b3")],
    ]
    if policy.squash:
        constants["half"] = np.float32(0.5) * (constants["high"] - constants["low"])
        constants["middle"] = np.float32(0.5) * (constants["high"] + constants["low"])
        steps += [("Tanh", ""), ("Mul", "half"), ("Add", "middle")]
    steps += [("Max", "low"), ("Min", "high")]
    graph = b"".join(
        [
            _nodes(steps),
            _text(2, "policy"),
            *(_bytes(5, _tensor(name, array)) for name, array in constants.items()),
            _bytes(11, _value("obs", policy.mean.size)),
            _bytes(12, _value("action", policy.low.size)),
        ]
    )
    opset = _bytes(8, _text(1, "") + _number(2, OPSET))
    return (
        _number(1, IR_VERSION) + _text(2, "reward-designer") + _bytes(7, graph) + opset
    )


def _nodes(steps: list[tuple[str, str]]) -> bytes:
    """GraphProto.node: a chain from obs to action.

    steps: each operator with the name of its constant, or ''.
    """
    nodes, value = b"", "obs"
    for k, (operator, constant) in enumerate(steps):
        result = "action" if k == len(steps) - 1 else f"v{k}"
        inputs = _text(1, value) + (_text(1, constant) if constant else b"")
        nodes += _bytes(1, inputs + _text(2, result) + _text(4, operator))
        value = result
    return nodes


def _tensor(name: str, array: Array) -> bytes:
    """TensorProto with raw little-endian float32 data."""
    dims = b"".join(_number(1, size) for size in array.shape)
    data = np.ascontiguousarray(array, dtype="<f4").tobytes()
    return dims + _number(2, FLOAT32) + _text(8, name) + _bytes(9, data)


def _value(name: str, columns: int) -> bytes:
    """ValueInfoProto of a float32 tensor (rows, columns)."""
    shape = _bytes(1, _text(2, FREE_DIMENSION)) + _bytes(1, _number(1, columns))
    tensor = _number(1, FLOAT32) + _bytes(2, shape)
    return _text(1, name) + _bytes(2, _bytes(1, tensor))


def varint(number: int) -> bytes:
    """A number >= 0 in groups of 7 bits, the lowest first; 128 marks that more come."""
    encoded = bytearray()
    while number > 127:
        encoded.append(number & 127 | 128)
        number >>= 7
    return bytes([*encoded, number])


def _number(field: int, number: int) -> bytes:
    return varint(8 * field) + varint(number)


def _bytes(field: int, data: bytes) -> bytes:
    return varint(8 * field + 2) + varint(len(data)) + data


def _text(field: int, text: str) -> bytes:
    return _bytes(field, text.encode())
