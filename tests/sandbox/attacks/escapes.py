"""Attacks on the walls themselves: ways round Python's rules, and through the kernel.

The first kind reads the secret by another route to Python's own power each; the second
wants a new root, new rights, foreign machine code, or a part of the kernel.
"""

import platform

from attacks.attack import claim, claimed, group, loot, plain

_REWARD = "def reward(s, a, s_next):\n    return {'loot': "
_ROUTES = {
    "!builtins of numpy": "int(np.__builtins__['open']('$secret').read())",
    "!owner of print": "int(print.__self__.open('$secret').read())",
    "!loader of numpy": "int(np.__spec__.loader.get_data('$secret'))",
    "!import hook": """int(__builtins__['__import__'].__globals__['__builtins__'][
        'open']('$secret').read())""",
    "!modules of typing": """int(
        __builtins__['__import__']('typing').sys.modules['io'].open('$secret').read())""",
    "!modules of numpy's parts": """int(
        __builtins__['__import__']('numpy._core._internal')._core._internal
        .sys.modules['io'].open('$secret').read())""",
    "!warnings": """int([
        c for c in ().__class__.__base__.__subclasses__()
        if c.__name__ == 'catch_warnings'][0]()._module.sys.modules['io']
        .open('$secret').read())""",
    "!built-in importer": """int((lambda p: p.read(p.open('$secret', 0), 99))([
        c for c in ().__class__.__base__.__subclasses__()
        if c.__name__ == 'BuiltinImporter'][0].load_module('posix')))""",
    "!subclasses of loaders": """int([
        c for c in ().__class__.__base__.__subclasses__()
        if c.__name__ == 'FileLoader'][0]('x', '$secret').get_data('$secret'))""",
    "!globals of the reward": """int(
        reward.__globals__['np'].__loader__.get_data('$secret'))""",
    "!globals of a method": """int(
        s.__init__.__func__.__globals__['sys'].modules['io'].open('$secret').read())""",
    "!the process's own module": """int(
        s.__init__.__globals__['sys'].modules['sandbox.child'].os.popen('cat $secret')
        .read())""",
    "!pickle": """int(np.__builtins__['__import__']('pickle').loads(
        b"cnumpy\\nloadtxt\\n(S'$secret'\\ntR."))""",
}
_FRAMES = {
    "!frame of a generator": """
def reward(s, a, s_next):
    def walk():
        yield own[0].gi_frame.f_back
    own = [walk()]
    frame = [x for x in own[0]][0]
    while 'os' not in frame.f_globals:
        frame = frame.f_back
    return {'loot': int(frame.f_builtins['open']('$secret').read())}
""",
    "!frame of an error": """
def leave(self, kind, error, trace):
    self.frame = trace.tb_frame
    return True
Guard = ''.__class__.__class__('Guard', (), {
    '__enter__': lambda self: self, '__exit__': leave})
def reward(s, a, s_next):
    guard = Guard()
    with guard:
        1 / 0
    frame = guard.frame
    while 'os' not in frame.f_globals:
        frame = frame.f_back
    return {'loot': int(frame.f_builtins['open']('$secret').read())}
""",
    "!code made by hand": """
def reward(s, a, s_next):
    return {'loot': stub()}
def stub():
    return int(print('$secret').read())
code = stub.__code__
names = tuple('open' if n == 'print' else n for n in code.co_names)
other = (lambda: 0).__class__(code.replace(co_names=names), np.__builtins__)
def stub():
    return other()
""",
    "!ctypes of numpy": """
c = np.ctypeslib.ctypes
libc, text = c.CDLL(None), c.create_string_buffer(99)
def reward(s, a, s_next):
    libc.read(libc.open(b'$secret', 0), text, 98)
    return {'loot': int(text.value)}
""",
    "!function with other globals": """
def body():
    return int(open('$secret').read())
Function = body.__class__
def reward(s, a, s_next):
    return {'loot': Function(body.__code__, {'__builtins__': np.__builtins__})()}
""",
}
_CODE = {
    "!Python run by ctypes": """
        line = b"import sys; sys.loot = int(open('$secret').read())"
        ctypes.pythonapi.PyRun_SimpleString(line)
        return sys.loot
        """,
    "io_uring open": """
        ring = Ring()
        path = ctypes.create_string_buffer(b'$secret')
        return int(os.read(ring.do(18, -100, 0, ctypes.addressof(path)), 99))
        """,
    "open by handle": """
        handle = ctypes.create_string_buffer(struct.pack('<Ii', 128, 0), 200)
        number = ctypes.c_int()
        ok(libc.name_to_handle_at(-100, b'$secret', handle, ctypes.byref(number), 0))
        home = os.open('$home', os.O_RDONLY)
        return int(os.read(ok(libc.open_by_handle_at(home, handle, 0)), 99))
        """,
    "root of the first process": "return int(open('/proc/1/root$secret').read())",
    "root of the host": "return int(open('/proc/$host/root$secret').read())",
    "namespace of the host": """
        ok(libc.setns(os.open('/proc/$host/ns/mnt', 0), 0))
        return int(open('$secret').read())
        """,
    "namespace of another by pidfd": """
        ok(libc.setns(sys_(434, $bystander, 0), 0x10000000))
        return int(open('$secret').read())
        """,
}
_X86 = {
    "x32 call": """
        d = sys_(0x40000000 + 2, b'$secret', 0)
        return int(os.read(d, 99))
        """,
    "i386 call": """
        p = ok(libc.mmap(None, *wide((8192,)), 7, 0x62, -1, *wide((0,))))
        ctypes.memmove(p + 4096, b'$secret\\0', 1 + len('$secret'))
        code = b'\\x53\\xb8\\5\\0\\0\\0\\xbb' + struct.pack('<I', p + 4096)
        code += b'\\x31\\xc9\\x31\\xd2\\xcd\\x80\\x5b\\xc3'
        ctypes.memmove(p, code, len(code))
        return int(os.read(ok(ctypes.CFUNCTYPE(ctypes.c_int)(p)()), 99))
        """,
}
_RUN = {
    "x86_64": "b'\\xb8\\x2a\\0\\0\\0\\xc3'",
    "aarch64": "b'@\\5\\x80R\\xc0\\3_\\xd6'",
}
_BYTES = _RUN.get(platform.machine(), "b''")
_KERNEL = {
    "!machine code": f"""
        p = ok(libc.mmap(None, *wide((4096,)), 7, 0x22, -1, *wide((0,))))
        ctypes.memmove(p, {_BYTES}, 8 - 2 * (len({_BYTES}) < 8))
        assert ctypes.CFUNCTYPE(ctypes.c_int)(p)() == 42
        """,
    "!machine code made executable later": f"""
        p = ok(libc.mmap(None, *wide((4096,)), 3, 0x22, -1, *wide((0,))))
        ctypes.memmove(p, {_BYTES}, 8 - 2 * (len({_BYTES}) < 8))
        ok(libc.mprotect(ctypes.c_void_p(p), *wide((4096,)), 5))
        assert ctypes.CFUNCTYPE(ctypes.c_int)(p)() == 42
        """,
    "machine code by a protection key": """
        p = ok(libc.mmap(None, *wide((4096,)), 3, 0x22, -1, *wide((0,))))
        ok(libc.pkey_mprotect(ctypes.c_void_p(p), *wide((4096,)), 5, -1))
        """,
    "readable means executable": "ok(libc.personality(*wide((0x400000,))))",
    "!callback of ctypes": """
        back = ctypes.CFUNCTYPE(ctypes.c_int)(lambda: 42)
        assert ctypes.cast(back, ctypes.CFUNCTYPE(ctypes.c_int))() == 42
        """,
    "!other library": "ctypes.CDLL('libutil.so.1')",
    "new user namespace": "ok(libc.unshare(0x10000000))",
    "new user and mount namespace": "ok(libc.unshare(0x10020000))",
    "mount": """
        ok(libc.unshare(0x10020000))
        ok(libc.mount(b'none', b'/', None, *wide((0x44000,)), None))
        ok(libc.mount(b'x', b'/tmp', b'tmpfs', *wide((0,)), None))
        """,
    "new mount calls": "ok(libc.unshare(0x10020000)); sys_(430, b'tmpfs', 0)",
    "copy of the tree": "ok(libc.unshare(0x10020000)); sys_(428, -100, b'/', 0x8001)",
    "chroot": "ok(libc.unshare(0x10000000)); os.chroot('$home')",
    "chroot of root": "os.chroot('$home')",
    "pivot_root": """
        ok(libc.unshare(0x10020000))
        ok(libc.mount(b'none', b'/', None, *wide((0x44000,)), None))
        ok(libc.mount(b'x', b'$home', b'tmpfs', *wide((0,)), None))
        os.chdir('$home')
        ok(libc.pivot_root(b'.', b'.'))
        """,
    "root again": "os.setresuid(0, 0, 0)",
    "capabilities": """
        rights = struct.pack('<6I', 1 << 21, 1 << 21, 1 << 21, 0, 0, 0)
        ok(libc.capset(struct.pack('<Ii', 0x20080522, 0), rights))
        """,
    "trace by another": "ok(libc.ptrace(0, *wide((0, 0, 0))))",
    "bpf map": """
        sys_(NR['bpf'], 0, struct.pack('<5I', 2, 4, 8, 1, 0) + bytes(100), 120)
        """,
    "perf event": """
        told = struct.pack('<IIQ', 1, 112, 0) + bytes(24) + struct.pack('<Q', 0x61)
        sys_(NR['perf'], told + bytes(64), 0, -1, -1, 0)
        """,
    "page faults by userfaultfd": "sys_(NR['userfault'], 1)",
    "io_uring": "Ring()",
    "key in a keyring": """
        sys_(NR['keyctl'], 1, b'$mark')
        """,
    "watch of the file system": "ok(libc.fanotify_init(0, 0))",
    "filter with a listener": """
        program = struct.pack('<HBBI', 6, 0, 0, 0x7FFF0000)
        code = ctypes.create_string_buffer(program)
        frame = struct.pack('@HP', 1, ctypes.addressof(code))
        ok(libc.prctl(38, *wide((1, 0, 0, 0))))
        sys_(317 if NR['bpf'] == 321 else 277, 1, 8, frame)
        """,
    "time of the machine": "time.clock_settime(0, time.time())",
    "name of the machine": "import socket; socket.sethostname(socket.gethostname())",
    "ports of the machine": "ok(libc.iopl(3))",
    "comparison of processes": """
        compare = 312 if NR['bpf'] == 321 else 272
        assert sys_(compare, $bystander, $bystander, 2, 0, 0) == 0
        """,
}

ATTACKS = {
    **group(
        "escapes",
        loot,
        {name: f"{_REWARD}{text}}}\n" for name, text in _ROUTES.items()},
        plain,
    ),
    **group("escapes", loot, _FRAMES, plain),
    **group("escapes", loot, _CODE),
    **group("escapes", claimed, _KERNEL, claim),
}
if platform.machine() == "x86_64":
    ATTACKS |= group("escapes", loot, _X86)
