"""Attacks on the network: each wants a listener of the user to hear something."""

from attacks.attack import claim, claimed, group, harms

_ADDRESS = (
    "struct.pack('<H', 2) + struct.pack('>H', $tcp) + bytes((127, 0, 0, 1)) + bytes(8)"
)
_TCP = {
    "!socket": """
        import socket
        socket.create_connection(('127.0.0.1', $tcp), 1).send(b'loot')
        """,
    "!raw connect": f"""
        d = ok(libc.socket(2, 1, 0))
        ok(libc.connect(d, {_ADDRESS}, 16))
        """,
    "fast open": f"""
        d = ok(libc.socket(2, 1, 0))
        ok(libc.sendto(d, b'loot', *wide((4,)), 0x20000000, {_ADDRESS}, 16))
        """,
    "multipath TCP": f"""
        d = ok(libc.socket(2, 1, 262))
        ok(libc.connect(d, {_ADDRESS}, 16))
        """,
    "mapped address of IPv6": """
        to = struct.pack('<H', 10) + struct.pack('>H', $tcp) + bytes(14)
        to += b'\\xff\\xff\\x7f\\0\\0\\1' + bytes(4)
        ok(libc.connect(ok(libc.socket(10, 1, 0)), to, 28))
        """,
    "!urllib": """
        import urllib.request
        try:
            urllib.request.urlopen('http://127.0.0.1:$tcp/loot', timeout=0.2)
        except OSError:
            pass
        """,
    "!socket of a child process": """
        import subprocess
        code = 'import socket; socket.create_connection(("127.0.0.1", $tcp))'
        subprocess.run([sys.executable, '-I', '-S', '-c', code])
        """,
    "io_uring connect": f"""
        ring = Ring()
        d = ring.do(45, 2, 1, 0)
        address = ctypes.create_string_buffer({_ADDRESS})
        ring.do(16, d, 16, ctypes.addressof(address))
        """,
}
_OTHERS = {
    "udp": {
        "!datagram": """
            import socket
            socket.socket(2, 2).sendto(b'loot', ('127.0.0.1', $udp))
            """,
        "!raw datagram": """
            d = ok(libc.socket(2, 2, 0))
            to = struct.pack('<H', 2) + struct.pack('>H', $udp) + bytes((127, 0, 0, 1))
            ok(libc.sendto(d, b'loot', *wide((4,)), 0, to + bytes(8), 16))
            """,
    },
    "unix": {
        "!unix socket": """
            import socket
            socket.socket(socket.AF_UNIX).connect('$unix')
            """,
        "!raw unix socket": """
            d = ok(libc.socket(1, 1, 0))
            ok(libc.connect(d, struct.pack('<H', 1) + b'$unix\\0', 3 + len('$unix')))
            """,
        "!descriptor sent away": """
            import socket
            s1 = socket.socket(socket.AF_UNIX)
            s1.connect('$unix')
            socket.send_fds(s1, [b'x'], [1])
            """,
        "!unix socket through a descriptor": """
            import socket
            d = os.open('$unix', os.O_PATH)
            socket.socket(socket.AF_UNIX).connect(f'/proc/self/fd/{d}')
            """,
    },
    "abstract": {
        "!abstract socket": """
            import socket
            socket.socket(socket.AF_UNIX).connect('\\0$abstract')
            """,
        "!raw abstract socket": """
            d = ok(libc.socket(1, 1, 0))
            name = b'\\0$abstract'
            ok(libc.connect(d, struct.pack('<H', 1) + name, 2 + len(name)))
            """,
    },
}
_FACILITIES = {
    "!listen": """
        import socket
        socket.create_server(('127.0.0.1', 0)).listen()
        """,
    "!listen without a name": "ok(libc.listen(ok(libc.socket(2, 1, 0)), 1))",
    "!listen on an abstract name": """
        d, name = ok(libc.socket(1, 1, 0)), struct.pack('<H', 1) + b'\\0$mark-2'
        ok(libc.bind(d, name, len(name)))
        ok(libc.listen(d, 1))
        """,
    "!resolve a name": "import socket; socket.getaddrinfo('localhost', 80)",
    "!routes by netlink": """
        d, told = ok(libc.socket(16, 3, 0)), ctypes.create_string_buffer(65536)
        question = struct.pack('<LHHLLB3x', 20, 18, 0x301, 1, 0, 0)
        ok(libc.send(d, question, *wide((20,)), 0))
        assert ok(libc.recv(d, told, *wide((65536,)), 0))
        """,
    "packet socket": "ok(libc.socket(17, 3, 0x300))",
    "raw ICMP": "ok(libc.socket(2, 3, 1))",
    "ping": "ok(libc.socket(2, 2, 1))",
    "crypto socket": "ok(libc.socket(38, 5, 0))",
    "vsock": "ok(libc.socket(40, 1, 0))",
}

ATTACKS = {
    **group("network", harms("tcp"), _TCP, claim),
    **group("network", claimed, _FACILITIES, claim),
}
for _word, _sources in _OTHERS.items():
    ATTACKS |= group("network", harms(_word), _sources, claim)
