"""Attacks on the disk: whatever is left there, and whatever grows beyond its limit."""

from attacks.attack import at_load, claim, claimed, group, harms
from attacks.scene import Scene


def _kept(scene: Scene) -> bool:
    return scene.kept > 2 * scene.limits.output_bytes


_STRAYS = {
    "!file in tmp": "open('/tmp/$mark', 'w').write('x' * 50_000)",
    "!file in shared memory": "open('/dev/shm/$mark', 'wb').write(bytes(60_000))",
    "!tempfile": "import tempfile; tempfile.mkstemp('$mark')",
    "!folder in tmp": "os.makedirs('/tmp/$mark/' + 'deep/' * 50)",
    "!socket in tmp": "import socket; socket.socket(1).bind('/tmp/$mark')",
    "!file through the root of another": """
        open('/proc/$bystander/root/tmp/$mark', 'w').write('x')
        """,
    "file in the working folder": "open('$mark', 'w').write('x')",
    "file in the folder of the system": "open('/$mark', 'w').write('x')",
    "device": "os.mknod('/tmp/$mark', 0o20600, os.makedev(1, 3))",
    "named semaphore": "assert libc.sem_open(b'/$mark', os.O_CREAT, 0o600, 1)",
}
_HOME = {
    "!many small files": """
        for i in range(300):
            open(f'$folder/{i}', 'w').write('x' * 4096)
        """,
    "!deep folders": """
        os.chdir('$folder')
        for i in range(50):
            os.mkdir('x' * 200)
            os.chdir('x' * 200)
        """,
    "!pipe with a name": "os.mkfifo('$folder/pipe')",
    "!sparse file": "os.truncate(os.open('$folder/x', 65, 0o600), 60_000)",
    "large file": """
        import resource
        limit = resource.RLIMIT_FSIZE
        resource.setrlimit(limit, (20 << 20, 20 << 20))
        open('$folder/large', 'wb').write(bytes(20 << 20))
        """,
    "!database": """
        import dbm.dumb
        dbm.dumb.open('$folder/data', 'c')['x'] = 'y' * 9000
        """,
    "nameless file linked later": """
        d = os.open('$folder', os.O_TMPFILE | os.O_RDWR, 0o600)
        ok(libc.linkat(-100, b'/proc/self/fd/%d' % d, -100, b'$folder/later', 0x400))
        """,
}
_LOG = {
    "log reserved": "os.posix_fallocate(1, 0, 20 << 20)",
    "log stretched": "os.ftruncate(1, 20 << 20)",
    "log written far out": "os.pwrite(1, b'x', 20 << 20)",
    "log copied into itself": """
        import signal
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        os.write(1, bytes(60_000))
        for _ in range(99):
            os.copy_file_range(1, 1, 60_000, 0, 60_000)
        """,
    "log with a raised limit": """
        import resource
        limit = resource.RLIMIT_FSIZE
        resource.setrlimit(limit, (20 << 20, 20 << 20))
        os.write(1, bytes(20 << 20))
        """,
}
_AT_LOAD = {"!file at load": "open('/tmp/$mark', 'w').write('x')"}
_NAMELESS = {
    "nameless file": """
        d = os.open('/tmp', os.O_TMPFILE | os.O_RDWR, 0o600)
        assert os.write(d, bytes(50_000)) == 50_000
        """,
}

ATTACKS = {
    **group("disk", harms("stray"), _STRAYS, claim),
    **group("disk", harms("files"), _HOME, claim),
    **group("disk", harms("stray"), _AT_LOAD, at_load),
    **group("disk", claimed, _NAMELESS, claim),
    **group("disk", _kept, _LOG, claim),
}
