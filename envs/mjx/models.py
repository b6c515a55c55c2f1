"""The MuJoCo model as MJX takes it: what MJX lacks is replaced, or refused."""

import copy
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import jax
import jax.numpy as jnp
import mujoco
import numpy as np

from envs.bodies import Array, XArray
from envs.mjx.library import mjx
from envs.yamlfile import TaskError

# MJX's own solver is for elliptic cones alone, and its loop lasts as long as any of all
# worlds needs it.
ELLIPTIC_ITERATIONS, ELLIPTIC_SEARCHES = 6, 8
_SENSOR, _SPHERE = mujoco.mjtSensor, int(mujoco.mjtGeom.mjGEOM_SPHERE)
_DISTANCE, _CLOCK = int(_SENSOR.mjSENS_GEOMDIST), int(_SENSOR.mjSENS_CLOCK)


@dataclass(frozen=True)
class SphereDistance:
    """A sensor of the distance between two spheres, which MJX has not.

    address: in sensordata. first, second: numbers of the geoms. radii: of both, m.
    largest: distance that it shows, m.
    """

    address: int
    first: int
    second: int
    radii: float
    largest: float

    def write(self, data: Any) -> Any:
        """The mjx.Data with this sensor's value."""
        gap = data.geom_xpos[self.second] - data.geom_xpos[self.first]
        distance = jnp.sqrt((gap * gap).sum()) - self.radii
        distance = jnp.clip(distance, -self.largest, self.largest)
        return data.replace(sensordata=data.sensordata.at[self.address].set(distance))


@dataclass(frozen=True)
class StartModels:
    """The models of n worlds.

    base: the MjModel. shared: the mjx.Model of all worlds. own: arrays (starts, ...)
    with the constants that differ between starts, by name.
    """

    base: Any
    shared: Any
    own: dict[str, XArray]
    distances: tuple[SphereDistance, ...]

    def of_starts(self, numbers: XArray) -> tuple[Any, Any]:
        """The mjx.Model of worlds that began in these starts (n,), and vmap's axes."""
        if not self.own:
            return self.shared, None
        leaves = {name: array[numbers] for name, array in self.own.items()}
        axes = jax.tree.map(lambda _: None, self.shared)
        return (
            self.shared.replace(**leaves),
            axes.replace(**dict.fromkeys(leaves, 0)),
        )


def make_models(
    variants: Sequence[Any], sources: Sequence[str], engine: str = "jax"
) -> StartModels:
    """The models of starts; TaskError where MJX lacks what they need.

    variants: the MjModel of each start, or a single one. sources: of all fields.
    """
    if engine == "warp" and find_spec("warp") is None:
        raise TaskError(
            "engine 'warp' needs warp-lang; install it with pip install "
            "-c constraints.txt -e '.[warp]', or take engine 'jax'"
        )
    base = copy.copy(variants[0])  # the model itself is cached and shared
    base.opt.solver = mujoco.mjtSolver.mjSOL_NEWTON
    if base.opt.cone == mujoco.mjtCone.mjCONE_ELLIPTIC and engine == "jax":
        base.opt.iterations = ELLIPTIC_ITERATIONS
        base.opt.ls_iterations = ELLIPTIC_SEARCHES
    distances = _take_out_sensors(base, sources) if engine == "jax" else ()
    try:
        shared = mjx.put_model(base, impl=engine)
    except (NotImplementedError, ValueError) as error:
        reason = " ".join(re.sub(r"[<>\[\]]|: \d+", "", str(error)).split())
        raise TaskError(f"MJX can't run this model: {reason}") from None
    own = _differences(variants, shared) if len(variants) > 1 else {}
    return StartModels(base, shared, own, distances)


def _take_out_sensors(model: Any, sources: Sequence[str]) -> tuple[SphereDistance, ...]:
    """Make sensors that MJX lacks into clocks; gives those that are computed here."""
    supported = {int(kind) for kind in mjx.SensorType}
    distances = []
    for number in range(model.nsensor):
        kind = int(model.sensor_type[number])
        if kind in supported:
            continue
        name = model.sensor(number).name
        if any(source.startswith(f"sensor.{name}.") for source in sources):
            distances.append(_sphere_distance(model, number))
        model.sensor_type[number], model.sensor_dim[number] = _CLOCK, 1
    return tuple(distances)


def _sphere_distance(model: Any, number: int) -> SphereDistance:
    first, second = int(model.sensor_objid[number]), int(model.sensor_refid[number])
    kinds = model.sensor_objtype[number], model.sensor_reftype[number]
    is_geom = all(kind == int(mujoco.mjtObj.mjOBJ_GEOM) for kind in kinds)
    if (
        model.sensor_type[number] != _DISTANCE
        or not is_geom
        or {*model.geom_type[[first, second]].tolist()} != {_SPHERE}
    ):
        raise TaskError(
            f"MJX has no sensor like '{model.sensor(number).name}'; read the positions "
            "from which it follows (geom.NAME.xpos)"
        )
    radii = float(model.geom_size[[first, second], 0].sum())
    address, cutoff = int(model.sensor_adr[number]), float(model.sensor_cutoff[number])
    return SphereDistance(address, first, second, radii, cutoff)


def _differences(variants: Sequence[Any], shared: Any) -> dict[str, XArray]:
    """The constants that differ between variants, as arrays of mjx.Model."""
    own = {}
    for name, arrays in _differing(variants):
        leaf = vars(shared).get(name)
        if not isinstance(leaf, jax.Array):
            raise TaskError(
                f"draws change '{name}' of the model, which MJX can't change between "
                "worlds"
            )
        own[name] = jnp.asarray(arrays, leaf.dtype).reshape(-1, *leaf.shape)
    return own


def _differing(variants: Sequence[Any]) -> list[tuple[str, Array]]:
    """Name and values (starts, ...) of the arrays of MjModel that are not all equal."""
    names = [
        name
        for name in dir(variants[0])
        if not name.startswith("_")
        and isinstance(getattr(variants[0], name), np.ndarray)
    ]
    stacks = ((name, [getattr(model, name) for model in variants]) for name in names)
    return [
        (name, np.stack(arrays))
        for name, arrays in stacks
        if any(not np.array_equal(array, arrays[0]) for array in arrays)
    ]
