import errno
import platform

import pytest

from sandbox import seccomp
from sandbox.seccomp import ALLOW, ALLOWED, ARCHITECTURES, KILL, NOT_EXECUTABLE, REFUSE

ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
EPERM = REFUSE | errno.EPERM


@pytest.mark.parametrize("machine", ARCHITECTURES)
def test_the_frozen_filter_is_what_the_table_says(machine):
    frozen = (seccomp.FILTERS / f"{machine}.bpf").read_bytes()
    assert frozen == seccomp.reward_filter(machine)


@pytest.mark.parametrize("machine", ARCHITECTURES)
def test_every_call_that_is_not_in_the_table_is_refused(machine):
    program, k = seccomp.reward_filter(machine), ARCHITECTURES.index(machine)
    allowed = {numbers[k] for numbers in (*ALLOWED.values(), *NOT_EXECUTABLE.values())}
    for number in range(1000):
        wanted = ALLOW if number in allowed else EPERM
        assert seccomp.verdict(program, number, ARCH[machine]) == wanted


@pytest.mark.parametrize("machine", ARCHITECTURES)
@pytest.mark.parametrize("name", NOT_EXECUTABLE)
def test_memory_can_be_had_but_not_executed(machine, name):
    program = seccomp.reward_filter(machine)
    number = NOT_EXECUTABLE[name][ARCHITECTURES.index(machine)]
    for protection in range(8):
        wanted = EPERM if protection & 4 else ALLOW
        assert seccomp.verdict(program, number, ARCH[machine], protection) == wanted


def test_calls_by_another_abi_kill_the_process():
    program = seccomp.reward_filter("x86_64")
    i386 = 0x40000003
    assert seccomp.verdict(program, 1, i386) == KILL
    assert seccomp.verdict(program, 0x40000001, ARCH["x86_64"]) == KILL
    assert seccomp.verdict(program, 1, ARCH["aarch64"]) == KILL


def test_a_refusing_filter_refuses_its_numbers_alone():
    program = seccomp.refusing_filter("x86_64", [5, 9], errno.ENOSYS)
    answers = [seccomp.verdict(program, n, ARCH["x86_64"]) for n in range(12)]
    refused = REFUSE | errno.ENOSYS
    assert answers == [refused if n in (5, 9) else ALLOW for n in range(12)]


@pytest.mark.skipif(
    platform.machine() not in ARCHITECTURES, reason="no filter for this CPU"
)
def test_this_machine_has_a_filter():
    assert seccomp.frozen_filter() == seccomp.reward_filter(platform.machine())
