"""Attacks on time: to hold the host beyond its limit, in a call or at the end."""

from attacks.attack import at_load, broken, claim, group, plain, steal
from attacks.scene import Scene

from sandbox import Limits

SLACK_S = 3.0  # the start of a process on a busy machine
SHORT = Limits(call_s=0.4, cpu_s=8, memory_mb=512)
BUSY = Limits(call_s=6.0, cpu_s=1, memory_mb=512)


def _late(scene: Scene) -> bool:
    limits = scene.limits
    allowed = min(limits.call_s, limits.cpu_s + 1.0)
    return scene.seconds > allowed + SLACK_S


_WAITS = {
    "endless loop": "while True: pass",
    "sleep": "time.sleep(9)",
    "sleep that swallows errors": """
        while True:
            try:
                time.sleep(1)
            except BaseException:
                pass
        """,
    "endless sum": "return sum(range(10**13))",
    "tower of powers": "return 9 ** 9 ** 9",
    "regular expression": "import re; re.match('(a+)+b', 'a' * 60)",
    "lock held twice": """
        import _thread
        lock = _thread.allocate_lock()
        lock.acquire()
        lock.acquire()
        """,
    "request of the next call eaten": """
        d = pipes()[0]
        while True:
            os.read(d, 16)
        """,
    "all signals ignored": """
        import signal
        for n in range(1, 65):
            try:
                signal.signal(n, signal.SIG_IGN)
            except (OSError, ValueError):
                pass
        signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
        while True: pass
        """,
    "one byte of the reply at a time": """
        reply = struct.pack('$reply', 2, 0, 4, 1, 1) + b'x'
        for byte in reply:
            os.write(pipes()[1], bytes([byte]))
            time.sleep(0.3)
        time.sleep(9)
        """,
    "half a reply": """
        os.write(pipes()[1], struct.pack('$reply', 2, 0, 4, 1, 9) + b'x')
        time.sleep(9)
        """,
    "error that takes its time to be told": """
        class Slow(Exception):
            def __str__(self):
                time.sleep(9)
        raise Slow
        """,
    "number that takes its time": """
        class Slow:
            def __float__(self):
                time.sleep(9)
            def __array__(self, *arguments, **keywords):
                time.sleep(9)
        return Slow()
        """,
    "stopped by itself": """
        try:
            os.kill(os.getpid(), 19)
        except OSError:
            pass
        time.sleep(9)
        """,
}
_PLAIN = {
    "sleeping dict": """
class Terms(dict):
    def items(self):
        while True: pass
    __len__ = lambda self: 1
def reward(s, a, s_next):
    return Terms(x=1)
""",
    "endless terms": """
def names():
    while True:
        yield 1
def reward(s, a, s_next):
    return {'x': list(names())}
""",
    "endless plain loop": """
def reward(s, a, s_next):
    for i in range(10 ** 15):
        s.x + i
    return {'x': s.x}
""",
    "endless loop at load": """
for i in range(10 ** 15):
    i + 1
def reward(s, a, s_next):
    return {'x': s.x}
""",
}
_AT_LOAD = {"sleep at load": "time.sleep(9)"}
_END = {
    "busy at the end": "import atexit; atexit.register(time.sleep, 9)",
    "busy in a destructor": """
        class Last:
            def __del__(self):
                while True: pass
        sys.last = Last()
        """,
    "ignores that the host hangs up": """
        import signal
        for n in (1, 2, 13, 15):
            signal.signal(n, signal.SIG_IGN)
        """,
}
_BURNS = {
    "CPU time": "while True: pass",
    "CPU time with a raised limit": """
        import resource
        try:
            resource.setrlimit(resource.RLIMIT_CPU, (1, 1 << 30))
        except (OSError, ValueError):
            pass
        while True: pass
        """,
    "CPU time in C": "return sum(range(10**13))",
}
_MANY_CALLS = {
    "CPU time over the calls": """
def reward(s, a, s_next):
    for i in range(200_000):
        i * i
    return {'x': s.x}
""",
}
_WALL = {"limits": SHORT, "kinds": frozenset({"wall"}), "slow": True}
_CPU = {"limits": BUSY, "kinds": frozenset({"cpu"}), "slow": True}
_ANY = {"limits": SHORT, "slow": True}

ATTACKS = {
    **group("clock", _late, _WAITS, steal, calls=2, **_WALL),
    **group("clock", _late, _PLAIN, broken, **_ANY),
    **group("clock", _late, _AT_LOAD, at_load, **_WALL),
    **group("clock", _late, _END, claim, **_ANY),
    **group("clock", _late, _BURNS, steal, **_CPU),
    **group("clock", _late, _MANY_CALLS, plain, calls=500, **_CPU),
}
