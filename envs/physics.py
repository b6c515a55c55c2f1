"""A wrapper of mujoco.batch that computes the same data as Gymnasium."""

import copy
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

import mujoco
import numpy as np
from mujoco.batch import Batch, SimulationError

from envs.bodies import Array, Body, xml_path
from envs.fields import (
    SourceError,
    attribute,
    indexed,
    named_object,
    object_source,
    own_joint,
)
from envs.yamlfile import TaskError

# MuJoCo computes these only where a sensor asks for them. Gymnasium asks for the
# first three after every step (mj_rnePostConstraint), and so does Physics.
FORCES = ("cacc", "cfrc_int", "cfrc_ext")
MOMENTA = ("subtree_linvel", "subtree_angmom")
MOCAP = ("mocap_pos", "mocap_quat")
STATE = ("qpos", "qvel", "qfrc_applied", "xfrc_applied", *MOCAP)


class Physics:
    """n simulations of one model.

    sources: those of all fields to be bound. FORCES are computed after a step
    and 0 at a start, as in Gymnasium. Where sources need FORCES or MOMENTA, the data of
    each simulation is copied out, at 9 us per step and simulation.
    """

    def __init__(
        self, model: Any, n: int, threads: int, sources: Iterable[str] = ()
    ) -> None:
        late = any(name in source for source in sources for name in FORCES + MOMENTA)
        # Persistent: one MjData per simulation; it can be copied but restarts slower.
        self._batch = Batch(model, n, nthread=threads, persistent=late)
        self._model, self._n = model, n
        self._copy = copy.copy(model) if late else None  # with one's own constants
        self._data = mujoco.MjData(model)
        self._late: dict[str, tuple[Array, Array]] = {}  # the batch's, self._data's
        self.qpos, self.qvel = self._batch.bind("qpos"), self._batch.bind("qvel")
        self.ctrl = self._batch.bind("ctrl")
        self._base = model  # of every simulation, until constants are written
        # Counters of bad positions, velocities and accelerations, (n, 3).
        self._bad = self._batch.warning[:, 3:6, 1]

    def bind(self, name: str) -> Array:
        """A live array (n, ...) of an MjData field."""
        if name not in FORCES + MOMENTA:
            return np.asarray(self._batch.bind(name))
        assert self._batch.persistent, f"{name} was not among the sources"
        if name not in self._late:
            source = getattr(self._data, name)
            self._late[name] = np.zeros((self._n, *source.shape)), source
        return self._late[name][0]

    def joint(self, name: str) -> Any:
        """The live arrays of one joint; KeyError if there is none."""
        return self._batch.joint(own_joint(self._model, name))

    def body(self, name: str) -> "_NamedBody":
        """The live arrays of one body; KeyError if there is none."""
        return _NamedBody(self, self._batch.body(name))

    def attributes(self, kind: str) -> list[str]:
        """Names of the numbers that an object of a kind has; there must be one."""
        mocap = MOCAP if kind == "body" else ()
        return [
            *number_names(self._data, kind),
            *number_names(self._model, kind),
            *mocap,
        ]

    def writable(self, source: str) -> tuple[Array, bool]:
        """A live array (n, k) that can be written, and whether it holds constants.

        Constants of the model then have a value for each simulation; after writing
        them call `follow_constants`. SourceError where there is no such number, or
        where MuJoCo computes it.
        """
        match = object_source(source)
        entity, attr = named_object(self, match), match["attr"]
        if match["kind"] == "body" and attr in FORCES + MOMENTA:
            raise _computed(source)
        try:
            values = attribute(self, entity, match)
        except SourceError as error:
            raise SourceError(f"'{source}': {error}") from None
        is_state = attr in MOCAP or hasattr(
            getattr(self._data, match["kind"])(entity.id), attr
        )
        try:
            if attr == "ctrl":
                raise SourceError(
                    f"'{source}' is the action, which writes it at every step"
                )
            if is_state:
                if attr not in STATE:
                    raise _computed(source)
            else:
                setattr(entity, attr, values)
        except (AttributeError, ValueError) as error:
            raise SourceError(f"'{source}' can't be written: {error}") from None
        view = np.asarray(getattr(entity, attr))
        if not view.flags.writeable:
            raise SourceError(f"'{source}' can't be written")
        return indexed(view.reshape(self._n, -1), match), not is_state

    def follow_constants(self, ids: Array) -> None:
        """Compute the constants that follow from others, after some were written."""
        self._batch.set_const(ids)
        self._base = None

    @property
    def has_own_constants(self) -> bool:
        """Whether constants of the model were written for single simulations."""
        return self._base is None

    def own_model(self, number: int) -> Any:
        """A copy of the model with the constants of one simulation."""
        return self._batch.get_model(number, copy.copy(self._model))

    def info(self, key: str) -> Array:
        """Raises SourceError, for only Gymnasium environments have an info."""
        raise SourceError(
            "this body is stepped without Gymnasium's info; read the data from which "
            "it is computed: joint|body|geom|site|sensor|actuator.<name>.<MjData field>"
        )

    def __getattr__(self, kind: str) -> Any:
        return getattr(self._batch, kind)  # geom, site, sensor, actuator, tendon

    def step(self, nstep: int) -> Array | None:
        """Advance by nstep physics steps.

        Gives (n,) bool, True where physics became unstable; None where none did.
        """
        broken = np.zeros(self._n, dtype=bool)
        try:
            self._batch.step(nstep=nstep)
        except SimulationError as error:
            broken[error.ids] = True
        if self._bad.any():  # MuJoCo has reset these itself
            broken |= self._bad.any(axis=1)
            self._bad[:] = 0
        state = self._batch.state
        if not np.isfinite(state).all():
            broken |= ~np.isfinite(state).all(axis=1)
        self._compute(range(self._n), forces=True)
        return broken if broken.any() else None

    def start(
        self, ids: Array, qpos: Array, qvel: Array, keyframe: int | None = None
    ) -> None:
        """Set the simulations ids (m,) to positions (m, nq) and velocities (m, nv).

        keyframe: sets actuator states and controls; None for the model's defaults. All
        other data is that of the state before, until `forward` is called.
        """
        key = -1 if keyframe is None else keyframe
        self._batch.reset(ids, keyframe=key, stage=mujoco.mjtStage.mjSTAGE_NONE)
        self.qpos[ids], self.qvel[ids] = qpos, qvel

    def forward(self, ids: Array, forces: bool = False) -> None:
        """Compute the data of the present state in the simulations ids (m,).

        forces: whether FORCES too, which a start leaves at 0.
        """
        self._batch.forward(ids)
        self._compute(ids, forces)

    def _compute(self, ids: Iterable[int], forces: bool) -> None:
        if not self._late:
            return
        data = self._data
        for i in ids:
            self._batch.get_data(int(i), data)
            model = self._base or self._batch.get_model(int(i), self._copy)
            if forces:
                mujoco.mj_rnePostConstraint(model, data)
            if not self._late.keys().isdisjoint(MOMENTA):
                mujoco.mj_subtreeVel(model, data)
            for array, source in self._late.values():
                array[i] = source


