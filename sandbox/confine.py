"""The walls that a process builds round itself; all of them are one-way.

Runs in the processes of rewards and of replies: standard library only, system calls by
ctypes. Every function raises OSError where the kernel refuses, so a wall never fails in
silence.
"""

import ctypes
import os
import resource
import signal
import struct
from collections.abc import Mapping
from typing import Any

_libc = ctypes.CDLL(None, use_errno=True)

_PR_SET_SECCOMP, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS, _PR_CAP_AMBIENT = (
    22,
    24,
    38,
    47,
)
_PR_SET_PDEATHSIG = 1
_SECCOMP_MODE_FILTER, _PR_CAP_AMBIENT_CLEAR_ALL = 2, 4
_CREATE_RULESET, _RESTRICT_SELF = 444, 446  # the same numbers on every machine
_VERSION = 1  # flag of landlock_create_ruleset
_MAX_CAPABILITIES = 64  # more than any kernel has
_CAPABILITY_VERSION_3 = 0x20080522

# By ABI: rights on files, on TCP, and reach by abstract sockets and signals.
_FILES = {1: (1 << 13) - 1, 2: 1 << 13, 3: 1 << 14, 5: 1 << 15}
_NETWORK, _SCOPES = {4: 0b11}, {6: 0b11}


def _call(number: int, *arguments: object) -> int:
    result = int(_libc.syscall(number, *arguments))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def _prctl(option: int, *arguments: object) -> None:
    padded = [*arguments, 0, 0, 0, 0][:4]
    longs = [a if isinstance(a, ctypes.Array) else ctypes.c_ulong(a) for a in padded]  # type: ignore[arg-type]
    if _libc.prctl(option, *longs):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def landlock_abi() -> int:
    """The kernel's version of Landlock, 0 where there is none."""
    try:
        return _call(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION)
    except OSError:
        return 0


def forbid_new_privileges() -> None:
    """Keeps later programs from gaining rights, which Landlock and seccomp require."""
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def landlock(abi: int) -> None:
    """Removes every right that this Landlock version handles, on every path.

    The kernel's struct of rights grew with ABI 4 and 6; an older one needs the short
    form.
    """
    rights = [
        sum(bits for since, bits in table.items() if since <= abi)
        for table in (_FILES, _NETWORK, _SCOPES)
    ]
    field_count = 1 + (abi >= 4) + (abi >= 6)
    rules = struct.pack(f"<{field_count}Q", *rights[:field_count])
    size = ctypes.c_size_t(len(rules))
    descriptor = _call(_CREATE_RULESET, rules, size, 0)
    _call(_RESTRICT_SELF, descriptor, 0)
    os.close(descriptor)


def drop_capabilities() -> None:
    """Gives up all capabilities, so that even root can make no privileged call."""
    for capability in range(_MAX_CAPABILITIES):
        try:
            _prctl(_PR_CAPBSET_DROP, capability)
        except OSError:  # the kernel does not know it, or we may not drop it
            continue
    _prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL)
    header = struct.pack("<Ii", _CAPABILITY_VERSION_3, 0)
    if _libc.capset(header, bytes(24)):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def seccomp(program: bytes) -> None:
    """Loads a filter of system calls, which can't be removed again."""
    code = ctypes.create_string_buffer(program, len(program))
    count, address = len(program) // 8, ctypes.addressof(code)
    frame = struct.pack("@HP", count, address)  # struct sock_fprog
    _prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.create_string_buffer(frame))


def limit(spec: Mapping[str, Any]) -> None:
    """Sets the limits of this process and ties its life to the host's.

    spec: the fields of Limits.
    """
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    # The first process of a namespace ignores signals that it does not handle, so the
    # handler is C's _exit, whose argument is the signal: it also ends a long C call.
    for number in (signal.SIGXCPU, signal.SIGXFSZ):
        libc.signal(number, libc._exit)
    limits = {
        resource.RLIMIT_CPU: (spec["cpu_s"], spec["cpu_s"] + 1),
        resource.RLIMIT_AS: (spec["memory_mb"] << 20,) * 2,
        resource.RLIMIT_FSIZE: (spec["output_bytes"],) * 2,
        resource.RLIMIT_CORE: (0, 0),
        resource.RLIMIT_NOFILE: (32, 32),
        resource.RLIMIT_MEMLOCK: (0, 0),
    }
    for kind, (soft, hard) in limits.items():
        ceiling = resource.getrlimit(kind)[1]
        if ceiling != resource.RLIM_INFINITY:
            soft, hard = min(soft, ceiling), min(hard, ceiling)
        resource.setrlimit(kind, (soft, hard))


def build(spec: Mapping[str, Any]) -> None:
    """Builds the walls that the host asks for; OSError when one can't be built.

    Import every module that is needed before this, for no file can be opened after.
    """
    forbid_new_privileges()
    if spec["landlock"]:
        landlock(spec["landlock"])
    drop_capabilities()
    if spec["seccomp"]:
        seccomp(bytes.fromhex(spec["seccomp"]))
