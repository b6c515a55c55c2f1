"""Attacks on the machine's memory: more than the limit, or where no limit looks.

None takes more than 800 MB, so that a fallen wall does not bring down the machine.
"""

from attacks.attack import Goal, claim, claimed, group, harms, plain
from attacks.scene import Scene

from sandbox import Limits

TIGHT = Limits(call_s=4.0, cpu_s=8, memory_mb=256)


def _over(scene: Scene) -> bool:
    return scene.peak_mb > scene.limits.memory_mb + 8


def _either(*goals: Goal) -> Goal:
    return lambda scene: any(goal(scene) for goal in goals)


_BOMBS = {
    "list of arrays": "keep = [np.ones(8 << 20) for _ in range(12)]",
    "array grows": """
        x = np.ones(1 << 20)
        for _ in range(6):
            x = np.concatenate([x, x])
        """,
    "bytes double": """
        x = bytearray(b'x' * (1 << 20))
        for _ in range(9):
            x.extend(bytes(x))
        """,
    "numbers in a list": "keep = list(range(20_000_000))",
    "nested tuples": """
        x = ()
        for _ in range(9_000_000):
            x = (x,)
        """,
    "no memory to explain it with": """
        for held in gc.get_objects():
            if type(held).__name__ == '_Server':
                held.reserve = b''
        x = ()
        for _ in range(9_000_000):
            x = (x,)
        """,
    "cycles without a collector": """
        import gc
        gc.disable()
        for _ in range(600_000):
            x = [0] * 100
            x.append(x)
        """,
    "128 TB at once": "keep = np.zeros(1 << 44)",
}
_AROUND = {
    "malloc": """
        libc.malloc.restype = ctypes.c_void_p
        for _ in range(100):
            p = libc.malloc(*wide((4 << 20,)))
            assert p
            ctypes.memset(p, 1, 4 << 20)
        """,
    "anonymous memory": """
        for _ in range(100):
            p = ok(libc.mmap(None, *wide((4 << 20,)), 3, 0x22, -1, *wide((0,))))
            ctypes.memset(p, 1, 4 << 20)
        """,
    "shared anonymous memory": """
        for _ in range(100):
            p = ok(libc.mmap(None, *wide((4 << 20,)), 3, 0x21, -1, *wide((0,))))
            ctypes.memset(p, 1, 4 << 20)
        """,
    "program break": """
        libc.sbrk.restype = ctypes.c_long
        for _ in range(100):
            p = ok(libc.sbrk(*wide((4 << 20,))))
            ctypes.memset(p, 1, 4 << 20)
        """,
    "huge pages": """
        for _ in range(200):
            p = ok(libc.mmap(None, *wide((2 << 20,)), 3, 0x40022, -1, *wide((0,))))
            ctypes.memset(p, 1, 2 << 20)
        """,
    "remapped and grown": """
        libc.mremap.restype = ctypes.c_long
        p = ok(libc.mmap(None, *wide((4096,)), 3, 0x22, -1, *wide((0,))))
        p = ok(libc.mremap(*wide((p, 4096, 400 << 20)), 1))
        ctypes.memset(p, 1, 400 << 20)
        """,
    "limit raised": """
        import resource
        resource.setrlimit(resource.RLIMIT_AS, (1 << 40, 1 << 40))
        x = np.ones(50 << 20)
        time.sleep(0.05)
        """,
    "limit raised by prlimit64": """
        told = struct.pack('<2Q', 1 << 40, 1 << 40)
        ok(libc.prlimit64(0, 9, told, None))
        x = np.ones(50 << 20)
        time.sleep(0.05)
        """,
    "!shared among processes": """
        pids = []
        for _ in range(3):
            pids.append(os.fork())
            if pids[-1] == 0:
                x = np.ones(14 << 20)
                time.sleep(0.2)
                os._exit(0)
        for pid in pids:
            os.waitpid(pid, 0)
        """,
    "!memory file": """
        d = os.memfd_create('x')
        assert os.write(d, bytes(60_000)) == 60_000
        """,
    "!memory in pipes": """
        for _ in range(10):
            r, w = os.pipe2(os.O_NONBLOCK)
            assert os.write(w, bytes(65536)) == 65536
        """,
    "locked memory": "ok(libc.mlockall(3))",
    "address space of a terabyte": """
        ok(libc.mmap(None, *wide((1 << 40,)), 0, 0x4022, -1, *wide((0,))))
        """,
}
_LEFT = {
    "!shared memory of System V": """
        found = ok(libc.shmget($key, *wide((64 << 20,)), 0o1600))
        ctypes.memset(ok(libc.shmat(found, None, 0)), 1, 64 << 20)
        """,
    "!semaphores of System V": "ok(libc.semget($key, 9, 0o1600))",
    "!messages of System V": """
        found = ok(libc.msgget($key, 0o1600))
        text = struct.pack('l', 1) + bytes(4000)
        ok(libc.msgsnd(found, text, *wide((4000,)), 0o4000))
        """,
    "message queue of POSIX": """
        ok(libc.mq_open(b'/$mark', os.O_CREAT | 2, 0o600, None))
        """,
}
_HOARD = {
    "hoard over the calls": """
np.keep = []
def reward(s, a, s_next):
    np.keep.append(np.ones(1 << 20))
    return {'x': s.x}
""",
}
_MEMORY = {"limits": TIGHT, "kinds": frozenset({"memory"})}

ATTACKS = {
    **group("memory", _over, _BOMBS, claim, **_MEMORY),
    **group("memory", _over, _HOARD, plain, calls=60, **_MEMORY),
    **group("memory", _either(_over, claimed), _AROUND, claim, limits=TIGHT),
    **group("memory", harms("object"), _LEFT, claim, limits=TIGHT),
}
