"""The seccomp filters: which system calls a process may still make.

The reward's filter is an allow-list of the calls that numpy needs to compute, and
answers EPERM to all others: no file can be opened or examined, no process or thread
started, no signal sent, no socket made, and no memory becomes executable. It is frozen
as data,
``filters/MACHINE.bpf``; ``python -m sandbox.seccomp`` writes these files anew.

The instructions are those of classic BPF, see Documentation/userspace-api/
seccomp_filter.rst and include/uapi/linux/{bpf_common,seccomp}.h of the Linux kernel.
"""

import errno
import platform
import struct
from collections.abc import Iterable
from pathlib import Path

FILTERS = Path(__file__).with_name("filters")

# Each call's number on x86_64 and on aarch64; -1 where it does not exist.
ALLOWED = {
    "read": (0, 63),
    "write": (1, 64),
    "close": (3, 57),
    "mremap": (25, 216),
    "munmap": (11, 215),
    "brk": (12, 214),
    "madvise": (28, 233),
    "futex": (202, 98),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sigaltstack": (131, 132),
    "restart_syscall": (219, 128),
    "clock_gettime": (228, 113),
    "clock_nanosleep": (230, 115),
    "nanosleep": (35, 101),
    "gettimeofday": (96, 169),
    "time": (201, -1),
    "getrandom": (318, 278),
    "getpid": (39, 172),
    "gettid": (186, 178),
    "sched_yield": (24, 124),
    "exit": (60, 93),
    "exit_group": (231, 94),
}
NOT_EXECUTABLE = {"mmap": (9, 222), "mprotect": (10, 226)}  # allowed without PROT_EXEC

ARCHITECTURES = ("x86_64", "aarch64")
_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}  # AUDIT_ARCH_* of linux/audit.h
_X32 = 0x40000000  # numbers from here on belong to a second ABI of x86_64
_PROT_EXEC = 4

_LOAD, _EQUAL, _GREATER_EQUAL, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _MACHINE, _THIRD_ARGUMENT = 0, 4, 32  # offsets in struct seccomp_data
KILL, ALLOW, REFUSE = 0x80000000, 0x7FFF0000, 0x00050000  # SECCOMP_RET_*
_INSTRUCTION = struct.Struct("<HBBI")


def reward_filter(machine: str) -> bytes:
    """The filter of a reward process on x86_64 or aarch64."""
    k = ARCHITECTURES.index(machine)
    allowed = [numbers[k] for numbers in ALLOWED.values() if numbers[k] >= 0]
    careful = [numbers[k] for numbers in NOT_EXECUTABLE.values()]
    # The ends, reached by jumps that count the instructions in between.
    ends = [
        (_RETURN, 0, 0, REFUSE | errno.EPERM),
        (_LOAD, 0, 0, _THIRD_ARGUMENT),
        (_ANY_BIT, 1, 0, _PROT_EXEC),
        (_RETURN, 0, 0, ALLOW),
        (_RETURN, 0, 0, REFUSE | errno.EPERM),
    ]
    checks = []
    for left, number in reversed([*enumerate(reversed([*careful, *allowed]))]):
        to_end = 1 if number in careful else 3
        checks.append((_EQUAL, left + to_end, 0, number))
    return _assemble([*_right_machine(machine), *checks, *ends])


def refusing_filter(machine: str, numbers: Iterable[int], error: int) -> bytes:
    """A filter that allows all but some calls; tests simulate older kernels with it."""
    numbers = list(numbers)
    checks = [(_EQUAL, len(numbers) - k, 0, n) for k, n in enumerate(numbers)]
    ends = [(_RETURN, 0, 0, ALLOW), (_RETURN, 0, 0, REFUSE | error)]
    return _assemble([(_LOAD, 0, 0, _NUMBER), *checks, *ends])


def _right_machine(machine: str) -> list[tuple[int, int, int, int]]:
    """Kills a process that calls by another ABI, where the numbers mean other calls."""
    kill = (_RETURN, 0, 0, KILL)
    lines = [
        (_LOAD, 0, 0, _MACHINE),
        (_EQUAL, 1, 0, _ARCH[machine]),
        kill,
        (_LOAD, 0, 0, _NUMBER),
    ]
    if machine == "x86_64":
        lines += [(_GREATER_EQUAL, 0, 1, _X32), kill]
    return lines


def _assemble(lines: Iterable[tuple[int, int, int, int]]) -> bytes:
    return b"".join(_INSTRUCTION.pack(*line) for line in lines)


def verdict(program: bytes, number: int, arch: int, third: int = 0) -> int:
    """A filter's answer to a call, computed as the kernel does.

    third: the call's third argument.
    """
    data = {_NUMBER: number, _MACHINE: arch, _THIRD_ARGUMENT: third}
    at = value = 0
    while True:
        code, yes, no, k = _INSTRUCTION.unpack_from(program, at * _INSTRUCTION.size)
        at += 1
        match code:
            case 0x20:
                value = data[k]
            case 0x15:
                at += yes if value == k else no
            case 0x35:
                at += yes if value >= k else no
            case 0x45:
                at += yes if value & k else no
            case _:
                return int(k)


def frozen_filter() -> bytes:
    """The filter for this machine, b'' where there is none."""
    path = FILTERS / f"{platform.machine()}.bpf"
    return path.read_bytes() if path.is_file() else b""


if __name__ == "__main__":
    for name in ARCHITECTURES:
        (FILTERS / f"{name}.bpf").write_bytes(reward_filter(name))
