"""What an attack is, how its goal is told, and the words that the sources share.

A source is a template: ``$secret`` and the like become what the scene has prepared. It
either returns a number as loot, or does harm that the canaries of the scene show.
"""

import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from attacks.canaries import NUMBERS
from attacks.scene import Scene

from sandbox import Limits

QUICK = Limits(call_s=4.0, cpu_s=8, memory_mb=512)
Goal = Callable[[Scene], bool]

# Asks the kernel by shared memory: no system call is made for what is asked.
_RING = """
class Ring:
    def __init__(self):
        told = ctypes.create_string_buffer(120)
        self.d, self.count = sys_(425, 4, told), 0
        maps = [
            ok(libc.mmap(None, *wide((4096,)), 3, 1, self.d, *wide((place,))))
            for place in (0, 0x8000000, 0x10000000)
        ]
        self.entry = maps[2]
        places = struct.unpack_from('<30I', told)
        self.tail, self.array = maps[0] + places[11], maps[0] + places[16]
        self.done = maps[1] + places[25]

    def do(self, code, d, offset=0, address=0, length=0, flags=0):
        asked = struct.pack('<BxHiQQIIQ', code, 0, d, offset, address, length, flags, 7)
        ctypes.memmove(self.entry, asked + bytes(24), 64)
        ctypes.memset(self.array, 0, 16)
        self.count += 1
        ctypes.memmove(self.tail, struct.pack('<I', self.count), 4)
        sys_(426, self.d, 1, 1, 1, 0, 0)
        answer = ctypes.string_at(self.done + 16 * ((self.count - 1) % 8), 12)
        result = struct.unpack_from('<i', answer, 8)[0]
        if result < 0:
            raise OSError(-result, 'the ring refused')
        return result
"""

BREAK = f"""\
__builtins__.update([
    c for c in ().__class__.__base__.__subclasses__() if c.__name__ == '_wrap_close'
][0].__init__.__globals__['__builtins__'])
import ctypes, os, struct, sys, time
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = libc.mmap.restype = libc.shmat.restype = ctypes.c_long
NR = {NUMBERS}

def ok(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), 'the kernel refused')
    return result

def parts():
    ours = '__main__', 'sandbox'
    return [m for n, m in sys.modules.items() if n.partition('.')[0] in ours]

def pipes():
    return [int(x) for x in sys.argv[-4:-2]]  # of the requests, of the replies

def wide(values):
    return [ctypes.c_long(v) if isinstance(v, int) else v for v in values]

def sys_(number, *values):
    return ok(libc.syscall(*wide((number, *values))))

def fcntl(d, command, value):
    return ok(libc.fcntl(d, command, *wide((value,))))
{_RING}"""


@dataclass(frozen=True)
class Attack:
    """A hostile reward and what it is after.

    harmless: it destroys nothing and needs no rights, so it must succeed without walls.
    kinds: the faults that may end it; empty when any clean end will do.
    """

    name: str
    group: str
    source: str
    goal: Goal
    harmless: bool = False
    kinds: frozenset[str] = frozenset()
    limits: Limits = QUICK
    calls: int = 1
    slow: bool = False


def steal(body: str) -> str:
    """A reward that returns as loot what these lines return."""
    lines = textwrap.indent(textwrap.dedent(body).strip("\n"), "    ")
    return broken(
        f"def attack(s, a, s_next):\n{lines}\n\n"
        "def reward(s, a, s_next):\n"
        "    return {'loot': attack(s, a, s_next)}\n"
    )


def claim(body: str) -> str:
    """A reward that returns the token of the scene when these lines raise nothing."""
    return steal(f"{textwrap.dedent(body)}\nreturn $token")


def at_load(body: str) -> str:
    """A reward whose source does this before there is any call."""
    after = "def reward(s, a, s_next):\n    return {'x': s.x}\n"
    return broken(f"{textwrap.dedent(body)}\n{after}")


def group(
    name: str,
    goal: Goal,
    sources: Mapping[str, str],
    wrap: Callable[[str], str] = steal,
    **options: object,
) -> dict[str, Attack]:
    """Attacks with one goal; a name that begins with '!' is a harmless one."""
    return {
        title.lstrip("!"): Attack(
            title.lstrip("!"),
            name,
            wrap(body),
            goal,
            harmless=title.startswith("!"),
            **options,
        )
        for title, body in sources.items()
    }


def broken(source: str) -> str:
    """A source that has everything of Python at hand."""
    return f"{BREAK}\nimport gc\n{source}"


def plain(source: str) -> str:
    """The source as it is written."""
    return source


def loot(scene: Scene) -> bool:
    """The secret number came back."""
    return scene.values is not None and bool((scene.values == scene.number).any())


def claimed(scene: Scene) -> bool:
    """The attack says that the kernel did as it was told."""
    return scene.values is not None and bool((scene.values == scene.token).any())


def harms(*words: str) -> Goal:
    """One of these canaries is not as it was."""
    return lambda scene: not scene.harm.isdisjoint(words)


def unclean(scene: Scene) -> bool:
    """Something reached the host that is neither clean numbers nor clean text."""
    return bool(scene.dirt())