class _NamedBody:
    """One body's live arrays, also those that Batch leaves at 0, and mocap's."""

    def __init__(self, physics: Physics, body: Any) -> None:
        vars(self).update(_physics=physics, _body=body)

    def __getattr__(self, attr: str) -> Any:
        if attr in FORCES + MOMENTA:
            return self._physics.bind(attr)[:, self._body.id]
        if attr in MOCAP:
            number = int(self._physics._model.body_mocapid[self._body.id])
            if number < 0:
                raise SourceError(
                    f"body '{self._body.name}' is no mocap body, so it has no "
                    f"'{attr}'; write <body mocap=\"true\"> in the XML"
                )
            return self._physics.bind(attr)[:, number]
        return getattr(self._body, attr)

    def __setattr__(self, attr: str, value: Any) -> None:
        setattr(self._body, attr, value)


def _computed(source: str) -> SourceError:
    return SourceError(
        f"'{source}' is computed by MuJoCo and can't be written; write what it follows "
        f"from ({', '.join(STATE)}, or a constant of the model)"
    )


def number_names(data: Any, kind: str) -> list[str]:
    """Attributes with numbers of an object of a kind in MjData or MjModel."""
    view = getattr(data, kind)(0)
    values = {name: np.asarray(getattr(view, name)) for name in dir(view)}
    return [n for n, v in values.items() if v.dtype.kind == "f" and n[0] != "_"]


def compile_model(body: Body) -> Any:
    """The body's compiled model; TaskError if it is faulty or lacks actuators."""
    path = xml_path(body.kwargs["xml_file"])
    if not path.is_file():
        raise TaskError(f"xml_file {path}: no such file")
    try:
        model = _compile(path)
    except (ValueError, mujoco.FatalError) as error:
        reason = " ".join(str(error).split())
        raise TaskError(f"xml_file {path} does not compile: {reason}") from None
    if not model.nu:
        raise TaskError(
            f"xml_file {path} has no actuators, so there is nothing to act with; give "
            "it some in <actuator>"
        )
    return model


@lru_cache
def _compile(path: Path) -> Any:
    silence_warnings()  # Gymnasium's own files use attributes that MuJoCo warns about.
    return mujoco.MjModel.from_xml_path(str(path))


def silence_warnings() -> None:
    """Keep MuJoCo from writing warnings to the terminal and to MUJOCO_LOG.TXT.

    Unstable physics is detected and counted by Env instead.
    """
    mujoco.set_mju_user_warning(_nothing)


def _nothing(message: str) -> None:
    pass
