"""Attacks on what the host believes: its arrays, its calls, its protocol.

The descriptors of the requests and of the replies are the first two arguments of the
process; a forged reply is as good as the process itself can make it.
"""

import textwrap

from attacks.attack import broken, claim, claimed, group, steal, unclean
from attacks.scene import Scene

from sandbox import Limits

SHORT = Limits(call_s=0.6, cpu_s=8, memory_mb=512)


def _aliased(scene: Scene) -> bool:
    return scene.aliased


def _altered(body: str) -> str:
    """Claims success when an input is not what it was."""
    lines = textwrap.indent(textwrap.dedent(body).strip("\n"), "    ")
    return broken(f"""
def inputs(s, a, s_next):
    return b''.join(x.tobytes() for x in (s.x, s.v, a, s_next.x, s_next.v))

def attack(s, a, s_next):
{lines}

def reward(s, a, s_next):
    before = inputs(s, a, s_next)
    attack(s, a, s_next)
    assert inputs(s, a, s_next) != before
    return {{'x': $token}}
""")


_INPUTS = {
    "write into a field": "s_next.x[:] = 7",
    "write into the action": "a[:] = 7",
    "change by an operator": "x = s_next.v; x += 7",
    "out of a ufunc": "np.add(s.x, 7, out=s.x)",
    "flag of the array": "s.x.flags.writeable = True; s.x[:] = 7",
    "base of the array": """
        x = s.x
        while type(x.base) is np.ndarray:
            x = x.base
        x.flags.writeable = True
        x[:] = 7
        """,
    "memory by its address": """
        address = s.x.__array_interface__['data'][0]
        ctypes.memset(address, 7, 8)
        """,
    "memory made writable": """
        address = s.x.__array_interface__['data'][0]
        page = ctypes.c_void_p(address & ~4095)
        ok(libc.mprotect(page, *wide((4096,)), 3))
        ctypes.memset(address, 7, 8)
        """,
    "numpy's own setter": """
        x = np.lib.stride_tricks.as_strided(s.x, writeable=True)
        x[:] = 7
        """,
    "file of the inputs": """
        for name in os.listdir('/proc/self/fd'):
            d = os.open(f'/proc/self/fd/{name}', os.O_RDWR)
            os.pwrite(d, bytes(8), 0)
        """,
}
_SHRUNK = {
    "file behind a mapping shrunk": """
        place = '/proc/self/map_files'
        for name in os.listdir(place):
            if 'memfd' in os.readlink(f'{place}/{name}'):
                d = os.open(f'{place}/{name}', os.O_RDWR)
                size = os.fstat(d).st_size
                os.ftruncate(d, 0)
                os.ftruncate(d, size)
                break
        else:
            raise OSError
        """,
}
_LATER = {
    "results changed in the next call": """
        import gc
        for one in gc.get_objects():
            for x in getattr(one, '__dict__', {}).values():
                if type(x) is np.ndarray and x.flags.writeable and x.dtype == float:
                    x[:] = 666.5
        return 1
        """,
    "inputs kept and changed later": """
        sys.kept = getattr(sys, 'kept', []) + [s_next.x, a]
        for x in sys.kept:
            try:
                x[:] = 7
            except ValueError:
                pass
        return 1
        """,
}
_FRAME = "w, R = pipes()[1], struct.Struct('$reply')"
_FORGED = {
    "other sequence": "os.write(w, R.pack(7, 0, 4, 1, 1) + b'x')",
    "more rows": "os.write(w, R.pack(2, 0, 4000, 1, 1) + b'x')",
    "fewer rows": "os.write(w, R.pack(2, 0, -4, 1, 1) + b'x')",
    "thousands of terms": """
        names = '\\n'.join(map(str, range(2000))).encode()
        os.write(w, R.pack(2, 0, 4, 2000, len(names)) + names)
        """,
    "endless text announced": "os.write(w, R.pack(2, 0, 4, 1, 2**62))",
    "name with a line break": "os.write(w, R.pack(2, 0, 4, 1, 4) + b'x\\r\\tz')",
    "name in colour": "os.write(w, R.pack(2, 0, 4, 1, 6) + b'\\x1b[31mx')",
    "name without an end": "os.write(w, R.pack(2, 0, 4, 1, 5000) + b'x' * 5000)",
    "name of nothing": "os.write(w, R.pack(2, 0, 4, 1, 0))",
    "two equal names": "os.write(w, R.pack(2, 0, 4, 2, 3) + b'x\\nx')",
    "error in colour": """
        os.write(w, R.pack(2, 1, 0, 0, 8) + b'\\x1b[2Jx\\x07\\x08y')
        """,
    "error written backwards": """
        text = '\\u202egnihton\\u2028\\u200b\\x9b31m'.encode()
        os.write(w, R.pack(2, 1, 0, 0, len(text)) + text)
        """,
    "error of 8,000 characters": """
        os.write(w, R.pack(2, 1, 0, 0, 8000) + b'x' * 8000)
        """,
    "reply after the last": """
        os.write(w, (R.pack(2, 0, 4, 1, 1) + b'x') * 2)
        os._exit(0)
        """,
    "replies told ahead": """
        for k in range(2, 9):
            text = b'x' if k == 2 else b''
            os.write(w, R.pack(k, 0, 4, 1, len(text)) + text)
        time.sleep(9)
        """,
    "noise": "os.write(w, bytes(range(256)) * 9)",
    "pipe closed": "os.close(w)",
    "pipes exchanged": "os.dup2(w, pipes()[0])",
}
_RACES = {
    "numbers changed while they are read": """
def reward(s, a, s_next):
    outputs = [
        x for o in gc.get_objects() for x in getattr(o, '__dict__', {}).values()
        if type(x) is np.ndarray and x.flags.writeable and x.dtype == float
    ]
    os.write(pipes()[1], struct.pack('$reply', 2, 0, 4, 1, 1) + b'x')
    for _ in range(10**9):
        for x in outputs:
            x[:] = math.nan
            x[:] = 1.0
""",
    "numbers changed by a thread": """
import _thread
def spoil(outputs):
    while True:
        for x in outputs:
            x[:] = math.nan
            x[:] = 1.0
def reward(s, a, s_next):
    outputs = [
        x for o in gc.get_objects() for x in getattr(o, '__dict__', {}).values()
        if type(x) is np.ndarray and x.flags.writeable and x.dtype == float
    ]
    _thread.start_new_thread(spoil, (outputs,))
    return {'x': 1.0}
""",
    "checks of the process made blind": """
def reward(s, a, s_next):
    for part in parts():
        part.collect = lambda result, n: (
            ('x\\x1b[2J',), np.full((n, 1), math.nan), -1.0
        )
        part.ContractError = KeyError
    np.isfinite = lambda x: np.ones(1, bool)
    return {'x': math.nan}
""",
    "cleaning of the process made blind": """
def reward(s, a, s_next):
    for part in parts():
        part.clean = lambda text: text
        part.explain = lambda error, source: '\\x1b[2J\\x07' * 999
    raise ValueError
""",
}
_SHORT = {"limits": SHORT, "calls": 3}


def _forged(body: str) -> str:
    return claim(f"{_FRAME}\n{textwrap.dedent(body)}")


ATTACKS = {
    **group("tampering", claimed, _INPUTS, _altered),
    **group("tampering", claimed, _SHRUNK, claim),
    **group("tampering", _aliased, _LATER, steal, calls=4),
    **group("tampering", unclean, _FORGED, _forged, slow=True, **_SHORT),
    **group("tampering", unclean, _RACES, broken, limits=SHORT, calls=40),
}
