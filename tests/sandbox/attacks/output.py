"""Attacks by output: more than the host wants to keep, or into foreign places."""

from attacks.attack import claim, group, harms, steal
from attacks.scene import Scene


def _kept(scene: Scene) -> bool:
    return scene.kept > 2 * scene.limits.output_bytes


_FLOODS = {
    "endless print": "while True: print('x' * 99)",
    "one huge print": "print('x' * (20 << 20), flush=True)",
    "endless errors printed": "while True: sys.stderr.write('x' * 99)",
    "raw writes": "while True: ok(libc.write(1, b'x' * 4096, *wide((4096,))))",
}
_STUBBORN = {
    "writes in many parts": "while True: os.writev(1, [b'x' * 999] * 9)",
    "signal of the limit ignored": """
        import signal
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        for _ in range(99):
            try:
                os.write(1, b'x' * 4096)
            except OSError:
                pass
        """,
    "reopened for appending": """
        for _ in range(999):
            with open('/proc/self/fd/1', 'ab') as log:
                log.write(b'x' * 60_000)
        """,
    "cursor set back": """
        for _ in range(999):
            os.lseek(1, 0, 0)
            os.write(1, b'x' * 60_000)
            os.lseek(1, 20 << 20, 0)
        """,
    "warnings of numpy": """
        import warnings
        warnings.simplefilter('always')
        for i in range(20_000):
            warnings.warn_explicit('x' * 99, UserWarning, 'x' * 99, i)
        """,
    "traces of the interpreter": """
        sys.setprofile(lambda *event: sys.stderr.write(repr(event)))
        for i in range(20_000):
            (lambda: 1)()
        """,
    "print at every call": "print('x' * 2000)",
}
_PLACES = {
    "!output of another process": "open('/proc/$bystander/fd/1', 'a').write('boo')",
    "!output of another process truncated": """
        open('/proc/$bystander/fd/1', 'w').write('\\x1b[31m')
        """,
}

ATTACKS = {
    **group("output", _kept, _FLOODS, steal, kinds=frozenset({"output"})),
    **group("output", _kept, _STUBBORN, claim, calls=99),
    **group("output", harms("bystander"), _PLACES, claim),
}
