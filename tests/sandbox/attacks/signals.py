"""Attacks by signals: to the host, to another process, by roundabout ways."""

from attacks.attack import claim, claimed, group, harms

_HOST = {
    "!kill the host": "os.kill($host, 23)",
    "!group of the host": "os.killpg(os.getpgid($host), 23)",
    "tgkill": "ok(libc.tgkill($host, $host, 23))",
    "!sigqueue": "ok(libc.sigqueue($host, 23, ctypes.c_void_p(7)))",
    "!parent": "os.kill(os.getppid(), 23)",
    "pidfd": "d = sys_(434, $host, 0); sys_(424, d, 23, None, 0)",
    "!owner of a pipe": """
        r, w = os.pipe()
        fcntl(r, 8, $host)
        fcntl(r, 4, os.O_ASYNC)
        os.write(w, b'x')
        """,
    "!owner of a pipe with a chosen signal": """
        r, w = os.pipe()
        fcntl(r, 10, 23)
        fcntl(r, 8, $host)
        fcntl(r, 4, os.O_ASYNC)
        os.write(w, b'x')
        """,
    "!owner by F_SETOWN_EX": """
        r, w = os.pipe()
        fcntl(r, 10, 23)
        fcntl(r, 15, struct.pack('<ii', 1, $host))
        fcntl(r, 4, os.O_ASYNC)
        os.write(w, b'x')
        """,
    "!owner of our replies": """
        d = pipes()[1]
        fcntl(d, 10, 23)
        fcntl(d, 8, $host)
        fcntl(d, 4, os.O_ASYNC)
        """,
    "!owner of a socket": """
        both = (ctypes.c_int * 2)()
        ok(libc.socketpair(1, 1, 0, both))
        r, w = both
        ok(libc.ioctl(r, *wide((0x8901,)), struct.pack('<i', $host)))
        fcntl(r, 10, 23)
        fcntl(r, 4, os.O_ASYNC)
        os.write(w, b'x')
        """,
    "!signal of a child's end": """
        pid = os.fork()
        if pid == 0:
            os.kill($host, 23)
            os._exit(0)
        os.waitpid(pid, 0)
        """,
}
_OTHERS = {
    "!kill another": "os.kill($bystander, 9); time.sleep(0.1)",
    "!stop another": "os.kill($bystander, 19); time.sleep(0.1)",
    "kill another by pidfd": """
        sys_(424, sys_(434, $bystander, 0), 9, None, 0)
        time.sleep(0.1)
        """,
    "!kill by a program": """
        import subprocess
        subprocess.run(['sh', '-c', 'kill -9 $bystander'])
        time.sleep(0.1)
        """,
}
_RIVAL = {
    "!kill another reward": "os.kill($rival, 9); time.sleep(0.1)",
    "!stop another reward": "os.kill($rival, 19); time.sleep(0.1)",
}
_PROBES = {
    "!does the host live": "os.kill($host, 0)",
    "!group of the host asked": "os.getpgid($host)",
    "!priority of the host asked": "os.getpriority(os.PRIO_PROCESS, $host)",
    "descriptor of the host's process": "os.pidfd_open($host)",
    "!who is the host": "assert os.getppid() == $host",
}

ATTACKS = {
    **group("signals", harms("signal"), _HOST, claim),
    **group("signals", harms("bystander"), _OTHERS, claim),
    **group("signals", harms("rival"), _RIVAL, claim),
    **group("signals", claimed, _PROBES, claim),
}
