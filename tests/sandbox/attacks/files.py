"""Attacks on the user's files: reads, leaks of their existence, changes."""

from attacks.attack import at_load, claim, claimed, group, harms, loot

_READ = {
    "!open": "return int(open('$secret').read())",
    "!os.open": "return int(os.read(os.open('$secret', 0), 99))",
    "!raw openat": """
        d, text = ok(libc.openat(-100, b'$secret', 0)), ctypes.create_string_buffer(99)
        ok(libc.read(d, text, 98))
        return int(text.value)
        """,
    "openat2": """
        d = sys_(437, -100, b'$secret', struct.pack('<3Q', 0, 0, 0), 24)
        return int(os.read(d, 99))
        """,
    "!path descriptor reopened": """
        d = os.open('$secret', os.O_PATH)
        return int(open(f'/proc/self/fd/{d}').read())
        """,
    "!descriptor of its folder": """
        d = os.open('$home', os.O_RDONLY | os.O_DIRECTORY)
        return int(os.read(os.open('secret', 0, dir_fd=d), 99))
        """,
    "!chdir": "os.chdir('$home'); return int(open('secret').read())",
    "!dots": "return int(open('../' * 9 + '$secret').read())",
    "!root of the process": "return int(open('/proc/self/root$secret').read())",
    "!numpy.fromfile": "return int(np.fromfile('$secret', sep=' ')[0])",
    "!numpy.memmap": "return int(bytes(np.memmap('$secret', np.uint8, 'r')))",
    "!numpy.loadtxt": "return int(np.loadtxt('$secret'))",
    "!libc mmap": """
        d = ok(libc.open(b'$secret', 0))
        address = libc.mmap(None, ctypes.c_long(4096), 1, 2, d, ctypes.c_long(0))
        return int(ctypes.string_at(address))
        """,
    "!sendfile": """
        import socket
        ours, theirs = socket.socketpair()
        os.sendfile(ours.fileno(), os.open('$secret', 0), 0, 99)
        return int(theirs.recv(99))
        """,
    "splice": """
        r, w = os.pipe()
        os.splice(os.open('$secret', 0), w, 99)
        return int(os.read(r, 99))
        """,
    "!import a module": """
        sys.path.insert(0, '$folder')
        import stolen
        return stolen.LOOT
        """,
    "!list a folder": """
        return [int(name) for name in os.listdir('$folder') if name.isdigit()][0]
        """,
    "!readlink": "return int(os.readlink('$link'))",
    "!size by stat": "return os.stat('$sized').st_size",
    "size by statx": """
        told = ctypes.create_string_buffer(256)
        ok(libc.statx(-100, b'$sized', 0, 0xFFF, told))
        return struct.unpack_from('<Q', told, 40)[0]
        """,
    "!fork reads and tells": """
        r, w = os.pipe()
        if os.fork() == 0:
            os.write(w, open('$secret', 'rb').read())
            os._exit(0)
        return int(os.read(r, 99))
        """,
}
_EXISTENCE = {
    "!access": "assert os.access('$secret', os.F_OK)",
    "!path descriptor": "os.open('$secret', os.O_PATH)",
    "!working folder": "os.chdir('$folder')",
    "!statvfs": "os.statvfs('$secret')",
    "!error of a library": """
        try:
            ctypes.CDLL('$secret')
        except OSError as error:
            assert 'header' in str(error) or 'too short' in str(error)
        """,
    "inotify": "ok(libc.inotify_add_watch(ok(libc.inotify_init()), b'$home', 0xFFF))",
    "name_to_handle_at": """
        handle = ctypes.create_string_buffer(struct.pack('<Ii', 128, 0), 200)
        number = ctypes.c_int()
        ok(libc.name_to_handle_at(-100, b'$secret', handle, ctypes.byref(number), 0))
        """,
    "lock": """
        ok(libc.flock(os.open('$victim', os.O_RDWR), 2))
        """,
    "lease": """
        fcntl(os.open('$victim', os.O_RDONLY), 1024, 0)
        """,
    "a signal on every change": """
        import signal
        signal.signal(signal.SIGIO, signal.SIG_IGN)
        fcntl(os.open('$folder', os.O_RDONLY), 1026, 2)
        """,
}
_CHANGES = {
    "!write": "open('$victim', 'w').write('spoilt')",
    "!append": "open('$victim', 'a').write('spoilt')",
    "!raw pwrite": """
        ok(libc.pwrite(ok(libc.open(b'$victim', 1)), b'xx', ctypes.c_long(2), 0))
        """,
    "!truncate": "os.truncate('$victim', 3)",
    "!open read-only and truncate": "os.open('$victim', os.O_RDONLY | os.O_TRUNC)",
    "!chmod": "os.chmod('$victim', 0o777)",
    "!chmod of a folder": "os.chmod('$folder', 0o777)",
    "fchmodat2": "sys_(452, -100, b'$victim', 0o777, 0)",
    "!chown": "os.chown('$victim', os.getuid(), os.getgid())",
    "!utime": "os.utime('$victim', (1, 1))",
    "setxattr": "os.setxattr('$victim', 'user.note', b'x')",
    "!unlink": "os.unlink('$victim')",
    "!rmtree": "import shutil; shutil.rmtree('$folder')",
    "!rename": "os.rename('$victim', '$victim.old')",
    "renameat2 exchange": "ok(libc.renameat2(-100, b'$victim', -100, b'$secret', 2))",
    "!hard link": "os.link('$secret', '$folder/link')",
    "!symbolic link": "os.symlink('$secret', '$folder/link')",
    "!numpy.tofile": "np.arange(9).tofile('$victim')",
    "!numpy.memmap for writing": """
        np.memmap('$victim', np.uint8, 'r+')[:] = 88
        """,
    "fallocate": "os.posix_fallocate(os.open('$victim', os.O_WRONLY), 0, 5000)",
    "copy_file_range": """
        os.copy_file_range(os.open('$secret', 0), os.open('$victim', os.O_WRONLY), 3)
        """,
    "inode flags": """
        flags = ctypes.c_long()
        d = os.open('$victim', os.O_RDONLY)
        ok(libc.ioctl(d, *wide((0x80086601,)), ctypes.byref(flags)))
        flags.value ^= 0x80
        ok(libc.ioctl(d, *wide((0x40086602,)), ctypes.byref(flags)))
        """,
}
_AT_LOAD = {
    "!write at load": "open('$victim', 'w').write('spoilt')",
    "!write at exit": """
import atexit
atexit.register(os.unlink, '$victim')
sys.exit()
""",
}

ATTACKS = {
    **group("files", loot, _READ),
    **group("files", claimed, _EXISTENCE, claim),
    **group("files", harms("files"), _CHANGES, claim),
    **group("files", harms("files"), _AT_LOAD, at_load),
}
