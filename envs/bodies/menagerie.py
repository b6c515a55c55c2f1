"""Robots of the package mujoco-menagerie, where it is installed."""

from pathlib import Path

from envs.yamlfile import TaskError


def menagerie_path(name: str) -> Path:
    """The XML of a robot; the package fetches it when it is first used.

    name: of the robot, and after a '/' of one of its XML files, if not the first.

    TaskError where the package, the robot or the network is missing.
    """
    try:
        import mujoco_menagerie
    except ImportError:
        raise TaskError(
            f"menagerie:{name} needs the package mujoco-menagerie; pip install "
            "mujoco-menagerie, or give the path of an XML file"
        ) from None
    try:
        robot, _, entry = name.partition("/")
        return Path(mujoco_menagerie.get(robot).xml(entry or None))
    except (mujoco_menagerie.MenagerieError, OSError) as error:
        reason = " ".join(str(error).split())
        raise TaskError(f"menagerie:{name} can't be had: {reason}") from None
